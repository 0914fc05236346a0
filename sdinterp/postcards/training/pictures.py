"""What learns from drawings alone, new ones at every step: the autoencoder, the enlarger of what it paints, and the judge.

The autoencoder goes from pictures (3, 64, 64) to latents (4, 16, 16) and back; its decoder is later tuned alone.
"""

from __future__ import annotations

import random
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from jaxtyping import Float
from torch import Tensor
from tqdm import trange

from sdinterp.enlarging import Enlarger
from sdinterp.postcards.drawing import SIZE, draw, to_tensor
from sdinterp.postcards.judge import Judge, labels
from sdinterp.postcards.scenes import random_scene
from sdinterp.postcards.training.data import Pool
from sdinterp.postcards.training.loop import half_precision


def new_autoencoder() -> AutoencoderKL:
    """An untrained autoencoder with 16 x 16 x 4 latents."""
    blocks: dict[str, Any] = {
        "block_out_channels": (32, 64, 96),
        "down_block_types": ("DownEncoderBlock2D",) * 3,
        "up_block_types": ("UpDecoderBlock2D",) * 3,
    }
    return AutoencoderKL(**blocks, layers_per_block=1, norm_num_groups=16, latent_channels=4, sample_size=64)


def reconstruction_error(got: Float[Tensor, "b 3 h w"], wanted: Float[Tensor, "b 3 h w"]) -> Tensor:
    """Absolute and squared error, and the absolute error of neighbouring differences, which keeps edges sharp."""
    error = got - wanted
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return error.abs().mean() + 4 * error.square().mean() + 0.5 * edges


def autoencoder_loss(step: int, vae: AutoencoderKL, decoder_alone: bool = False, batch: int = 12) -> Tensor:
    """The error of new drawings after the autoencoder.

    A latent is drawn from the posterior, whose divergence from N(0, 1) counts a little; to train the decoder alone it is the mean.
    """
    rng = random.Random(f"autoencoder 0 {step} {decoder_alone}")
    pictures = to_tensor(draw(random_scene(rng), rng) for _ in range(batch)).to(vae.device)
    with half_precision(vae.device):
        encoded: Any = vae.encode(pictures)
        posterior = encoded.latent_dist
        decoded: Any = vae.decode(posterior.mean if decoder_alone else posterior.sample())
        loss = reconstruction_error(decoded.sample.float(), pictures)
        return loss if decoder_alone else loss + 1e-5 * posterior.kl().float().mean() / 4


@torch.no_grad()
def mean_latents(vae: AutoencoderKL, pool: Pool, batch: int = 64) -> Float[Tensor, "b 4 16 16"]:
    """The unscaled mean latent of every picture of a pool, in float32."""
    latents = []
    for start in trange(0, len(pool), batch, desc="latents", mininterval=2):
        pictures = pool.pictures(range(start, min(start + batch, len(pool)))).to(vae.device)
        with half_precision(vae.device):
            encoded: Any = vae.encode(pictures)
        latents.append(encoded.latent_dist.mean.float().cpu())
    return torch.cat(latents)


def enlarger_loss(step: int, enlarger: Enlarger, vae: AutoencoderKL, batch: int = 12) -> Tensor:
    """The error of new drawings at 128 x 128, enlarged from what the autoencoder, held still, paints at 64 x 64."""
    rng = random.Random(f"enlarger 0 {step}")
    drawn = [draw(random_scene(rng), rng, size=2 * SIZE) for _ in range(batch)]
    large, small = (to_tensor(pictures).to(vae.device) for pictures in (drawn, (picture.reduce(2) for picture in drawn)))
    with half_precision(vae.device):
        with torch.no_grad():
            encoded: Any = vae.encode(small)
            painted: Any = vae.decode(encoded.latent_dist.mean)
        return reconstruction_error(enlarger(painted.sample.float().clamp(-1, 1)).float(), large)


def judge_loss(step: int, judge: Judge, batch: int = 64) -> Tensor:
    """Cross-entropy, summed over the attributes, on new drawings with a little noise on half of them."""
    rng, device = random.Random(f"judge 7 {step}"), next(judge.parameters()).device
    scenes = [random_scene(rng) for _ in range(batch)]
    pictures = to_tensor(draw(scene, rng) for scene in scenes).to(device)
    pictures[::2] += 0.1 * torch.randn_like(pictures[::2])
    truth = labels(scenes).to(device).T
    return torch.stack([F.cross_entropy(scores, own) for scores, own in zip(judge(pictures), truth, strict=True)]).sum()
