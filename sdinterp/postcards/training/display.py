"""The display decoder, from the latents of a picture that was painted to the scene at twice its side."""

from __future__ import annotations

import random
from typing import Any

import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import Decoder
from torch import Tensor

from sdinterp.enlarging import latents_of, new_display_decoder
from sdinterp.postcards.drawing import SIZE, draw, to_tensor
from sdinterp.postcards.scenes import random_scene
from sdinterp.postcards.training.autoencoder import reconstruction_error
from sdinterp.postcards.training.loop import half_precision


def begun_display_decoder(vae: AutoencoderKL) -> Decoder:
    """A display decoder whose blocks are those of a trained autoencoder, as far as it has them."""
    decoder = new_display_decoder()
    own = decoder.state_dict()
    known = {name: weights for name, weights in vae.decoder.state_dict().items() if own[name].shape == weights.shape}
    decoder.load_state_dict(own | known)
    return decoder


def display_loss(step: int, decoder: Decoder, vae: AutoencoderKL, batch: int = 12) -> Tensor:
    """The error of new drawings at 128 x 128, decoded from what the autoencoder, held still, made of them at 64 x 64."""
    rng = random.Random(f"display 0 {step}")
    drawn = [draw(random_scene(rng), rng, size=2 * SIZE) for _ in range(batch)]
    large, small = (to_tensor(pictures).to(vae.device) for pictures in (drawn, (picture.reduce(2) for picture in drawn)))
    with half_precision(vae.device):
        with torch.no_grad():
            encoded: Any = vae.encode(small)
            painted: Any = vae.decode(encoded.latent_dist.mean)
            latents = latents_of(vae, painted.sample)
        return reconstruction_error(decoder(latents).float(), large)
