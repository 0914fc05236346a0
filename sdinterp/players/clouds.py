"""Players of two small clouds in the plane: a playground whose points can be dragged, and the costs of all permutations."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import torch

from sdinterp.clouds import ArrayLike, PointCloud, as_cloud, distances
from sdinterp.couplings import optimal_coupling, random_coupling, standard_coupling
from sdinterp.looks import VIRIDIS
from sdinterp.named import coupling_name
from sdinterp.players.figure import Player, drawn_as, in_plane, player, svg_still

_COUPLINGS = ("optimal", "standard", "random")


def coupling_playground(
    a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, *,
    seed: int = 0, names: Sequence[str] = _COUPLINGS, start: str = "standard", t: float = 0.0,
) -> Player:  # fmt: skip
    r"""Two small clouds whose points can be dragged, with the costs $\frac1n \sum_i |x_i - y_{\sigma(i)}|^p$ of their couplings.

    The optimal coupling is the exact one for p=2 and is found anew after every move.

    Args:
        a, b: (n, 2) each, n <= 12, uniform.
        seed: of the random coupling (`random_coupling`) and of the shuffles.
        names: which of optimal, standard and random to show; they stand in this order.
        start: the coupling that is drawn at first.
        t: where the morph slider stands at first, in [0, 1].

    Raises:
        ValueError: clouds that are not two such clouds, unknown names, or t outside [0, 1].

    Chapter: What does a coupling cost?
    """
    a, b = _two_clouds(a, b, most=12)
    kinds = [coupling_name(name) for name in names]
    if not kinds or len(set(kinds)) < len(kinds) or not set(kinds) <= set(_COUPLINGS):
        raise ValueError(f"names are {list(names)}; give some of {', '.join(_COUPLINGS)}, each once")
    kinds.sort(key=_COUPLINGS.index)
    start = coupling_name(start)
    if start not in kinds:
        raise ValueError(f"start is {start!r}; it must be one of names: {', '.join(kinds)}")
    if not 0 <= t <= 1:
        raise ValueError(f"t is {t}; a path runs from t=0 to t=1")
    random = random_coupling(a, b, seed=seed)
    shown = {"standard": standard_coupling(a, b), "random": random, "optimal": optimal_coupling(a, b)}[start]
    partner, rows_a, rows_b = shown.pairs()[1].tolist(), a.points.tolist(), b.points.tolist()
    data = {
        "a": rows_a, "b": rows_b, "random": random.pairs()[1].tolist(),
        "seed": seed, "couplings": drawn_as(kinds), "start": start, "t": float(t), "colours": VIRIDIS,
    }  # fmt: skip
    alt = (
        f"Two clouds of {len(a)} points, A in blue and B in orange, joined by the {start} coupling. "
        f"It costs {shown.cost(1):.4g} for p=1 and {shown.cost(2):.4g} for p=2."
    )
    return player("playground", data, _coupling_still(rows_a, rows_b, partner), alt=alt, parts=["plane", "looks", "assignment"])


def cost_histogram(a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, *, p: float = 1) -> Player:
    """The costs of all n! permutations of a small cloud, as a histogram to walk through.

    Args:
        a, b: (n, 2) each, n <= 6, uniform.
        p: exponent of the cost, at least 1. The talk's cost is p=1.

    Raises:
        ValueError: clouds that are not two such clouds, or p < 1.

    Chapter: What does a coupling cost?
    """
    a, b = _two_clouds(a, b, most=6)
    table = distances(a, b, p)
    permutations = torch.tensor(list(itertools.permutations(range(len(a)))))
    costs = table[torch.arange(len(a)), permutations].mean(1)
    order = costs.sort(stable=True).indices
    ranked = costs[order].tolist()
    data = {
        "a": a.points.tolist(), "b": b.points.tolist(), "p": float(p),
        "permutations": permutations[order].tolist(), "costs": ranked, "standard": order.tolist().index(0),
    }  # fmt: skip
    alt = (
        f"Histogram of the costs (p={p:g}) of all {len(ranked)} permutations of {len(a)} points. "
        f"Optimal {ranked[0]:.4g}, standard {costs[0].item():.4g}, worst {ranked[-1]:.4g}."
    )
    return player("histogram", data, _histogram_still(ranked, costs[0].item()), alt=alt, parts=["plane"])


def pairing_game(a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, *, p: float = 1) -> Player:
    r"""Two small clouds to be paired by hand as cheaply as one can, and then the cheapest pairing beside one's own.

    A dot of A is joined to one of B by dragging, by two taps, or by the arrow keys. The cost runs along,
    $\frac1n \sum_i |x_i - y_{\sigma(i)}|^p$ over the pairs made; the least cost shows once all are paired.

    Args:
        a, b: (n, 2) each, n <= 12, uniform.
        p: exponent of the cost, at least 1.

    Raises:
        ValueError: clouds that are not two such clouds, or p < 1.

    >>> pairing_game(torch.tensor([[0.0, 0.0], [1.0, 0.0]]), torch.tensor([[1.0, 1.0], [0.0, 1.0]]), p=2).title
    'Two clouds of 2 points, A in blue and B in orange, to be paired. The least cost is 1 (p=2).'

    Chapter: How is the best coupling found?
    """
    a, b = _two_clouds(a, b, most=12)
    best = optimal_coupling(a, b, p=p)
    rows_a, rows_b = a.points.tolist(), b.points.tolist()
    data = {"a": rows_a, "b": rows_b, "p": float(p), "best": best.pairs()[1].tolist(), "coupling": drawn_as(["optimal"])[0]}
    alt = f"Two clouds of {len(a)} points, A in blue and B in orange, to be paired. The least cost is {best.cost(p):.4g} (p={p:g})."
    return player("pairing", data, _coupling_still(rows_a, rows_b, []), alt=alt, parts=["plane", "looks"])


def _two_clouds(a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, *, most: int) -> tuple[PointCloud, PointCloud]:
    a, b = as_cloud(a), as_cloud(b)
    shapes = tuple(a.points.shape), tuple(b.points.shape)
    if shapes[0] != shapes[1] or shapes[0][1] != 2 or len(a) > most:
        raise ValueError(f"the clouds have shapes {shapes[0]} and {shapes[1]}; expected (n, 2) twice, with n <= {most}")
    if not (a.uniform and b.uniform):
        raise ValueError("the clouds have unequal weights; this player draws uniform ones")
    source, target = (PointCloud(cloud.points.detach().to("cpu", torch.float64)) for cloud in (a, b))
    return source, target


def _coupling_still(a: list[list[float]], b: list[list[float]], partner: list[int]) -> str:
    """Both clouds, numbered by row, and a line from each point of a to its partner in b."""
    placed = in_plane([*a, *b])
    return svg_still("clouds", 320, a=placed[: len(a)], b=placed[len(a) :], partner=partner)


def _histogram_still(costs: list[float], standard: float, bins: int = 24) -> str:
    """The histogram of costs, given in rising order, with the lowest, the highest and the standard one marked."""
    low, high = costs[0], costs[-1]
    width = (high - low) or 1.0
    counts = np.histogram(costs, bins, (low, low + width))[0].tolist()
    marks = []
    for cost, name, y, anchor in ((low, "optimal", 16, "start"), (standard, "standard", 34, "middle"), (high, "worst", 16, "end")):
        x = round(34 + 312 * (cost - low) / width, 1)
        marks.append((x, f"{name} {cost:.3g}", min(max(x, 45), 315) if anchor == "middle" else x, y, anchor))
    return svg_still("histogram", 240, bars=[round(150 * count / max(counts), 1) for count in counts], marks=marks)
