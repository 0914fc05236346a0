"""Displacement interpolation: the path from one cloud to another along a coupling."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from numbers import Real

import torch

from sdinterp.checks import check_whole
from sdinterp.clouds import PointCloud
from sdinterp.couplings import wasserstein_distance
from sdinterp.plans import Coupling


@dataclass(frozen=True, eq=False)
class DisplacementPath:
    r"""The curve of clouds $\mu_t = \sum_{ij} P_{ij}\, \delta_{(1-t) x_i + t y_j}$, $0 \le t \le 1$.

    Called with t it gives the cloud at t. Along a permutation that cloud is a table like the source, row i going straight
    from row i of the source to its partner, so that t=0 gives the source as it is and t=1 the target's rows in the
    partners' order. Along a plan that splits mass it has a weighted point for every pair.
    """

    coupling: Coupling

    def __call__(self, t: float) -> PointCloud:
        """The cloud at time t in [0, 1]; gradients flow to the points of both clouds."""
        if not (isinstance(t, Real | torch.Tensor) and 0 <= t <= 1):
            raise ValueError(f"t is {t!r}; a path runs from t=0 to t=1")
        source, target = self.coupling.source.points, self.coupling.target.points
        i, j, mass = self.coupling.pairs()
        return PointCloud(torch.lerp(source[i.to(source.device)], target[j.to(target.device)].to(source), t), mass)

    @property
    def length(self) -> float:
        r"""Its length in Wasserstein-2 space, $(\sum_{ij} P_{ij} |x_i - y_j|^2)^{1/2}$.

        The points of a finite cloud move at constant speed and meet at finitely many times only, and between those the
        cheapest way from $\mu_t$ to $\mu_{t+dt}$ leaves each mass on its own line. So this is the length of the curve for
        *every* coupling; for the optimal one (p=2) it is also the distance of its ends, and no path is shorter.
        """
        return math.sqrt(self.coupling.cost(p=2))


def displacement_path(coupling: Coupling) -> DisplacementPath:
    r"""The displacement interpolation along a coupling.

    >>> from sdinterp import standard_coupling
    >>> path = displacement_path(standard_coupling(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])))
    >>> path(0.5).points, path.length
    (tensor([[1.5000, 2.0000]]), 5.0)

    Source: McCann (1997); Peyré and Cuturi (2019), section 7.1. Chapter: What is half A and half B?
    """
    return DisplacementPath(coupling)


def geodesic_defect(path: DisplacementPath, times: int = 5) -> float:
    r"""How far a path is from a geodesic: $\max_{s<t} \, 1 - W_2(\mu_s, \mu_t) / (|t-s|\, S)$, with S its length.

    It is 0 (to rounding) for the optimal coupling with p=2 and positive for every coupling that is not optimal.

    Args:
        path: any displacement path.
        times: number of equally spaced times, at least 2, of which all pairs are compared.
    """
    check_whole("times", times, 2)
    if path.length == 0:
        return 0.0
    passed = [(t, path(t)) for t in torch.linspace(0, 1, times, dtype=torch.float64).tolist()]
    return max(1 - wasserstein_distance(a, b) / ((t - s) * path.length) for (s, a), (t, b) in combinations(passed, 2))
