r"""Transport plans: what a coupling of two clouds is.

A coupling of $\sum_i a_i \delta_{x_i}$ and $\sum_j b_j \delta_{y_j}$ is a transport plan: a table $P \ge 0$ whose row sums
are $a$ and whose column sums are $b$. $P_{ij}$ is the mass that goes from $x_i$ to $y_j$. Between uniform clouds of one size a
permutation is such a plan, and by Birkhoff's theorem one of the permutations is as cheap as any plan can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

from sdinterp.checks import check_exponent
from sdinterp.clouds import ArrayLike, PointCloud


@dataclass(frozen=True, eq=False)
class Coupling:
    """A transport plan between two clouds.

    Attributes:
        source, target: the clouds, of n and m points.
        permutation: (n,) with row i of the source going to row `permutation[i]` of the target, or None where the plan
            is not a permutation.
        mass: (n, m) where the plan is not a permutation. Give one of the two, as tensor, NumPy array or list.
        plan: (n, m) float64 on the CPU: the mass that goes from i to j. Its marginals are the clouds' weights.

    Raises:
        ValueError: no permutation of the rows, or masses whose sums are not the clouds' weights.
    """

    source: PointCloud
    target: PointCloud
    permutation: Int[Tensor, " n"] | None
    mass: Float[Tensor, "n m"] | None

    def __init__(
        self, source: PointCloud, target: PointCloud, permutation: ArrayLike | Sequence[int] | None = None,
        mass: ArrayLike | None = None,
    ) -> None:  # fmt: skip
        if (permutation is None) == (mass is None):
            raise ValueError("give a coupling either a permutation or a table of masses")
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "target", target)
        object.__setattr__(self, "permutation", None if permutation is None else torch.as_tensor(permutation))
        object.__setattr__(self, "mass", None if mass is None else torch.as_tensor(mass))
        if self.permutation is not None:
            self._check_permutation(self.permutation)
        elif self.mass is not None:
            self._check_mass(self.mass)

    def _check_permutation(self, permutation: Tensor) -> None:
        n, m = len(self.source), len(self.target)
        if n != m or not torch.equal(permutation.sort().values, torch.arange(n)):
            raise ValueError(f"a permutation between clouds of {n} and {m} points holds each of their rows once")
        if not torch.allclose(self.source.weights, self.target.weights[permutation], atol=1e-6, rtol=0):
            raise ValueError("a permutation must send each point to one of its own weight")

    def _check_mass(self, mass: Tensor) -> None:
        fits = mass.shape == (len(self.source), len(self.target)) and all(
            torch.allclose(sums.double(), cloud.weights, atol=1e-6, rtol=0)
            for sums, cloud in ((mass.sum(1), self.source), (mass.sum(0), self.target))
        )
        if not fits or (mass < 0).any():
            raise ValueError("masses must not be negative, and their sums over rows and columns must be the clouds' weights")

    @cached_property
    def plan(self) -> Float[Tensor, "n m"]:
        """The transport plan as a table."""
        if self.mass is not None:
            return self.mass
        plan = torch.zeros(len(self.source), len(self.target), dtype=torch.float64)
        plan[torch.arange(len(self.source)), self.permutation] = self.source.weights
        return plan

    def pairs(self) -> tuple[Int[Tensor, " k"], Int[Tensor, " k"], Float[Tensor, " k"]]:
        """Every pair (i, j) that exchanges mass, and the mass: three tensors of one length."""
        if self.permutation is not None:
            return torch.arange(len(self.source)), self.permutation, self.source.weights
        i, j = self.plan.nonzero(as_tuple=True)
        return i, j, self.plan[i, j]

    def cost(self, p: float) -> float:
        r"""The coupling's cost $\sum_{ij} P_{ij} |x_i - y_j|^p$: mass times distance to the power p, no root taken.

        The talk's cost is p=1. The squared length of the coupling's path is p=2.

        >>> a, b = PointCloud(torch.tensor([[0.0], [1.0]])), PointCloud(torch.tensor([[1.0], [3.0]]))
        >>> shift = Coupling(a, b, permutation=[0, 1])
        >>> shift.cost(p=1), shift.cost(p=2)
        (1.5, 2.5)

        Source: Peyré and Cuturi (2019), eq. 2.11. Chapter: What does a coupling cost?
        """
        check_exponent(p)
        i, j, mass = self.pairs()
        x, y = self.source.points.detach().to("cpu", torch.float64), self.target.points.detach().to("cpu", torch.float64)
        return float((mass * (x[i] - y[j]).norm(dim=1) ** p).sum())

    def __repr__(self) -> str:
        kind = "permutation" if self.permutation is not None else "plan"
        return f"Coupling({len(self.source)} x {len(self.target)} {kind}, cost(p=1)={self.cost(1):.4g})"
