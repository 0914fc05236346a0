"""The strip player: strips of pictures that move together under one slider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from sdinterp.looks import LOOKS, look
from sdinterp.perception import perceptual_distance
from sdinterp.pictures import to_pil
from sdinterp.players.figure import Player, decimals_of, drawn_by, finite, picture_still, player, webp

if TYPE_CHECKING:
    from sdinterp.strips import Strips

STEP = "perceptual step"
"""What the steps of a row measure."""


@dataclass(frozen=True)
class StripRow:
    """One row of a strip player: the pictures along one path.

    Attributes:
        label: what the row is called; a coupling's name brings the coupling's colour.
        frames: F pictures, F >= 2.
        steps: F - 1 numbers, how far each frame looks from the one before it; or none, in all rows.
        readouts: what stands below the picture: F numbers by name, such as the cost so far.
    """

    label: str
    frames: Sequence[Image.Image]
    steps: Sequence[float] = ()
    readouts: Mapping[str, Sequence[float]] = field(default_factory=dict)


def strip_row(
    label: str,
    frames: Float[Tensor, "f 3 h w"],
    readouts: Mapping[str, Sequence[float]],
    enlarge: Callable[[Tensor], Tensor] = lambda small: small,
) -> StripRow:
    """A row of pictures in [-1, 1], with the perceptual distances between them as steps; `enlarge` is the model's."""
    steps = perceptual_distance(frames[:-1], frames[1:]).sqrt()
    return StripRow(label, to_pil(enlarge(frames)), steps.tolist(), readouts)


def strip_player(rows: Sequence[StripRow], times: Sequence[float], *, slider: str = "t", title: str = "") -> Player:
    """Strips of pictures that move together under one slider: large pictures with their readouts, and below them strips of film.

    On the film a frame stands as far from the one before it as its step is long, on one scale for all rows.

    Args:
        rows: at least one; all have as many frames as there are times. Frames wider or higher than 256 px are made smaller.
        times: the F values of the slider.
        slider: what the slider sets.
        title: stands above the pictures.

    Raises:
        ValueError: no rows, rows that do not fit the times, numbers that are not finite, steps below 0 or in some rows only, or a
            player above `MOST_BYTES`.

    Chapter: Which way from B to A?
    """
    if not rows or len(times) < 2:
        raise ValueError(f"{len(rows)} rows and {len(times)} times given; a strip player needs one row and two times at least")
    count, stepped = len(times), any(len(row.steps) for row in rows)
    measured = []
    for row in rows:
        if len(row.frames) != count:
            raise ValueError(f"row {row.label!r} has {len(row.frames)} frames for {count} times; it needs one frame per time")
        steps = finite(f"steps of row {row.label!r}", row.steps, count - 1 if stepped else 0)
        if min(steps, default=0) < 0:
            raise ValueError(f"steps of row {row.label!r} go down to {min(steps)}; a step is a distance, at least 0")
        readouts = {name: finite(f"{name!r} of row {row.label!r}", some, count) for name, some in row.readouts.items()}
        measured.append((steps, {**readouts, **({STEP: [None, *steps]} if steps else {})}))
    names = dict.fromkeys(name for _, readouts in measured for name in readouts)
    decimals = {name: decimals_of([x for _, found in measured for x in found.get(name, ()) if x is not None]) for name in names}
    data = {
        "stops": [f"{slider} = {value}" for value in _written(finite("times", times, count))],
        "slider": slider, "step": STEP,
        "rows": [
            {
                **drawn_by(row.label, look(row.label.replace(" ", "_"))), "known": row.label.replace(" ", "_") in LOOKS,
                "frames": [webp(frame, 256) for frame in row.frames],
                "aspect": round(row.frames[0].width / row.frames[0].height, 4), "steps": steps,
                "readouts": [{"name": name, "decimals": decimals[name], "numbers": some} for name, some in readouts.items()],
            }
            for row, (steps, readouts) in zip(rows, measured, strict=True)
        ],
    }  # fmt: skip
    labels = ", ".join(row.label for row in rows)
    alt = f"{title or 'Picture strips'}. One strip per row: {labels}. {slider} runs from left to right."
    parts, lighter = ["looks", "film"], "give fewer rows, fewer frames or smaller pictures"
    return player("strip", data, _still(rows, count), alt=alt, title=title, parts=parts, lighter=lighter)


def play(strips: Strips, title: str = "") -> Player:
    """The strip player of what `interpolate_prompts` returns; the cost (p=1) is shared out evenly over the path's time."""
    rows, times = [], next(iter(strips.values())).times.tolist()
    for name, strip in strips.items():
        steps = strip.squared_distances.sqrt().tolist()
        rows.append(StripRow(name, to_pil(strip.shown), steps, {"cost so far": strip.cost_so_far}))
    return strip_player(rows, times, title=title or f"From {strips.way} (cost: how far a row moves, on average)")


def _still(rows: Sequence[StripRow], count: int) -> str:
    """At most five frames of every strip, the first and the last among them."""
    chosen = sorted({round(k * (count - 1) / 4) for k in range(5)})
    return picture_still([[row.frames[k] for k in chosen] for row in rows])


def _written(values: Sequence[float]) -> list[str]:
    """Numbers as text with as few decimals as tell each from its neighbours and from 0; with three digits where three are too few.

    >>> _written([0, 0.125, 0.25]), _written([0, 1, 64]), _written([10, 1, 0.01])
    (['0.000', '0.125', '0.250'], ['0', '1', '64'], ['10.00', '1.00', '0.01'])
    >>> _written([10, 0.0123, 0.01])
    ['10', '0.0123', '0.01']
    """
    least = min(abs(after - before) for before, after in pairwise(values)) / 50
    for decimals in range(4):
        if all(abs(round(x, decimals) - x) <= least and (round(x, decimals) or not x) for x in values):
            return [f"{round(x, decimals) + 0.0:.{decimals}f}" for x in values]
    return [f"{x:.3g}" for x in values]
