"""The same comparison on a model of the size of Stable Diffusion 1.5. Its weights are random: its pictures mean nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from benchmarks import strips
from sdinterp.models import native_bfloat16
from sdinterp.postcards.captions import vocabulary
from sdinterp.postcards.training.export import PARTS
from sdinterp.postcards.training.tokenizer import write_tokenizer


def write_folder(folder: Path, side: int) -> Path:
    """A diffusers folder of Stable Diffusion 1.5's shape, in half precision as it is downloaded.

    Args:
        folder: to write into.
        side: of the latents, 64 in Stable Diffusion itself; the weights have the full size whatever it is.
    """
    torch.manual_seed(0)
    write_tokenizer(folder / "tokenizer", vocabulary())
    text = CLIPTextConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
        max_position_embeddings=77, hidden_act="quick_gelu",
    )  # fmt: skip
    unet = {
        "sample_size": side, "cross_attention_dim": 768, "attention_head_dim": 8, "block_out_channels": (320, 640, 1280, 1280),
        "down_block_types": (*["CrossAttnDownBlock2D"] * 3, "DownBlock2D"),
        "up_block_types": ("UpBlock2D", *["CrossAttnUpBlock2D"] * 3),
    }  # fmt: skip
    vae = {
        "sample_size": 8 * side, "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "scaling_factor": 0.18215,
        "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
    }  # fmt: skip
    CLIPTextModel(text).half().save_pretrained(folder / "text_encoder")
    UNet2DConditionModel(**unet).half().save_pretrained(folder / "unet")
    AutoencoderKL(**vae).half().save_pretrained(folder / "vae")
    scheduler = DDIMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, steps_offset=1)
    scheduler.save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps(PARTS))
    return folder


def compare(side: int = 16, frames: int = 5, steps: int = 2, rounds: int = 1) -> dict[str, Any]:
    """Time strips on it, as `strips.compare` does, in bfloat16 only where that is not imitated."""
    with tempfile.TemporaryDirectory() as folder:
        model = write_folder(Path(folder), side)
        return {"side": side, **strips.compare(model, frames, steps, 7.5, rounds, bfloat16=native_bfloat16())}
