"""A pipeline of Stable Diffusion as one file in the layout that its authors published, for what reads such files."""

import re

_RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection",
}  # fmt: skip
_ENDS = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0", "conv_out": "out.2",
}  # fmt: skip
_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def one_file(pipe):
    """All weights of a pipeline, by the names of the original layout."""
    levels = len(pipe.vae.config.block_out_channels)
    renamed = {f"model.diffusion_model.{_in_unet(name, pipe.unet.config)}": one for name, one in pipe.unet.state_dict().items()}
    for name, value in pipe.vae.state_dict().items():
        new = _in_vae(name, levels)
        projects = "mid.attn_1" in new and new.endswith("weight") and ".norm" not in new
        renamed[f"first_stage_model.{new}"] = value[:, :, None, None] if projects else value
    for name, value in pipe.text_encoder.state_dict().items():
        renamed[f"cond_stage_model.transformer.text_model.{name.removeprefix('text_model.')}"] = value
    return {name: value.contiguous() for name, value in renamed.items()}


def _in_unet(name, config):
    for ours, theirs in _ENDS.items():
        if name.startswith(f"{ours}."):
            return theirs + name.removeprefix(ours)
    side, *rest = name.split(".")
    if side == "mid_block":
        kind, number, *rest = rest
        place = "middle_block.1" if kind == "attentions" else f"middle_block.{2 * int(number)}"
    else:
        block, kind, number, *rest = rest
        layers = config.layers_per_block
        first, half = (layers + 1) * int(block), "input_blocks" if side == "down_blocks" else "output_blocks"
        if kind == "downsamplers":
            return f"{half}.{first + layers + 1}.0.op.{rest[-1]}"
        at = first + int(number) + (side == "down_blocks")
        place = f"{half}.{at}.{int(kind == 'attentions')}"
        if kind == "upsamplers":
            after_attention = "Attn" in config.up_block_types[int(block)]
            return f"{half}.{first + layers}.{1 + after_attention}.{'.'.join(rest)}"
    tail = ".".join(rest)
    if kind == "resnets":
        part, _, end = tail.partition(".")
        tail = f"{_RESNET[part]}.{end}"
    return f"{place}.{tail}"


def _in_vae(name, levels):
    name = re.sub(r"encoder\.down_blocks\.(\d)\.resnets\.(\d)", r"encoder.down.\1.block.\2", name)
    name = re.sub(r"encoder\.down_blocks\.(\d)\.downsamplers\.0", r"encoder.down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{levels - 1 - int(m[1])}.block.{m[2]}", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{levels - 1 - int(m[1])}.upsample", name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = name.replace("mid_block.attentions.0", "mid.attn_1").replace("conv_norm_out", "norm_out")
    name = name.replace("conv_shortcut", "nin_shortcut")
    if "mid.attn_1" in name:
        for ours, theirs in _ATTENTION.items():
            name = name.replace(f"attn_1.{ours}.", f"attn_1.{theirs}.")
    return name
