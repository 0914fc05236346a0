"""The image encoder that the text encoder of Postcards was trained with: a picture's half of the contrastive loss.

Its features know this world and nothing else, so that a perceptual distance read off them is in-domain.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor, nn

WEIGHTS = Path(__file__).parent / "weights" / "image_encoder.safetensors"

WIDTH = 128
"""Length of a picture's vector, and of the rows of a prompt's embedding."""


def halving(a: int, b: int, norm: Callable[[int], nn.Module]) -> nn.Sequential:
    """A stage from `a` to `b` channels, which halves the sides of a picture."""
    return nn.Sequential(
        nn.Conv2d(a, b, 3, stride=2, padding=1), norm(b), nn.SiLU(), nn.Conv2d(b, b, 3, padding=1), norm(b), nn.SiLU()
    )


class ImageEncoder(nn.Module):
    """A small convolutional network from pictures (b, 3, 64, 64) in [-1, 1] to vectors (b, 128)."""

    def __init__(self) -> None:
        super().__init__()
        channels = (3, 32, 64, 96, 128)
        self.stages = nn.ModuleList(halving(a, b, partial(nn.GroupNorm, 8)) for a, b in pairwise(channels))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(channels[-1] * 16, WIDTH))

    def features(self, pictures: Float[Tensor, "b 3 h w"]) -> list[Tensor]:
        """What each stage gives for pictures, the first at half their size, each next at half of that."""
        return [pictures := stage(pictures) for stage in self.stages]

    def forward(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 128"]:
        """The vectors of pictures, not yet of unit length."""
        return self.head(self.features(pictures)[-1])


def load_image_encoder(weights: Path = WEIGHTS) -> ImageEncoder:
    """The image encoder that comes with the package, or another, in float32."""
    encoder = ImageEncoder()
    encoder.load_state_dict(load_file(weights))
    return encoder.eval()
