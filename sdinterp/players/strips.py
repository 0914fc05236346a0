"""The strip player: strips of pictures that move together under one slider."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from sdinterp.perception import perceptual_distance
from sdinterp.pictures import data_uri, encoded, grid, to_pil
from sdinterp.players.figure import MOST_BYTES, Player, checked_size, player

if TYPE_CHECKING:
    from sdinterp.strips import Strips


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


def strip_row(label: str, frames: Float[Tensor, "f 3 h w"], cost_so_far: Sequence[float]) -> StripRow:
    """A row of pictures in [-1, 1], with the perceptual distances between them."""
    distances = perceptual_distance(frames[:-1], frames[1:]).sqrt()
    return StripRow(label, to_pil(frames), cost_so_far, distances.tolist())


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
                "frames": [_webp(_small(frame)) for frame in row.frames],
                "cost_so_far": _numbers(f"cost_so_far of row {row.label!r}", row.cost_so_far, count),
                "distances": _numbers(f"distances of row {row.label!r}", row.distances, count - 1),
            }
            for row in rows
        ],
    }
    labels = ", ".join(row.label for row in rows)
    alt = still_alt or f"{title or 'Picture strips'}. One strip per row: {labels}. Time runs from left to right."
    made = player("strip", data, _still(rows, count), alt=alt, title=title)
    return checked_size(made, MOST_BYTES, "strip player", "give fewer rows, fewer frames or smaller pictures")


def play(strips: Strips, title: str = "") -> Player:
    """The strip player of what `interpolate_prompts` returns; the cost (p=1) is shared out evenly over the path's time."""
    rows, times = [], next(iter(strips.values())).times.tolist()
    for name, strip in strips.items():
        distances = strip.squared_distances.sqrt().tolist()
        rows.append(StripRow(name.replace("_", " "), to_pil(strip.frames), strip.cost_so_far, distances))
    return strip_player(rows, times, title=title or f"From {strips.way} (cost: how far a row moves, on average)")


def _still(rows: Sequence[StripRow], count: int) -> str:
    """At most five frames of every strip, the first and the last among them."""
    chosen = sorted({round(k * (count - 1) / 4) for k in range(5)})
    frames = [row.frames[k].convert("RGB") for row in rows for k in chosen]
    wide, high = frames[0].size
    size = round(64 * wide / max(wide, high)), round(64 * high / max(wide, high))
    return _webp(grid(frames, len(chosen), gap=4, size=size))


def _small(frame: Image.Image) -> Image.Image:
    """A copy that is at most 192 px wide and high; the player shows it at 160 px."""
    frame = frame.convert("RGB")
    frame.thumbnail((192, 192))
    return frame


def _webp(picture: Image.Image) -> str:
    return data_uri(encoded(picture, "WEBP", quality=90, method=6), "image/webp")


def _numbers(name: str, values: Sequence[float], count: int) -> list[float]:
    numbers = [float(value) for value in values]
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name}: expected {count} finite numbers, got {numbers}")
    return numbers
