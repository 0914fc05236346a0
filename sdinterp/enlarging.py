"""Pictures twice as large to a side, for the eye, where a model's folder has a network for it.

What is measured is what the model painted; nothing is measured on the larger pictures.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from sdinterp.extras import needs_extras

with needs_extras():
    from safetensors.torch import load_file

FILE = "enlarger.safetensors"
"""In a model's folder."""


class Residual(nn.Module):
    """Adds to features what two convolutions make of them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Features of the same shape."""
        return x + self.second(F.silu(self.first(x)))


class Enlarger(nn.Module):
    """Adds to the bicubic enlargement of a picture what a small U-shaped network finds missing in it.

    Source: the residual of Kim et al. (2016), VDSR, and the last step from channels to pixels of Shi et al. (2016).
    """

    def __init__(self, channels: tuple[int, ...] = (32, 64, 96)) -> None:
        super().__init__()
        pairs = list(pairwise(channels))
        self.stem = nn.Conv2d(3, channels[0], 3, padding=1)
        self.before = nn.ModuleList(Residual(c) for c in channels)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in pairs)
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in pairs)
        self.after = nn.ModuleList(nn.Sequential(Residual(c), Residual(c)) for c in channels)
        self.last = nn.Conv2d(channels[0], 12, 3, padding=1)
        for weights in self.last.parameters():
            nn.init.zeros_(weights)

    def forward(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 2*h 2*w"]:
        """Pictures in [-1, 1], of sides that are multiples of four, at twice their side."""
        x, passed = self.before[0](self.stem(pictures)), []
        for down, before in zip(self.down, self.before[1:], strict=True):
            passed.append(x)
            x = before(down(x))
        x = self.after[-1](x)
        for level in reversed(range(len(self.up))):
            x = self.after[level](passed[level] + self.up[level](x))
        return F.interpolate(pictures, scale_factor=2, mode="bicubic") + F.pixel_shuffle(self.last(x), 2)


def load_enlarger(folder: Path) -> Enlarger | None:
    """The enlarger of a model's folder, in float32; None where it has none."""
    if not (folder / FILE).is_file():
        return None
    enlarger = Enlarger()
    enlarger.load_state_dict(load_file(folder / FILE))
    return enlarger.eval()
