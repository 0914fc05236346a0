"""The player of two roads: two couplings between the same two prompts, as two large pictures under one slider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from PIL import Image

from sdinterp.pictures import grid, to_pil, webp_uri
from sdinterp.players.figure import Player, drawn_as, player
from sdinterp.words import END

if TYPE_CHECKING:
    from sdinterp.strips import Strip, Strips

_SIDE = 128


def two_roads(walks: Sequence[Strips], tokens: Callable[[str], list[str]], *, rest: float = 0.0) -> Player:
    """Two roads between the same prompts, side by side: what they have walked, and which word walks to which.

    A bar under each picture grows with the perceptual distance from frame to frame. The prompts stand below; a word that the reader
    points at shows where each road takes it. It moves once when it comes into view, unless the reader wants no motion.

    Args:
        walks: at least one, each between two prompts along the same two couplings and past the same times.
        tokens: the labels of a prompt's rows, as `DiffusionModel.tokens` gives them.
        rest: the time in [0, 1] of the frame where the slider stands at first, or the nearest.

    Raises:
        ValueError: no walks, walks that differ in their couplings or times or are not of two couplings and two prompts, plans that
            split mass, rest outside [0, 1], or a player above `MOST_BYTES`.

    Chapter: Which way from B to A?
    """
    shapes = {(*walk, *next(iter(walk.values())).times.tolist()) for walk in walks}
    if len(shapes) != 1 or any(len(walk) != 2 or len(walk.prompts) != 2 for walk in walks):
        raise ValueError(
            f"{len(walks)} walks given; give one at least, each between two prompts, all along the same two couplings and times"
        )
    if not 0 <= rest <= 1:
        raise ValueError(f"rest is {rest}; a road runs from t=0 to t=1")
    times = next(iter(walks[0].values())).times.tolist()
    stop = min(range(len(times)), key=lambda k: abs(times[k] - rest))
    data = {"times": times, "rest": stop, "couplings": drawn_as(walks[0]), "walks": [_walk(walk, tokens) for walk in walks]}
    (one, first), (other, second) = walks[0].items()
    alt = (
        f"From {walks[0].way} at t = {times[stop]:.2f}: on the left along the {one} coupling, {_length(first):.2f} in all, "
        f"on the right along the {other} coupling, {_length(second):.2f}."
    )
    pictures = [to_pil(road.shown[stop : stop + 1])[0] for road in (first, second)]
    still = _webp(grid(pictures, 2, gap=8, size=(320, 320)))
    return player("roads", data, still, alt=alt, parts=["looks"], lighter="give fewer walks or fewer frames")


def _walk(walk: Strips, tokens: Callable[[str], list[str]]) -> dict[str, Any]:
    """The words of both prompts, and of each road its frames, the distance walked to each, and where each word of A goes."""
    words = [labels[1 : labels.index(END)] for labels in map(tokens, walk.prompts)]
    roads = []
    for name, road in walk.items():
        if road.coupling.permutation is None:
            raise ValueError(f"coupling {name!r} splits mass; a word walks to one word, as along optimal_coupling")
        frames = [frame.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS) for frame in to_pil(road.shown)]
        goals = [row - 1 for row in road.coupling.permutation[1 : 1 + len(words[0])].tolist()]
        roads.append(
            {
                "frames": [_webp(frame) for frame in frames],
                "walked": [round(length, 4) for length in accumulate(road.squared_distances.sqrt().tolist(), initial=0.0)],
                "to": [goal if 0 <= goal < len(words[1]) else None for goal in goals],
            }
        )
    return {"words": words, "roads": roads}


def _length(road: Strip) -> float:
    return road.squared_distances.sqrt().sum().item()


def _webp(picture: Image.Image) -> str:
    return webp_uri(picture, quality=80, method=6)
