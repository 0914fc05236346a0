"""What the tests tried, and what survived: counted as they run, for the book's page on how it is tested."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

TRIED: Counter[str] = Counter()
SURVIVED: Counter[str] = Counter()


@contextmanager
def trying(what: str) -> Iterator[None]:
    """Count one trial, and whether it ends well; also a decorator, of tests that hypothesis calls many times."""
    TRIED[what] += 1
    yield
    SURVIVED[what] += 1
