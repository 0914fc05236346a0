"""Contestants take turns, so that what slows the machine slows them all. A ratio is the median of the rounds' ratios."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any


def take_turns(contestants: Mapping[str, Callable[[], Any]], rounds: int, seed: int = 0) -> dict[str, list[float]]:
    """The seconds that each contestant takes in each round, in an order drawn anew each time. A first round is not counted."""
    rng, seconds = random.Random(seed), {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name in rng.sample(list(contestants), len(contestants)):
            gc.collect()
            began = time.perf_counter()
            contestants[name]()
            if number:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def table(seconds: Mapping[str, list[float]], ours: str) -> list[dict[str, Any]]:
    """A line for each contestant: its median seconds, and how many times ours it takes (median, lowest, highest round)."""
    lines = []
    for name, own in seconds.items():
        ratios = [theirs / mine for theirs, mine in zip(own, seconds[ours], strict=True)]
        lines.append(
            {"who": name, "seconds": median(own), "ratio": median(ratios), "lowest": min(ratios), "highest": max(ratios),
             "rounds": len(own)}
        )  # fmt: skip
    return lines
