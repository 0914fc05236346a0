"""The ranking game: strips without names, to be put in order by eye before their numbers show."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from PIL import Image

from sdinterp.looks import LOOKS, look
from sdinterp.players.figure import Player, drawn_by, picture_still, player, webp

MOST_FRAMES = 9
"""So many frames of a strip are shown, evenly chosen, the ends among them."""


def ranking_game(strips: Sequence[tuple[str, Sequence[Image.Image], float]], *, measure: str) -> Player:
    """Strips in any order and without names: the reader puts the smoothest first, and then sees names and numbers.

    Args:
        strips: two to five of (name, pictures, score), with as many pictures each; a coupling's name brings the coupling's colour.
            The smaller the score the smoother. Pictures wider or higher than 96 px are made smaller.
        measure: what the scores measure.

    Raises:
        ValueError: fewer than two strips or more than five, strips of fewer than two pictures or not of as many each, scores that
            are not finite and at least 0, or a player above `MOST_BYTES`.

    >>> dark, light = (Image.new("RGB", (64, 64), colour) for colour in ("navy", "gold"))
    >>> strips = [("optimal", [dark, dark, light], 1.5), ("standard", [dark, light, light], 2.5)]
    >>> ranking_game(strips, measure="perceptual length").title
    'Strips to rank. 2 strips of pictures, one below the other, without their names.'

    Chapter: How smooth is a strip?
    """
    if not 2 <= len(strips) <= len(LOOKS):
        raise ValueError(f"{len(strips)} strips given; a ranking game takes two to {len(LOOKS)}")
    count = len(strips[0][1])
    for name, frames, score in strips:
        if len(frames) != count or count < 2 or not (math.isfinite(score) and score >= 0):
            raise ValueError(
                f"strip {name!r} has {len(frames)} pictures and the score {score}; "
                "give each as many pictures, two at least, and a finite score >= 0"
            )
    shuffled = random.Random(0).sample(strips, len(strips))
    chosen = [_chosen(frames) for _, frames, _ in shuffled]
    drawn = [
        {**drawn_by(name, look(name.replace(" ", "_"))), "score": float(score), "frames": [webp(frame, 96) for frame in frames]}
        for (name, _, score), frames in zip(shuffled, chosen, strict=True)
    ]
    alt = f"Strips to rank. {len(strips)} strips of pictures, one below the other, without their names."
    data, lighter = {"strips": drawn, "measure": measure}, "give fewer strips or smaller pictures"
    return player("ranking", data, picture_still(chosen), alt=alt, parts=["looks"], lighter=lighter)


def _chosen(frames: Sequence[Image.Image]) -> list[Image.Image]:
    count = min(len(frames), MOST_FRAMES)
    return [frames[round(k * (len(frames) - 1) / (count - 1))] for k in range(count)]
