"""What the tests tried, and what survived: counted as they run, for the book's page on how it is tested."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis.errors import StopTest, UnsatisfiedAssumption

TRIED: Counter[str] = Counter()
SURVIVED: Counter[str] = Counter()


@contextmanager
def trying(what: str) -> Iterator[None]:
    """Count one trial, and whether it ends well; also a decorator, of tests that hypothesis calls many times."""
    TRIED[what] += 1
    try:
        yield
    except (StopTest, UnsatisfiedAssumption):  # hypothesis drew what it does not want, and draws again
        TRIED[what] -= 1
        raise
    SURVIVED[what] += 1
