"""Optimal couplings of many small clouds, and of ever larger ones: ours against POT, SciPy and lapx."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import ot
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import Tensor

from benchmarks.timing import table, take_turns
from sdinterp import entropic_coupling, optimal_coupling
from sdinterp.couplings import optimal_permutations

OURS = "sdinterp.couplings.optimal_permutations"
PRODUCT, ASSIGNMENTS = "products of all points", "linear_sum_assignment"


def clouds(pairs: int, n: int, d: int) -> tuple[Tensor, Tensor]:
    """Pairs of normal clouds, the second a shuffled and shaken copy of the first, as two wordings of one thing are."""
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(pairs, n, d, generator=generator)
    order = torch.stack([torch.randperm(n, generator=generator) for _ in range(pairs)])
    return a, a.gather(1, order[:, :, None].expand(-1, -1, d)) + 0.5 * torch.randn(pairs, n, d, generator=generator)


def with_pot(a: np.ndarray, b: np.ndarray) -> float:
    """POT's network simplex, pair by pair; the mean squared distance."""
    uniform = np.full(a.shape[1], 1 / a.shape[1])
    costs = (ot.dist(x, y) for x, y in zip(a, b, strict=True))
    return float(np.mean([(ot.emd(uniform, uniform, cost) * cost).sum() for cost in costs]))


def assigned(a: np.ndarray, b: np.ndarray, solve: Callable[[np.ndarray], float]) -> float:
    """SciPy's distances, and an assignment of them, pair by pair; the mean squared distance."""
    return float(np.mean([solve(cdist(x, y, "sqeuclidean")) for x, y in zip(a, b, strict=True)]))


def products(a: Tensor, b: Tensor) -> list[Tensor]:
    """What squared distances need at least."""
    return [torch.bmm(sources, targets.mT) for sources, targets in zip(a.split(16), b.split(16), strict=True)]


def compare(pairs: int = 1000, n: int = 77, d: int = 768, rounds: int = 5) -> dict[str, Any]:
    """Time them on the same clouds, given to each in the precision it computes in. Costs that differ by more than 1e-6 stop it."""
    import lap  # of the extra `bench`

    a, b = (batch.double() for batch in clouds(pairs, n, d))
    x, y = a.numpy(), b.numpy()
    contestants = {
        OURS: lambda: optimal_permutations(a, b), "POT: ot.dist, ot.emd": lambda: with_pot(x, y),
        "SciPy: cdist, linear_sum_assignment": lambda: assigned(x, y, lambda cost: cost[linear_sum_assignment(cost)].mean()),
        "SciPy's cdist, lapx": lambda: assigned(x, y, lambda cost: lap.lapjv(cost)[0] / len(cost)),
    }  # fmt: skip
    ours = b.gather(1, optimal_permutations(a, b)[:, :, None].expand_as(b))
    costs = {name: run() for name, run in contestants.items() if name != OURS}
    costs[OURS] = (a - ours).square().sum(2).mean().item()
    apart = max(abs(cost / costs[OURS] - 1) for cost in costs.values())
    if not apart < 1e-6:
        raise ValueError(f"the costs differ: {costs}")
    squared = [torch.cdist(sources, targets).square().numpy() for sources, targets in zip(a, b, strict=True)]
    uniform, single = np.full(n, 1 / n), (a.float(), b.float())
    parts = {
        PRODUCT: lambda: products(a, b), f"{PRODUCT}, single precision": lambda: products(*single),
        "lengths of all points": lambda: [torch.linalg.vector_norm(points, dim=2) for points in (*a.split(16), *b.split(16))],
        ASSIGNMENTS: lambda: [linear_sum_assignment(cost) for cost in squared],
        "ot.dist": lambda: [ot.dist(sources, targets) for sources, targets in zip(x, y, strict=True)],
        "ot.emd": lambda: [ot.emd(uniform, uniform, cost) for cost in squared],
    }  # fmt: skip
    seconds = take_turns({**contestants, **parts}, rounds)
    lines = table({name: seconds[name] for name in contestants}, OURS)
    alone = {name: median(seconds[name]) for name in parts}
    return {"lines": lines, "parts": alone, "apart": apart, "pairs": pairs, "n": n, "d": d}


def growth(sizes: tuple[int, ...] = (8, 32, 128, 512, 2048, 4096), d: int = 64) -> list[dict[str, Any]]:
    """Seconds of the exact and the entropic coupling of one pair of clouds, by their size (entropic up to 512)."""
    lines = []
    for n in sizes:
        a, b = (cloud[0] for cloud in clouds(1, n, d))
        line: dict[str, Any] = {"n": n}
        for name, solve in (("exact", optimal_coupling), ("entropic", lambda a, b: entropic_coupling(a, b, reg=0.05))):
            if name == "entropic" and n > 512:
                continue
            began = time.perf_counter()
            solve(a, b)
            line[name] = time.perf_counter() - began
        lines.append(line)
    return lines
