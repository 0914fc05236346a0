"""The enlarger, from what the autoencoder makes of a drawing to the same drawing at twice the side."""

from __future__ import annotations

import random
from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from sdinterp.enlarging import Enlarger
from sdinterp.postcards.drawing import SIZE, draw, to_tensor
from sdinterp.postcards.scenes import random_scene
from sdinterp.postcards.training.autoencoder import reconstruction_error
from sdinterp.postcards.training.loop import half_precision


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
