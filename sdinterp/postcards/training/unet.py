"""The denoiser, which learns to turn noise into latents that a caption describes."""

from __future__ import annotations

import random
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, UNet2DConditionModel
from jaxtyping import Float
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from sdinterp.postcards.captions import random_caption
from sdinterp.postcards.image_encoder import WIDTH
from sdinterp.postcards.training.data import Pool
from sdinterp.postcards.training.loop import half_precision
from sdinterp.postcards.training.tokenizer import tokenize


def new_unet() -> UNet2DConditionModel:
    """An untrained denoiser of 16 x 16 x 4 latents that reads text at 8 x 8 and 4 x 4."""
    return UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, block_out_channels=(96, 128, 128), layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH, attention_head_dim=4,
    )  # fmt: skip


def new_scheduler() -> DDIMScheduler:
    """Stable Diffusion's noise schedule, with the network predicting v (Salimans and Ho 2022)."""
    return DDIMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, prediction_type="v_prediction",
        clip_sample=False, set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip


def unet_loss(
    step: int, unet: UNet2DConditionModel, scheduler: DDIMScheduler, text: CLIPTextModel, tokenizer: CLIPTokenizer, pool: Pool,
    latents: Float[Tensor, "n 4 16 16"], batch: int = 32,
) -> Tensor:  # fmt: skip
    """The mean squared error of v. One caption in ten is empty, for classifier-free guidance.

    Args:
        step: what is drawn at random is a function of it, on the CPU, the same for every device.
        unet, scheduler: the denoiser, and the noise it is to take away.
        text, tokenizer: the finished text encoder.
        pool, latents: scenes, and the latents of their pictures, scaled to unit variance.
        batch: how many of them.
    """
    rng, generator = random.Random(f"unet 0 {step}"), torch.Generator().manual_seed(step)
    chosen = torch.randint(len(latents), (batch,), generator=generator)
    captions = ["" if rng.random() < 0.1 else random_caption(pool.scenes[i], rng) for i in chosen.tolist()]
    clean, noise = latents[chosen], torch.randn(batch, *latents.shape[1:], generator=generator)
    times: Any = torch.randint(scheduler.config["num_train_timesteps"], (batch,), generator=generator)
    ids = tokenize(tokenizer, captions)
    clean, noise, times, ids = (given.to(unet.device) for given in (clean, noise, times, ids))
    with half_precision(unet.device):
        with torch.no_grad():
            rows = text(input_ids=ids).last_hidden_state
        guess = unet(scheduler.add_noise(clean, noise, times), times, rows).sample.float()
    return F.mse_loss(guess, scheduler.get_velocity(clean, noise, times))


@torch.no_grad()
def stitch(
    unet: UNet2DConditionModel, its_own: CLIPTextModel, other: CLIPTextModel, tokenizer: CLIPTokenizer, pool: Pool,
    captions: int = 2000,
) -> None:  # fmt: skip
    """Make a trained denoiser read another text encoder: a linear map of its rows, by ridge regression, goes into keys and values.

    Args:
        unet: changed in place. its_own: the text encoder it was trained with.
        other: the text encoder it is to read, of the same width and tokenizer.
        captions: of the pool's scenes, one in twenty empty, that the map is fitted to.

    Source: model stitching, Lenc and Vedaldi (2015).
    """
    rng = random.Random("stitch")
    said = ["" if rng.random() < 0.05 else random_caption(rng.choice(pool.scenes), rng) for _ in range(captions)]
    ids = tokenize(tokenizer, said).split(100)
    x, y = (torch.cat([text(input_ids=part).last_hidden_state for part in ids]).flatten(0, 1) for text in (other, its_own))
    onto_its_own = torch.linalg.solve(x.T @ x + 1e-2 * torch.eye(x.shape[1]), x.T @ y)
    for name, layer in unet.named_modules():
        if name.endswith(("attn2.to_k", "attn2.to_v")):
            layer.weight.copy_(layer.weight @ onto_its_own.T)
