"""Pairs a minute of the study: pair by pair and several together, with one worker and with two, each on one core's threads."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.timing import table, take_turns
from sdinterp.study.run import run_study
from sdinterp.study.settings import Settings

ONE, TWO = "one worker", "two workers"


def run(settings: Settings, workers: int, batch_size: int | None = None) -> None:
    """A whole study in a folder that is thrown away."""
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads // 2))
    try:
        with tempfile.TemporaryDirectory() as folder:
            run_study(settings, Path(folder, "run"), workers=workers, batch_size=batch_size)
    finally:
        torch.set_num_threads(threads)


def compare(per_level: int = 3, rounds: int = 1, together: int = 128) -> dict[str, Any]:
    """Time the same pairs with one worker, with `together` pictures at a time, and with two workers; starting workers counts."""
    settings = Settings(source={"pairs": "postcards"}, levels=(2.0, 4.0), per_level=per_level)
    pairs = 2 * per_level
    ways = {
        ONE: partial(run, settings, 1), f"{ONE}, {together} pictures at a time": partial(run, settings, 1, together),
        TWO: partial(run, settings, 2),
    }  # fmt: skip
    lines = table(take_turns(ways, rounds), TWO)
    for line in lines:
        line["pairs_a_minute"] = 60 * pairs / line["seconds"]
    return {"lines": lines, "pairs": pairs, "efficiency": next(line["ratio"] for line in lines if line["who"] == ONE) / 2}
