"""Pipelines of today's families, tiny and with random weights, as folders that diffusers wrote. What they paint means nothing."""

from pathlib import Path

import diffusers
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Gemma2Config,
    Gemma2Model,
    MistralConfig,
    MistralModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2Model,
    T5Config,
    T5EncoderModel,
)

from sdinterp.defaults import POSTCARDS

WORDS = ["<pad>", "</s>", "<bos>", "<unk>", "a", "red", "big", "boat", "tent", "on", "the", "snow", "sea", "at", "night"]


def write(family: str, folder: Path) -> Path:
    """Write the pipeline of a family into a folder."""
    torch.manual_seed(0)
    PIPELINES[family]().save_pretrained(folder)
    return folder


def word_tokenizer(side="right", begins=False, single=None):
    """A token for each word; the text begins or ends with a mark, as for Gemma or T5, or as `single` says."""
    tokenizer = Tokenizer(models.WordLevel({word: k for k, word in enumerate(WORDS)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    mark = single or ("<bos> $A" if begins else "$A </s>")
    tokenizer.post_processor = processors.TemplateProcessing(single=mark, special_tokens=[("</s>", 1), ("<bos>", 2)])
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"} | ({"bos_token": "<bos>"} if begins else {})
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=300, padding_side=side, **special)


def _clip(kind=CLIPTextModelWithProjection):
    config = CLIPTextConfig(
        vocab_size=49408, hidden_size=32, intermediate_size=37, num_hidden_layers=3, num_attention_heads=4, projection_dim=32,
        max_position_embeddings=77, hidden_act="gelu", bos_token_id=49406, eos_token_id=49407,
    )  # fmt: skip
    return kind(config).eval()


def _clip_tokenizer():
    return CLIPTokenizer.from_pretrained(POSTCARDS / "tokenizer", model_max_length=77)


def _t5():
    return T5EncoderModel(T5Config(vocab_size=len(WORDS), d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4)).eval()


def _gemma():
    config = Gemma2Config(
        vocab_size=len(WORDS), hidden_size=32, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, pad_token_id=0, eos_token_id=1, bos_token_id=2,
    )  # fmt: skip
    return Gemma2Model(config).eval()


def _vae(channels=4, **more):
    return diffusers.AutoencoderKL(
        block_out_channels=(32, 64), in_channels=3, out_channels=3, latent_channels=channels, sample_size=32,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2, **more,
    ).eval()  # fmt: skip


def sdxl():
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=2, sample_size=16, in_channels=4, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2), projection_class_embeddings_input_dim=80, cross_attention_dim=64,
    )  # fmt: skip
    return diffusers.StableDiffusionXLPipeline(
        vae=_vae(), text_encoder=_clip(CLIPTextModel), text_encoder_2=_clip(), tokenizer=_clip_tokenizer(), unet=unet.eval(),
        tokenizer_2=_clip_tokenizer(), scheduler=diffusers.EulerDiscreteScheduler(), force_zeros_for_empty_prompt=True,
        add_watermarker=False,
    )  # fmt: skip


def sd3():
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=16, patch_size=1, in_channels=4, num_layers=2, attention_head_dim=8, num_attention_heads=4,
        joint_attention_dim=64, caption_projection_dim=32, pooled_projection_dim=64, out_channels=4,
    )  # fmt: skip
    t5 = T5EncoderModel(T5Config(vocab_size=len(WORDS), d_model=64, d_kv=16, d_ff=37, num_layers=2, num_heads=4)).eval()
    return diffusers.StableDiffusion3Pipeline(
        transformer=transformer.eval(), scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), vae=_vae(shift_factor=0.0),
        text_encoder=_clip(), tokenizer=_clip_tokenizer(), text_encoder_2=_clip(), tokenizer_2=_clip_tokenizer(),
        text_encoder_3=t5, tokenizer_3=word_tokenizer(),
    )  # fmt: skip


def flux():
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=[4, 4, 8], guidance_embeds=True,
    )  # fmt: skip
    return diffusers.FluxPipeline(
        transformer=transformer.eval(), scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=_vae(shift_factor=0.0, use_quant_conv=False, use_post_quant_conv=False), text_encoder=_clip(CLIPTextModel),
        tokenizer=_clip_tokenizer(), text_encoder_2=_t5(), tokenizer_2=word_tokenizer(),
    )  # fmt: skip


def pixart():
    transformer = diffusers.PixArtTransformer2DModel(
        sample_size=16, num_layers=2, patch_size=2, attention_head_dim=8, num_attention_heads=3, caption_channels=32,
        in_channels=4, cross_attention_dim=24, out_channels=8, attention_bias=True, activation_fn="gelu-approximate",
        num_embeds_ada_norm=1000, norm_type="ada_norm_single", norm_elementwise_affine=False, norm_eps=1e-6,
    )  # fmt: skip
    return diffusers.PixArtAlphaPipeline(
        transformer=transformer.eval(), scheduler=diffusers.DDIMScheduler(), vae=_vae(), text_encoder=_t5(),
        tokenizer=word_tokenizer(),
    )  # fmt: skip


