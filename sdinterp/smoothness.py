r"""How smooth is a strip of pictures? Measures of the perceptual distances between its neighbouring frames.

A strip of F frames has F - 1 steps. `squared_distances` holds the *squared* perceptual distance of each (that is what LPIPS
measures); the root $\ell_i$ of a step is the length of a Euclidean vector. With $L = \sum_i \ell_i$,

$$\mathrm{PPL} = \sum_i \ell_i^2 = \frac{L^2}{F-1} + (F-1)\,\mathrm{Var}(\ell),$$

so a perceptual path length punishes long strips and uneven ones together. Compare strips of equal F, net and picture size only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from jaxtyping import Float
from torch import Tensor


class MeasuredStrip(Protocol):
    """What these measures need to know of a strip."""

    @property
    def squared_distances(self) -> Float[Tensor, " f-1"]:
        """Squared perceptual distances between neighbouring frames."""
        ...

    @property
    def ends(self) -> float:
        """Squared perceptual distance between the first frame and the last."""
        ...


def perceptual_path_length(strip: MeasuredStrip) -> float:
    r"""PPL, the sum of the squared perceptual distances: $\sum_i \ell_i^2$.

    Source: the form for strips (DiffMorpher, Zhang et al. 2024); Karras et al. (2019) divide by a small step squared instead.
    """
    return float(strip.squared_distances.sum())


def perceptual_length(strip: MeasuredStrip) -> float:
    r"""The length of the strip, $L = \sum_i \ell_i$; it obeys the triangle inequality, so more frames never shorten it."""
    return float(strip.squared_distances.sqrt().sum())


def largest_jump(strip: MeasuredStrip) -> float:
    r"""The longest step, $\max_i \ell_i$: near the strip's whole length, the strip jumps rather than morphs."""
    return float(strip.squared_distances.sqrt().max())


def straightness(strip: MeasuredStrip) -> float:
    r"""The length over the distance of the ends, $L / \ell_{\text{ends}} \ge 1$; 1 is a straight line.

    NaN where the ends are the same picture, for which it is not defined.
    """
    return perceptual_length(strip) / math.sqrt(strip.ends) if strip.ends > 1e-12 else math.nan


@dataclass(frozen=True)
class Measure:
    """A measure of a strip, as it is called in tables.

    Attributes:
        column: its column in the tables of a study.
        title: what heads it where people read.
        of: from a strip to a number.
    """

    column: str
    title: str
    of: Callable[[MeasuredStrip], float]

    @property
    def name(self) -> str:
        """The name of the function, which is also that of the entry in `Strip.measures`."""
        return self.of.__name__


MEASURES = (
    Measure("ppl", "PPL", perceptual_path_length),
    Measure("length", "length", perceptual_length),
    Measure("largest_jump", "largest jump", largest_jump),
    Measure("straightness", "straightness", straightness),
)
"""The measures of a strip, in the order in which they are shown."""
