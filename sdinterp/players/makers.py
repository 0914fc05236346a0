"""The players, each made from what the package computes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from PIL import Image

from sdinterp.clouds import ArrayLike, PointCloud, as_cloud, distances
from sdinterp.couplings import optimal_coupling, random_coupling, standard_coupling
from sdinterp.named import coupling_name
from sdinterp.pictures import to_pil
from sdinterp.plans import Coupling
from sdinterp.players import figure, stills
from sdinterp.players.figure import Player

if TYPE_CHECKING:
    from sdinterp.strips import Strips

MOST_BYTES = 1_000_000
"""No strip player is larger: a page stays light. A word matcher is at most a fifth of it."""

_COUPLINGS = ("standard", "random", "optimal")


@dataclass(frozen=True)
class StripRow:
    """One row of a strip player: the pictures along one path.

    Attributes:
        label: what the row is called, a coupling's name for example.
        frames: F pictures, F >= 2.
        cost_so_far: F numbers, the cost of the path from its start to each frame.
        distances: F - 1 numbers, the perceptual distance of each frame to the one before it.
    """

    label: str
    frames: Sequence[Image.Image]
    cost_so_far: Sequence[float]
    distances: Sequence[float]


def strip_player(rows: Sequence[StripRow], times: Sequence[float], *, title: str = "", still_alt: str | None = None) -> Player:
    """Strips of pictures that move together under one slider, with cost and perceptual distance below each.

    Args:
        rows: at least one; all have as many frames as there are times. Frames wider or higher than 192 px are made smaller.
        times: the F times of the frames.
        title: stands above the pictures.
        still_alt: alt text of the still picture; made from the rows' labels if not given.

    Raises:
        ValueError: no rows, rows that do not fit the times, numbers that are not finite, or a player above `MOST_BYTES`.

    Chapter: Which way from B to A?
    """
    if not rows or len(times) < 2:
        raise ValueError(f"{len(rows)} rows and {len(times)} times given; a strip player needs one row and two times at least")
    count = len(times)
    for row in rows:
        if len(row.frames) != count:
            raise ValueError(f"row {row.label!r} has {len(row.frames)} frames for {count} times; it needs one frame per time")
    data = {
        "times": _numbers("times", times, count),
        "rows": [
            {
                "label": row.label,
                "frames": [stills.data_uri(stills.small(frame)) for frame in row.frames],
                "cost_so_far": _numbers(f"cost_so_far of row {row.label!r}", row.cost_so_far, count),
                "distances": _numbers(f"distances of row {row.label!r}", row.distances, count - 1),
            }
            for row in rows
        ],
    }
    labels = ", ".join(row.label for row in rows)
    alt = still_alt or f"{title or 'Picture strips'}. One strip per row: {labels}. Time runs from left to right."
    still = stills.data_uri(stills.contact_sheet([row.frames for row in rows]))
    player = figure.player("strip", ["strip.js"], data, still, alt, title)
    if player.payload > MOST_BYTES:
        size = f"{player.payload:,} bytes, more than {MOST_BYTES:,}"
        raise ValueError(f"the strip player has {size}; give fewer rows, fewer frames or smaller pictures")
    return player


def play(strips: Strips, title: str = "") -> Player:
    """The strip player of what `interpolate_prompts` returns; the cost (p=1) is shared out evenly over the path's time."""
    rows, times = [], next(iter(strips.values())).times.tolist()
    for name, strip in strips.items():
        cost = strip.coupling.cost(p=1)
        distances = strip.squared_distances.sqrt().tolist()
        rows.append(StripRow(name.replace("_", " "), to_pil(strip.frames), [t * cost for t in times], distances))
    a, b = strips.prompts
    return strip_player(rows, times, title=title or f"From “{a}” to “{b}” (cost: p=1)")


