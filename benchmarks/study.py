"""Pairs a minute of the study, with one worker and with two, each on one core's threads."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.timing import table, take_turns
from sdinterp.study.run import run_study
from sdinterp.study.settings import Settings

TWO = "two workers"


def run(settings: Settings, workers: int) -> None:
    """A whole study in a folder that is thrown away."""
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads // 2))
    try:
        with tempfile.TemporaryDirectory() as folder:
            run_study(settings, Path(folder, "run"), workers=workers)
    finally:
        torch.set_num_threads(threads)


def compare(per_level: int = 2, rounds: int = 1) -> dict[str, Any]:
    """Time the same pairs with one worker and with two; starting the workers counts."""
    settings = Settings(source={"pairs": "postcards"}, levels=(2.0, 4.0), per_level=per_level)
    pairs = 2 * per_level
    lines = table(take_turns({"one worker": partial(run, settings, 1), TWO: partial(run, settings, 2)}, rounds), TWO)
    for line in lines:
        line["pairs_a_minute"] = 60 * pairs / line["seconds"]
    return {"lines": lines, "pairs": pairs, "efficiency": lines[0]["ratio"] / 2}
