"""From checkpoints to the folder that diffusers and `load_model` read."""

from __future__ import annotations

import json

from safetensors.torch import save_file

from sdinterp.defaults import OWN
from sdinterp.doctor import versions
from sdinterp.enlarging import FILE, Enlarger
from sdinterp.perception import DEFAULT_NET
from sdinterp.postcards.captions import vocabulary
from sdinterp.postcards.judge import Judge
from sdinterp.postcards.training.data import Pool
from sdinterp.postcards.training.loop import load_checkpoint
from sdinterp.postcards.training.stages import STAGES
from sdinterp.postcards.training.text import retrieval, word_probe
from sdinterp.postcards.training.tokenizer import write_tokenizer
from sdinterp.postcards.training.unet import new_scheduler, new_unet
from sdinterp.postcards.training.workshop import Workshop

GUIDANCE = 4.0
"""The scale that suits this model, written into its folder."""

HELD = 1000
"""Scenes that the text encoder is asked about."""

PARTS = {
    "_class_name": "StableDiffusionPipeline", "feature_extractor": [None, None],
    "requires_safety_checker": False, "safety_checker": [None, None], "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
}  # fmt: skip
"""What diffusers asks of a folder: the classes of its parts."""


def export(shop: Workshop) -> None:
    """Write what was trained into the model's folder: fp16 safetensors, the denoiser's moving average, and what it knows."""
    out, tokenizer = shop.out, shop.tokenizer
    text, image, vae = shop.text_encoder(), shop.image_encoder(), shop.autoencoder()
    held = Pool(HELD, seed=1)  # an odd seed: no stage has seen these
    knows = {"word_probe": word_probe(text, tokenizer, held), f"retrieval_of_{HELD}": retrieval(text, image, tokenizer, held)}
    if latents := load_checkpoint(shop.checkpoint("latents")):
        vae.register_to_config(scaling_factor=latents["factor"])
    shop.reached("decoder", vae)
    write_tokenizer(out / "tokenizer", vocabulary())
    text.half().save_pretrained(out / "text_encoder")
    vae.half().save_pretrained(out / "vae")
    new_scheduler().save_pretrained(out / "scheduler")
    if denoiser := load_checkpoint(shop.checkpoint("unet")):
        unet = new_unet()
        for parameter, mean in zip(unet.parameters(), denoiser["ema"]["shadow_params"], strict=True):
            parameter.data.copy_(mean)
        unet.half().save_pretrained(out / "unet")
    save_file(image.half().state_dict(), out / "image_encoder.safetensors")
    if enlarger := shop.reached("enlarger", Enlarger()):
        save_file(enlarger.half().state_dict(), out / FILE)
    if judge := shop.reached("judge", Judge()):
        save_file(judge.half().state_dict(), out / "judge.safetensors")
    (out / "model_index.json").write_text(json.dumps(PARTS, indent=1))
    (out / OWN).write_text(json.dumps({"guidance": GUIDANCE, "words": vocabulary(), "nets": [DEFAULT_NET, "postcards"]}) + "\n")
    _record(shop, knows)


def _record(shop: Workshop, knows: dict[str, float]) -> None:
    """How the model was trained, in `training.json`; stages that were not run here keep the steps they had."""
    file = shop.out / "training.json"
    before = json.loads(file.read_text())["steps"] if file.exists() else {}
    steps = {stage: saved["step"] for stage in STAGES if (saved := load_checkpoint(shop.checkpoint(stage)))}
    record = {
        "command": "python -m sdinterp.postcards.training",
        "steps": before | steps,
        "pool": shop.scenes,
        "versions": versions(("torch", "diffusers", "transformers")),
        **knows,
    }
    file.write_text(json.dumps(record, indent=1) + "\n")
