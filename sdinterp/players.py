"""Players: pictures that a reader can move on a static page, with no kernel and no network.

A player is one `<figure>` that carries its style, its data (as JSON) and its script. It works in a page that Sphinx or anyone
else built, from a file, and as the output of a notebook cell. Until its script has run, or where scripts are off, it is a still
picture with alt text.
"""

from __future__ import annotations

import hashlib
import html
import itertools
import json
import math
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image

from sdinterp._players import stills
from sdinterp.clouds import ArrayLike, PointCloud, as_cloud, distances
from sdinterp.couplings import coupling_name, optimal_coupling, random_coupling, standard_coupling
from sdinterp.pictures import to_pil

if TYPE_CHECKING:
    from sdinterp.strips import Strips

MOST_BYTES = 1_000_000
"""No strip player is larger: a page stays light."""

_COUPLINGS = ("standard", "random", "optimal")


@dataclass(frozen=True)
class Player:
    """A self-contained piece of HTML that Jupyter shows as it is.

    Attributes:
        html: one `<figure class="sdi-player">`; the same input gives the same text. Its id comes from its content.
        title: the title of the page that `save` writes.
    """

    html: str
    title: str

    @property
    def payload(self) -> int:
        """Size in bytes of everything it needs."""
        return len(self.html.encode())

    def _repr_html_(self) -> str:
        return self.html

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes a page of its own, which follows the reader's choice of light or dark, and gives its path."""
        path = Path(path)
        page = (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(self.title)}</title>\n"
            "<style>:root { color-scheme: light dark; } body { margin: 1rem; font-family: system-ui, sans-serif; }</style>\n"
            f"</head>\n<body>\n{self.html}\n</body>\n</html>\n"
        )
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            draft = Path(folder, path.name)
            draft.write_text(page, encoding="utf-8")
            return draft.replace(path)


@dataclass(frozen=True)
class StripRow:
    """One row of a strip player: the pictures along one path.

    Attributes:
        label: what the row is called, a coupling's name for example.
        frames: F pictures, F >= 2.
        cost_so_far: F numbers, the cost of the path from its start to each frame.
        steps: F - 1 numbers, the perceptual distance of each frame to the one before it.
    """

    label: str
    frames: Sequence[Image.Image]
    cost_so_far: Sequence[float]
    steps: Sequence[float]


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
                "steps": _numbers(f"steps of row {row.label!r}", row.steps, count - 1),
            }
            for row in rows
        ],
    }
    labels = ", ".join(row.label for row in rows)
    alt = still_alt or f"{title or 'Picture strips'}. One strip per row: {labels}. Time runs from left to right."
    player = _player("strip", ["strip.js"], data, stills.data_uri(stills.contact_sheet([row.frames for row in rows])), alt, title)
    if player.payload > MOST_BYTES:
        size = f"{player.payload:,} bytes, more than {MOST_BYTES:,}"
        raise ValueError(f"the strip player has {size}; give fewer rows, fewer frames or smaller pictures")
    return player


def play(strips: Strips, title: str = "") -> Player:
    """The strip player of what `interpolate_prompts` returns; the cost (p=1) is shared out evenly over the path's time."""
    rows, times = [], next(iter(strips.values())).times.tolist()
    for name, strip in strips.items():
        cost = strip.coupling.cost(p=1)
        rows.append(
            StripRow(name.replace("_", " "), to_pil(strip.frames), [t * cost for t in times], strip.steps.sqrt().tolist())
        )
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
    return _player("playground", ["plane.js", "playground.js"], data, still, alt)


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
    return _player("histogram", ["plane.js", "histogram.js"], data, still, alt)


def _player(kind: str, scripts: Iterable[str], data: object, still: str, alt: str, title: str = "") -> Player:
    """The figure: style, still picture, data and script, without a blank line, so that Markdown takes it as one block."""
    script = "\n".join(_asset(name) for name in ["boot.js", *scripts])
    # JSON in which no character can end the script element it stands in.
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    head = f"<figcaption>{html.escape(_line(title))}</figcaption>\n" if title else ""
    body = (
        f"<style>\n{_asset('player.css')}\n</style>\n{head}"
        f'<div class="sdi-stage"><img class="sdi-still" alt="{html.escape(_line(alt))}" src="{still}"></div>\n'
        '<noscript><p class="sdi-note">With scripts on, this picture can be moved.</p></noscript>\n'
        f'<script type="application/json">{text}</script>\n'
        f'<script>(() => {{ "use strict";\n{script}\n}})();</script>\n'
    )
    name = hashlib.sha256(body.encode()).hexdigest()[:12]
    # Neither MathJax nor JupyterLab's keyboard shortcuts have any business inside.
    opening = (
        f'<figure class="sdi-player mathjax_ignore tex2jax_ignore" id="sdi-{name}" data-sdi-player="{kind}" '
        'data-lm-suppress-shortcuts="true">\n'
    )
    return Player(f"{opening}{body}</figure>", title or alt)


@cache
def _asset(name: str) -> str:
    """A script or style of the package without comments on lines of their own, indents and blank lines."""
    lines = resources.files("sdinterp").joinpath("_players", name).read_text("utf-8").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip() and not line.lstrip().startswith(("//", "/*")))


def _line(text: str) -> str:
    return " ".join(text.split())


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