def coupling_playground(
    a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, *,
    seed: int = 0, names: Sequence[str] = _COUPLINGS, start: str = "standard", t: float = 0.0,
) -> Player:  # fmt: skip
    r"""Two small clouds whose points can be dragged, with the costs $\frac1n \sum_i |x_i - y_{\sigma(i)}|^p$ of their couplings.

    The optimal coupling is the exact one for p=2 and is found anew after every move.

    Args:
        a, b: (n, 2) each, n <= 12, uniform.
        seed: of the random coupling (`random_coupling`) and of the shuffles.
        names: which of standard, random and optimal to show.
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
        "seed": seed, "names": kinds, "start": start, "t": float(t),
    }  # fmt: skip
    alt = (
        f"Two clouds of {len(a)} points, A in blue and B in orange, joined by the {start} coupling. "
        f"It costs {shown.cost(1):.4g} for p=1 and {shown.cost(2):.4g} for p=2."
    )
    still = stills.coupling(rows_a, rows_b, partner)
    return figure.player("playground", ["plane.js", "playground.js"], data, still, alt)


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
    still = stills.histogram(ranked, costs[0].item())
    return figure.player("histogram", ["plane.js", "histogram.js"], data, still, alt)


def word_matcher(
    labels_a: Sequence[str], labels_b: Sequence[str], couplings: Mapping[str, Coupling], *, title: str = ""
) -> Player:  # fmt: skip
    """Two columns of tokens: hover, tap or focus one to see where its row goes under each coupling, and how far.

    Runs of three or more equal tokens, such as padding, are drawn as one with their number.

    Args:
        labels_a, labels_b: what each row of the source and of the target is called, as `DiffusionModel.tokens` gives it.
        couplings: one to five permutations by name, all between the clouds that the labels name. The first is drawn at first.
        title: stands above the picture.

    Raises:
        ValueError: no coupling or more than five, plans that split mass, labels that do not fit the clouds, or a player
            above `MOST_BYTES` / 5.

    Chapter: Who is matched with whom?
    """
    if not 1 <= len(couplings) <= len(stills.STYLES):
        raise ValueError(f"{len(couplings)} couplings given; a word matcher shows one to {len(stills.STYLES)}")
    sides, drawn = [_runs(labels_a), _runs(labels_b)], []
    for (name, coupling), (colour, dashes) in zip(couplings.items(), stills.styles(couplings), strict=True):
        if coupling.permutation is None:
            raise ValueError(f"coupling {name!r} splits mass; a word matcher draws permutations, such as optimal_coupling gives")
        sizes = len(coupling.source), len(coupling.target)
        if sizes != (len(labels_a), len(labels_b)):
            raise ValueError(f"coupling {name!r} joins {sizes} rows; there are {len(labels_a)} and {len(labels_b)} labels")
        x, y = (cloud.points.detach().to("cpu", torch.float64) for cloud in (coupling.source, coupling.target))
        far = (x - y[coupling.permutation.cpu()]).norm(dim=1)
        lines = {"to": coupling.permutation.tolist(), "far": [float(f"{one:.4g}") for one in far.tolist()]}
        drawn.append({"name": str(name).replace("_", " "), "colour": colour, "dashes": dashes, **lines})
    same = [sum(labels_a[i] == labels_b[j] for i, j in enumerate(one["to"])) for one in drawn]
    kept = ", ".join(f"{one['name']} {count} of {len(labels_a)}" for one, count in zip(drawn, same, strict=True))
    alt = (
        f"{title or 'Matched tokens'}. The tokens of A on the left, those of B on the right, joined by the couplings. "
        f"Rows that go to a row with the same token: {kept}."
    )
    still = stills.matching(sides, drawn)
    player = figure.player("matcher", ["matcher.js"], {"sides": sides, "couplings": drawn}, still, alt, title)
    if player.payload > MOST_BYTES // 5:
        size = f"{player.payload:,} bytes, more than {MOST_BYTES // 5:,}"
        raise ValueError(f"the word matcher has {size}; give fewer or shorter labels")
    return player


def _numbers(name: str, values: Sequence[float], count: int) -> list[float]:
    numbers = [float(value) for value in values]
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name}: expected {count} finite numbers, got {numbers}")
    return numbers


def _two_clouds(a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, *, most: int) -> tuple[PointCloud, PointCloud]:
    a, b = as_cloud(a), as_cloud(b)
    shapes = tuple(a.points.shape), tuple(b.points.shape)
    if shapes[0] != shapes[1] or shapes[0][1] != 2 or len(a) > most:
        raise ValueError(f"the clouds have shapes {shapes[0]} and {shapes[1]}; expected (n, 2) twice, with n <= {most}")
    if not (a.uniform and b.uniform):
        raise ValueError("the clouds have unequal weights; this player draws uniform ones")
    source, target = (PointCloud(cloud.points.detach().to("cpu", torch.float64)) for cloud in (a, b))
    return source, target


def _runs(labels: Sequence[str]) -> list[tuple[str, int, int]]:
    """Neighbouring rows with one label as (label, first row, number of rows); runs of two stay apart."""
    runs = []
    for label, rows in itertools.groupby(range(len(labels)), key=lambda row: labels[row]):
        first, *others = rows
        parts = [(first, 1 + len(others))] if len(others) > 1 else [(row, 1) for row in (first, *others)]
        runs += [(str(label), row, count) for row, count in parts]
    return runs
