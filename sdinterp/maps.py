"""Maps: points in the plane whose distances are those of a table, as nearly as a plane allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.clouds import ArrayLike, PointCloud
from sdinterp.couplings import wasserstein_distance


@dataclass(frozen=True, eq=False)
class DistanceMap:
    """A plane map of n things that are known by their distances.

    Attributes:
        points: (n, 2) on the map, float64; its axes are the directions of greatest spread.
        eigenvalues: (n,) of the doubly centred table, largest first. Negative ones mean that no Euclidean space of any
            dimension holds these distances; a curved space, such as Wasserstein's, gives them.
        stress: the root of the map's squared errors over the given squared distances, 0 for a perfect map. (Kruskal's stress-1
            divides by the map's squares instead.)
    """

    points: Float[Tensor, "n 2"]
    eigenvalues: Float[Tensor, " n"]
    stress: float

    @property
    def explained(self) -> float:
        """The map's share of the positive eigenvalues' sum; 1 when all the spread lies in the plane."""
        return float(self.eigenvalues[:2].clamp(min=0).sum() / self.eigenvalues.clamp(min=0).sum())

    def turned(self, start: int, end: int, below: int) -> Float[Tensor, "n 2"]:
        """The points turned so that `end` is straight to the right of `start`, and flipped so that `below` lies below `start`.

        >>> distance_map(torch.tensor([[0.0, 2, 1], [2, 0, 1], [1, 1, 0]])).turned(0, 1, below=2)[:2, 0].round().tolist()
        [-1.0, 1.0]
        """
        x, y = (self.points[end] - self.points[start]) / (self.points[end] - self.points[start]).norm()
        places = self.points @ torch.stack([x, -y, y, x]).view(2, 2)
        return places * torch.tensor([1.0, -1.0 if places[below, 1] > places[start, 1] else 1.0])


def wasserstein_table(clouds: Sequence[PointCloud | ArrayLike], p: float = 2.0) -> Float[Tensor, "k k"]:
    """The Wasserstein distances of all pairs of k clouds.

    >>> wasserstein_table([torch.zeros(1, 1), torch.full((1, 1), 3.0), torch.ones(1, 1)]).tolist()
    [[0.0, 3.0, 1.0], [3.0, 0.0, 2.0], [1.0, 2.0, 0.0]]
    """
    table = torch.zeros(len(clouds), len(clouds), dtype=torch.float64)
    for i, j in combinations(range(len(clouds)), 2):
        table[i, j] = table[j, i] = wasserstein_distance(clouds[i], clouds[j], p)
    return table


def distance_map(distances: Float[Tensor, "n n"]) -> DistanceMap:
    r"""Classical multidimensional scaling of a table of distances (not squared) into the plane.

    The table $-\frac12 J D^2 J$, with $J$ centring rows and columns, holds the inner products of the points if the distances are
    Euclidean; its two leading eigenvectors are the map.

    Args:
        distances: (n, n), symmetric, not negative, zero on the diagonal, n >= 3.

    Raises:
        ValueError: a table that is no such table of distances.

    >>> square = torch.tensor([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    >>> found = distance_map(torch.cdist(square, square))
    >>> round(found.stress, 6), round(found.explained, 6)
    (0.0, 1.0)

    Source: Torgerson (1952); Borg and Groenen, Modern Multidimensional Scaling (2005), chapter 12.
    """
    table = torch.as_tensor(distances).detach().to("cpu", torch.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or len(table) < 3:
        raise ValueError(f"distances have shape {tuple(table.shape)}; a map needs a square table of at least 3 things")
    if not torch.isfinite(table).all() or (table < 0).any() or table.diagonal().any():
        raise ValueError("distances must be finite, not negative, and zero on the diagonal")
    if not torch.allclose(table, table.T, rtol=1e-5, atol=1e-9):
        raise ValueError("the table is not symmetric; a distance is the same there and back")
    squares = table.square()
    centred = -0.5 * (squares - squares.mean(0) - squares.mean(1)[:, None] + squares.mean())
    values, vectors = torch.linalg.eigh((centred + centred.T) / 2)
    values, vectors = values.flip(0), vectors.flip(1)
    points = vectors[:, :2] * values[:2].clamp(min=0).sqrt()
    wrong = (torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist") - table).square().sum()
    return DistanceMap(points, values, float((wrong / squares.sum().clamp(min=torch.finfo(torch.float64).tiny)).sqrt()))