def sana():
    transformer = diffusers.SanaTransformer2DModel(
        patch_size=1, in_channels=4, out_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        num_cross_attention_heads=4, cross_attention_head_dim=8, cross_attention_dim=32, caption_channels=32, sample_size=16,
    )  # fmt: skip
    vae = diffusers.AutoencoderDC(
        in_channels=3, latent_channels=4, attention_head_dim=2, encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        encoder_block_types=("ResBlock", "EfficientViTBlock"), decoder_block_types=("ResBlock", "EfficientViTBlock"),
        encoder_layers_per_block=(1, 1), decoder_layers_per_block=(1, 1), encoder_qkv_multiscales=((), (5,)),
        decoder_qkv_multiscales=((), (5,)), downsample_block_type="conv", upsample_block_type="interpolate",
        decoder_norm_types="rms_norm", decoder_act_fns="silu", scaling_factor=0.41407,
    )  # fmt: skip
    return diffusers.SanaPipeline(
        transformer=transformer.eval(), scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0), vae=vae.eval(),
        text_encoder=_gemma(), tokenizer=word_tokenizer(begins=True),
    )  # fmt: skip


def lumina():
    transformer = diffusers.Lumina2Transformer2DModel(
        sample_size=16, patch_size=2, in_channels=4, hidden_size=24, num_layers=2, num_refiner_layers=1, num_attention_heads=3,
        num_kv_heads=1, multiple_of=2, ffn_dim_multiplier=None, axes_dim_rope=(4, 2, 2), axes_lens=(300, 128, 128), cap_feat_dim=32,
    )  # fmt: skip
    return diffusers.Lumina2Pipeline(
        transformer=transformer.eval(), scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), vae=_vae(shift_factor=0.0),
        text_encoder=_gemma(), tokenizer=word_tokenizer(begins=True),
    )  # fmt: skip


def auraflow():
    transformer = diffusers.AuraFlowTransformer2DModel(
        sample_size=16, patch_size=2, in_channels=4, num_mmdit_layers=1, num_single_dit_layers=1, attention_head_dim=8,
        num_attention_heads=4, caption_projection_dim=32, joint_attention_dim=32, out_channels=4, pos_embed_max_size=256,
    )  # fmt: skip
    for weights in transformer.parameters():
        weights.data *= 3  # so that the text has a say
    return diffusers.AuraFlowPipeline(
        transformer=transformer.eval(), scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), vae=_vae(), text_encoder=_t5(),
        tokenizer=word_tokenizer(),
    )  # fmt: skip


def qwen():
    transformer = diffusers.QwenImageTransformer2DModel(
        patch_size=2, in_channels=16, out_channels=4, num_layers=2, attention_head_dim=16, num_attention_heads=3,
        joint_attention_dim=32, axes_dims_rope=(8, 4, 4),
    )  # fmt: skip
    vae = diffusers.AutoencoderKLQwenImage(
        base_dim=24, z_dim=4, dim_mult=[1, 2], num_res_blocks=1, temperal_downsample=[False], latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )  # fmt: skip
    text = Qwen2Config(
        vocab_size=len(WORDS), hidden_size=32, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2,
    )  # fmt: skip
    return diffusers.QwenImagePipeline(
        transformer=transformer.eval(), scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae.eval(), text_encoder=Qwen2Model(text).eval(),
        tokenizer=word_tokenizer(single="<bos> <bos> $A"),  # with these two, its instructions have as many tokens as it leaves out
    )  # fmt: skip


def flux2():
    transformer = diffusers.Flux2Transformer2DModel(
        patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=3 * 16, timestep_guidance_channels=32, axes_dims_rope=[4, 4, 4, 4],
    )  # fmt: skip
    vae = diffusers.AutoencoderKLFlux2(
        sample_size=32, down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(4, 4), layers_per_block=1, latent_channels=1, norm_num_groups=1,
    )  # fmt: skip
    text = MistralConfig(
        vocab_size=len(WORDS), hidden_size=16, intermediate_size=16, num_hidden_layers=31, num_attention_heads=2,
        num_key_value_heads=1, head_dim=8,
    )  # fmt: skip
    tokenizer = word_tokenizer()
    tokenizer.chat_template = "{% for one in messages %}{{ one['content'][0]['text'] }} {% endfor %}"
    return diffusers.Flux2Pipeline(
        transformer=transformer.eval(), scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae.eval(), text_encoder=MistralModel(text).eval(), tokenizer=tokenizer,
    )  # fmt: skip


PIPELINES = {
    "sdxl": sdxl, "sd3": sd3, "flux": flux, "pixart": pixart, "sana": sana, "auraflow": auraflow, "lumina": lumina, "qwen": qwen,
    "flux2": flux2,
}  # fmt: skip
"""A maker for each family."""
