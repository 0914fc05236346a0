"""Couplings: who goes where when one point cloud becomes another. Each function makes the plan of its name."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from numbers import Real
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.linalg import vector_norm

from sdinterp.checks import check_exponent, check_seed
from sdinterp.clouds import ArrayLike, PointCloud, as_cloud, distances
from sdinterp.plans import Coupling


def assignment(cost: Float[Tensor, "n n"], *, dearest: bool = False) -> Int[Tensor, " n"]:
    """The column of each row in the cheapest one-to-one pairing of rows and columns, or in the dearest.

    SciPy finds it by shortest augmenting paths (Jonker and Volgenant 1987; Crouse 2016), and is imported when it is first
    needed: it takes a fifth as long to load as torch.
    """
    from scipy.optimize import linear_sum_assignment

    return torch.from_numpy(linear_sum_assignment(cost, maximize=dearest)[1])


def standard_coupling(a: PointCloud | ArrayLike, b: PointCloud | ArrayLike) -> Coupling:
    """Row i goes to row i: the coupling hidden in the matrix sum (A + B) / 2. The talk calls it the CLIP coupling.

    Raises:
        ValueError: clouds of different size or with different weights, for which it does not exist.

    Chapter: Two readings of a table.
    """
    a, b = same_size(a, b, "standard")
    return Coupling(a, b, permutation=torch.arange(len(a)))


def random_coupling(a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, *, seed: int) -> Coupling:
    """A permutation drawn uniformly from all n! of them, as a function of the seed.

    Raises:
        ValueError: clouds of different size, or not uniform.
    """
    check_seed(seed)
    a, b = same_size(a, b, "random", uniform=True)
    return Coupling(a, b, permutation=torch.randperm(len(a), generator=torch.Generator().manual_seed(int(seed))))


def random_words_coupling(
    a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, words: Bool[Tensor, " n"] | Sequence[int], *, seed: int
) -> Coupling:
    """A random permutation of the word rows; start, end and padding stay where they are.

    Args:
        a, b: clouds of the same size, uniform.
        words: the rows to permute, as a mask (n,) or as indices. `word_rows` gives them for two prompts.
        seed: which permutation.
    """
    check_seed(seed)
    a, b = same_size(a, b, "random_words", uniform=True)
    rows = _word_indices(words, len(a))
    permutation = torch.arange(len(a))
    permutation[rows] = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(int(seed)))]
    return Coupling(a, b, permutation=permutation)


def optimal_coupling(a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, p: float = 2) -> Coupling:
    r"""The coupling of least cost, $\min_P \sum_{ij} P_{ij} |x_i - y_j|^p$: exact, for any weights and sizes.

    Uniform clouds of one size are an assignment problem (SciPy's shortest augmenting paths) and give a permutation; all
    others are a linear programme (POT's network simplex) and give a plan with at most n + m - 1 pairs.

    Args:
        a, b: clouds of n and m points of the same dimension, any device and dtype.
        p: exponent of the ground cost, at least 1. With p=2 the path along the coupling is a geodesic of Wasserstein-2 space.

    Raises:
        ValueError: different dimensions, or p < 1.

    >>> a, b = torch.tensor([[0.0], [1.0]]), torch.tensor([[1.1], [0.1]])
    >>> optimal_coupling(a, b).permutation
    tensor([1, 0])

    Source: Kantorovich's problem, Peyré and Cuturi (2019), eq. 2.11 and section 3. Chapter: What does a coupling cost?
    """
    a, b = as_cloud(a), as_cloud(b)
    cost = scaled_costs(a, b, p)
    if len(a) == len(b) and a.uniform and b.uniform:
        return Coupling(a, b, permutation=assignment(cost))
    import ot  # takes longer than all the rest of this package, and most couplings do without

    plan = ot.emd(a.weights / a.weights.sum(), b.weights / b.weights.sum(), cost, numItermax=10_000_000)
    return Coupling(a, b, mass=plan)


def optimal_permutations(a: Float[Tensor, "*b_n_d"], b: Float[Tensor, "*same"], p: float = 2) -> Int[Tensor, "b n"]:
    r"""The optimal permutations of many pairs of uniform clouds at once.

    Squared distances come from $|x|^2 + |y|^2 - 2 x \cdot y$, many pairs in one product. Where that would cancel too many digits
    (clouds far from the origin, or extreme in size) a pair goes through `optimal_coupling`, whose optimum it is in any case.

    Args:
        a, b: as many sources as targets, (b, n, d) each.
        p: exponent of the ground cost, at least 1.

    Raises:
        ValueError: shapes that differ, no pair at all, numbers that are not finite, or p < 1.
    """
    if a.shape != b.shape or a.ndim != 3 or 0 in a.shape:
        raise ValueError(f"batches have shapes {tuple(a.shape)} and {tuple(b.shape)}; both must be the same (b, n, d)")
    check_exponent(p)
    found = []
    for sources, targets in zip(a.split(16), b.split(16), strict=True):
        x, y = (clouds.detach().to("cpu", torch.float64) for clouds in (sources, targets))
        lengths = vector_norm(x, dim=2).square()[:, :, None] + vector_norm(y, dim=2).square()[:, None, :]
        squared = torch.baddbmm(lengths, x, y.mT, alpha=-2)
        exact = squared.mean((1, 2)) > 1e-5 * lengths.amax((1, 2))  # false where anything is infinite or no number, too
        costs = squared if p == 2 else (squared.clamp(min=0) / squared.amax((1, 2), keepdim=True)).pow(p / 2)
        for k, (cost, enough) in enumerate(zip(costs, exact.tolist(), strict=True)):
            found.append(assignment(cost) if enough else optimal_coupling(x[k], y[k], p).permutation)
    return torch.stack(found)


def entropic_coupling(a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, *, reg: float, p: float = 2) -> Coupling:
    r"""The plan that minimises cost minus entropy: $\min_P \langle P, C \rangle - \varepsilon H(P)$, blurred and always unique.

    Args:
        a, b: clouds of n and m points of the same dimension.
        reg: the regularisation as a multiple of the mean cost, $\varepsilon = \mathrm{reg} \cdot \bar C$. Towards 0 the plan
            tends to an optimal one, for large values to the independent plan $a b^T$.
        p: exponent of the ground cost, at least 1.

    Returns:
        A plan whose marginals are exact, Sinkhorn's iterates (log domain, POT) rounded onto them.

    Raises:
        ValueError: reg that is not positive, different dimensions, or p < 1.

    Source: Cuturi (2013); rounding: Altschuler, Weed and Rigollet (2017), algorithm 2.
    """
    if not (isinstance(reg, Real) and 0 < reg < math.inf):
        raise ValueError(f"reg is {reg!r}; the regularisation must be positive and finite (for none use optimal_coupling)")
    a, b = as_cloud(a), as_cloud(b)
    cost = scaled_costs(a, b, p)
    cost = cost / cost.mean().clamp(min=torch.finfo(cost.dtype).tiny)
    plan, left = _sinkhorn(a.weights, b.weights, cost, reg)
    if left > 1e-3:
        warnings.warn(
            f"Sinkhorn's iterates have not converged at reg={reg:g}: {left:.1%} of the mass was misplaced before rounding; "
            "make reg larger, or use optimal_coupling",
            stacklevel=2,
        )
    return Coupling(a, b, mass=_onto_marginals(plan, a.weights, b.weights))


def _sinkhorn(rows: Tensor, columns: Tensor, cost: Tensor, reg: float) -> tuple[Tensor, float]:
    """Sinkhorn's plan, and the share of mass that it misplaces.

    The regularisation comes down in steps of four, each begun with the potentials of the one before: from nothing, a small one
    takes too many iterations.
    """
    import ot

    solve: Any = ot.bregman.sinkhorn_log
    logs, at = None, max(reg, 1.0)
    while True:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sinkhorn did not converge")  # what is left is measured below
            plan, log = solve(rows, columns, cost, at, numItermax=2000, stopThr=1e-10, warmstart=logs, log=True)
        if at <= reg:
            return plan, float(torch.maximum((plan.sum(1) - rows).abs().sum(), (plan.sum(0) - columns).abs().sum()) / 2)
        lower = max(at / 4, reg)
        logs = log["log_u"] * (at / lower), log["log_v"] * (at / lower)
        at = lower


def wasserstein_distance(a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, p: float = 2) -> float:
    r"""The Wasserstein distance $W_p = (\min_P \sum_{ij} P_{ij} |x_i - y_j|^p)^{1/p}$.

    >>> wasserstein_distance(torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [2.0]]))
    1.0
    """
    return optimal_coupling(a, b, p).cost(p) ** (1 / p)


def _word_indices(words: Bool[Tensor, " n"] | Sequence[int], n: int) -> Int[Tensor, " k"]:
    rows = torch.as_tensor(words)
    if rows.dtype == torch.bool:
        if rows.shape != (n,):
            raise ValueError(f"the mask of words has shape {tuple(rows.shape)}; {n} rows need ({n},)")
        return rows.nonzero()[:, 0]
    listed = rows.tolist()
    if rows.ndim != 1 or not all(row in range(n) for row in listed) or len(set(listed)) != len(listed):
        raise ValueError(f"word rows {listed} are not different whole numbers in 0..{n - 1}")
    return rows.long()


def same_size(
    a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, name: str, uniform: bool = False
) -> tuple[PointCloud, PointCloud]:
    """Two clouds whose rows can be paired one to one, or a sentence that says why the coupling of this name cannot.

    Raises:
        ValueError: clouds of different size, dimension or weights, or not uniform where they must be.
    """
    a, b = as_cloud(a), as_cloud(b)
    if len(a) != len(b):
        raise ValueError(f"the {name} coupling needs clouds of one size, not {len(a)} and {len(b)}; optimal_coupling takes any")
    if a.points.shape[1] != b.points.shape[1]:
        raise ValueError(f"the clouds have dimensions {a.points.shape[1]} and {b.points.shape[1]}; they must be equal")
    if not torch.allclose(a.weights, b.weights, atol=1e-9, rtol=0) or (uniform and not a.uniform):
        raise ValueError(f"the {name} coupling pairs rows one to one, which these weights forbid; optimal_coupling takes any")
    return a, b


def scaled_costs(a: PointCloud, b: PointCloud, p: float) -> Float[Tensor, "n m"]:
    """Costs up to a common factor, on clouds shrunk to unit size, so that no power over- or underflows."""
    x, y = (cloud.points.detach().to("cpu", torch.float64) for cloud in (a, b))
    if x.shape[1] == y.shape[1]:
        size = max(x.abs().max().item(), y.abs().max().item()) or 1.0
        x, y = x / size, y / size
        x, y = x - y.mean(0), y - y.mean(0)
    return distances(PointCloud(x, a.weights), PointCloud(y, b.weights), p)


def _onto_marginals(plan: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The nearest table with exactly these marginals that Altschuler et al.'s rounding gives."""
    tiny = torch.finfo(plan.dtype).tiny
    plan = plan * (rows / plan.sum(1).clamp(min=tiny)).clamp(max=1)[:, None]
    plan = plan * (columns / plan.sum(0).clamp(min=tiny)).clamp(max=1)
    missing_rows, missing_columns = (rows - plan.sum(1)).clamp(min=0), (columns - plan.sum(0)).clamp(min=0)
    total = missing_rows.sum()
    return plan + torch.outer(missing_rows, missing_columns) / total if total > 0 else plan
