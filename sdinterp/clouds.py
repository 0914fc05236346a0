"""An embedding, or any n x d array, read as a weighted point cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.checks import check_exponent

ArrayLike = Tensor | np.ndarray


@dataclass(frozen=True, eq=False)
class PointCloud:
    r"""The measure $\sum_i w_i \delta_{x_i}$: points with weights that sum to one.

    Args:
        points: (n, d) torch tensor, or NumPy array, of finite numbers. Rows are points; their order carries no meaning
            for the measure, only for the standard coupling.
        weights: (n,), non-negative, with sum 1. Without them every point weighs 1/n.

    Raises:
        ValueError: points that are not a finite n x d table with n, d >= 1, or weights that are not such masses.

    >>> cloud = PointCloud(np.array([[0.0, 0.0], [1.0, 0.0]]))
    >>> cloud
    PointCloud(n=2, d=2, uniform)
    >>> cloud.weights
    tensor([0.5000, 0.5000], dtype=torch.float64)

    Source: Peyré and Cuturi, Computational Optimal Transport (2019), section 2.1. Chapter: Two readings of a table.
    """

    points: Float[Tensor, "n d"]
    weights: Float[Tensor, " n"]

    def __init__(self, points: ArrayLike, weights: ArrayLike | None = None) -> None:
        points = as_tensor(points, "points")
        if not points.is_floating_point():
            points = points.to(torch.get_default_dtype())
        if points.ndim != 2 or 0 in points.shape:
            raise ValueError(f"points have shape {tuple(points.shape)}; a point cloud is an (n, d) table with n, d >= 1")
        if not torch.isfinite(points).all():
            raise ValueError("points hold NaN or infinity; a point cloud needs finite coordinates")
        n = len(points)
        if weights is None:
            masses = torch.full((n,), 1 / n, dtype=torch.float64)
        else:
            masses = as_tensor(weights, "weights").detach().to("cpu", torch.float64)
            _check_weights(masses, n)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "weights", masses)

    @property
    def uniform(self) -> bool:
        """Whether every point weighs the same."""
        return bool(torch.allclose(self.weights, self.weights[:1], rtol=1e-9, atol=0))

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        n, d = self.points.shape
        return f"PointCloud(n={n}, d={d}, {'uniform' if self.uniform else 'weighted'})"


@dataclass(frozen=True, eq=False, repr=False)
class PromptCloud(PointCloud):
    """The rows of a prompt, and the vector that some models read beside them: no part of the measure, so no coupling sees it.

    Args:
        points, weights: see `PointCloud`.
        vector: (p,) or None.
    """

    vector: Float[Tensor, " p"] | None = None

    def __init__(self, points: ArrayLike, weights: ArrayLike | None = None, vector: Float[Tensor, " p"] | None = None) -> None:
        super().__init__(points, weights)
        object.__setattr__(self, "vector", vector)


def as_cloud(cloud: PointCloud | ArrayLike) -> PointCloud:
    """A point cloud as it is, or an (n, d) table as a uniform one."""
    return cloud if isinstance(cloud, PointCloud) else PointCloud(cloud)


def distances(a: PointCloud, b: PointCloud, p: float = 1) -> Float[Tensor, "n m"]:
    r"""Euclidean distances $|x_i - y_j|^p$ between all points of two clouds, in float64 on the CPU.

    Raises:
        ValueError: clouds of different dimension, or p < 1.
    """
    check_exponent(p)
    if a.points.shape[1] != b.points.shape[1]:
        raise ValueError(f"the clouds have dimensions {a.points.shape[1]} and {b.points.shape[1]}; they must be equal")
    x, y = (cloud.points.to("cpu", torch.float64) for cloud in (a, b))
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist") ** p


def as_tensor(values: ArrayLike | Sequence[Any], name: str) -> Tensor:
    """A tensor of what holds real numbers: a tensor, an array, or lists of either.

    Raises:
        ValueError: it holds none, or complex ones.
    """
    try:
        several = isinstance(values, Sequence) and len(values) > 0 and all(isinstance(one, Tensor) for one in values)
        tensor = torch.stack(list(values)) if several else torch.as_tensor(values)  # type: ignore[arg-type]
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} cannot be read as a table of numbers ({error})") from None
    if tensor.is_complex():
        raise ValueError(f"{name} are complex; they must be real numbers")
    return tensor


def _check_weights(weights: Tensor, n: int) -> None:
    if weights.shape != (n,):
        raise ValueError(f"weights have shape {tuple(weights.shape)}; {n} points need shape ({n},)")
    if not torch.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("weights must be finite and not negative")
    if abs(weights.sum().item() - 1) > 1e-6:
        raise ValueError(f"weights sum to {weights.sum().item():g}; they must sum to 1 (divide by their sum)")
