"""Pictures twice as large to a side, for the eye: a second decoder of the same latents, where a model's folder has one.

What is measured is what the model painted; nothing is measured on the larger pictures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor

from sdinterp.extras import needs_extras

with needs_extras():
    from diffusers import AutoencoderKL
    from diffusers.models.autoencoders.vae import Decoder

FILE = "display_decoder.safetensors"
"""In a model's folder."""


def new_display_decoder() -> Decoder:
    """An untrained decoder with one block more than that of Postcards: from latents of 16 x 16 to pictures of 128 x 128."""
    return Decoder(
        in_channels=4, out_channels=3, up_block_types=("UpDecoderBlock2D",) * 4, block_out_channels=(16, 32, 64, 96),
        layers_per_block=1, norm_num_groups=16,
    )  # fmt: skip


def load_display_decoder(folder: Path) -> Decoder | None:
    """The display decoder of a model's folder, in float32; None where it has none."""
    if not (folder / FILE).is_file():
        return None
    decoder = new_display_decoder()
    decoder.load_state_dict(load_file(folder / FILE))
    return decoder.float().eval()


def latents_of(vae: AutoencoderKL, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b c i j"]:
    """The mean latents of pictures, as a decoder alone takes them: past the layer that `AutoencoderKL.decode` begins with."""
    encoded: Any = vae.encode(pictures)
    quantized: Any = vae.post_quant_conv
    return quantized(encoded.latent_dist.mean)


def enlarge(vae: AutoencoderKL, decoder: Decoder, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 2*h 2*w"]:
    """Pictures in [-1, 1], encoded by a model's autoencoder and decoded by its display decoder, twice as large to a side."""
    with torch.no_grad():
        return decoder(latents_of(vae, pictures)).clamp(-1, 1)
