"""The dot plot: panels of dots on common axes, where each dot opens the strips of its pair."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, UnidentifiedImageError

from sdinterp.checks import shorten
from sdinterp.pictures import data_uri
from sdinterp.players.figure import MOST_BYTES, Player, drawn_as, finite, player, svg_still


@dataclass(frozen=True)
class Dot:
    """One dot of a dot plot: a pair of prompts.

    Attributes:
        x, y: where it stands.
        says: one or two sentences, such as its prompts and numbers.
        strips: a WebP picture by coupling, the frames of a strip side by side; none where the page is to stay light.
    """

    x: float
    y: float
    says: str
    strips: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """Dots that stand together.

    Attributes:
        title: stands above them.
        dots: at least one.
        marks: (x, mean, low, high) each, a mean with its interval.
    """

    title: str
    dots: Sequence[Dot]
    marks: Sequence[tuple[float, float, float, float]] = ()


def dot_plot(panels: Sequence[Panel], *, title: str, x_label: str, y_label: str, y_ticks: Mapping[float, str]) -> Player:
    """Panels of dots side by side: click, tap or walk to one to read what it says and to see its strips.

    All panels have the same axes. A line at y = 0 says "no gain". At first a dot with strips is chosen.

    Args:
        panels: at least one.
        title: stands above the panels.
        x_label, y_label: what the axes measure.
        y_ticks: labels of places on the y axis, which runs from the lowest to the highest. Dots beyond it stand at its edge as
            arrows, and say so.

    Raises:
        ValueError: no panels, panels without dots, numbers that are not finite, ticks that do not reach from y = 0 to another
            place, marks that are no intervals or lie beyond the ticks, strips that are not in WebP or of more than five
            couplings, or a player above 2 `MOST_BYTES`.

    Chapter: Is it real?
    """
    _check(panels, y_ticks)
    names = list(dict.fromkeys(name for panel in panels for dot in panel.dots for name in dot.strips))
    files = list(dict.fromkeys(file for panel in panels for dot in panel.dots for file in dot.strips.values()))
    number = {file: k for k, file in enumerate(files)}
    xs = [dot.x for panel in panels for dot in panel.dots] + [mark[0] for panel in panels for mark in panel.marks]
    margin = 0.05 * (max(xs) - min(xs)) or 1.0
    left, right, low, high = min(xs) - margin, max(xs) + margin, min(y_ticks), max(y_ticks)

    def place(x: float, y: float) -> tuple[float, float]:
        """In percent from the left and from the top; what lies beyond the y axis stands at its edge."""
        inside = min(max(float(y), low), high)
        return round(100 * (float(x) - left) / (right - left), 2), round(100 * (high - inside) / (high - low), 2)

    drawn = [
        {
            "title": panel.title,
            "dots": [
                {
                    "at": place(dot.x, dot.y), "beyond": int(dot.y > high) - int(dot.y < low), "says": dot.says,
                    "strips": [(names.index(name), number[file]) for name, file in dot.strips.items()],
                }
                for dot in sorted(panel.dots, key=lambda dot: (dot.x, dot.y))
            ],
            "marks": [[place(x, y) for y in ys] for x, *ys in panel.marks],
        }
        for panel in panels
    ]  # fmt: skip
    data = {
        "panels": drawn, "x_label": x_label, "y_label": y_label,
        "x_ticks": [(place(x, 0)[0], f"{x:g}") for x in _round_numbers(min(xs), max(xs))],
        "y_ticks": [(place(0, y)[1], label) for y, label in y_ticks.items()],
        "zero": place(0, 0)[1], "couplings": drawn_as(names), "pictures": [_picture(file) for file in files],
    }  # fmt: skip
    counted = ", ".join(f"{panel.title} {len(panel.dots)}" for panel in panels)
    alt = f"{title}. {y_label} against {x_label}, a dot for each pair, with means and their intervals. Dots: {counted}."
    still = svg_still("dots", 200 * len(drawn) + 46, **data)
    lighter = "give strips to fewer dots, or smaller ones"
    return player("dots", data, still, alt=alt, title=title, parts=["looks"], most=2 * MOST_BYTES, lighter=lighter)


def _check(panels: Sequence[Panel], y_ticks: Mapping[float, str]) -> None:
    if not panels:
        raise ValueError("no panels given; a dot plot needs one at least")
    if not all(map(math.isfinite, y_ticks)) or len(y_ticks) < 2 or not min(y_ticks) <= 0 <= max(y_ticks):
        raise ValueError(
            f"y_ticks are at {shorten(list(y_ticks))}; give two finite places at least, with y = 0 among or between them"
        )
    for panel in panels:
        if not panel.dots:
            raise ValueError(f"panel {panel.title!r} has no dots; it needs one at least")
        for dot in panel.dots:
            finite(f"the dot that says {shorten(dot.says)}", (dot.x, dot.y), 2)
        for mark in panel.marks:
            _, mean, low, high = finite(f"a mark of panel {panel.title!r}", mark, 4)
            if not min(y_ticks) <= low <= mean <= high <= max(y_ticks):
                raise ValueError(
                    f"a mark of panel {panel.title!r} has mean {mean:g} and interval {low:g} to {high:g}; "
                    f"the mean must lie in the interval and the interval between the y_ticks {min(y_ticks):g} and {max(y_ticks):g}"
                )


def _picture(file: bytes) -> dict[str, Any]:
    try:
        with Image.open(io.BytesIO(file), formats=["WEBP"]) as image:
            width, height = image.size
    except UnidentifiedImageError:
        raise ValueError(f"a strip begins with {file[:12]!r}; strips are bytes of WebP pictures") from None
    return {"src": data_uri(file, "image/webp"), "width": width, "height": height}


def _round_numbers(low: float, high: float) -> list[float]:
    """At most seven multiples of 1, 2 or 5 times a power of ten.

    >>> _round_numbers(0.5, 5)
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    if low == high:
        return [low]
    least = (high - low) / 6
    unit = 10.0 ** math.floor(math.log10(least))
    step = next(times * unit for times in (1, 2, 5, 10) if times * unit >= least)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
