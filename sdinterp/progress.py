"""Bars for long work: the door to tqdm for the commands."""

from __future__ import annotations

import sys

from tqdm import tqdm


class Bar(tqdm):
    """A bar on stderr that is gone when the work is done; it is the `progress` that long work calls with (done, in all)."""

    def __init__(self, what: str, unit: str) -> None:
        super().__init__(desc=what, unit=unit, file=sys.stderr, leave=False)

    def __bool__(self) -> bool:
        return True  # tqdm's own is undefined as long as nobody knows how much there is to do

    def __call__(self, done: int, total: int) -> None:
        """Move the bar."""
        self.total = total
        self.update(done - self.n)
