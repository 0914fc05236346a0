"""What arguments must be, each said in one sentence, and which word was meant."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Iterable
from numbers import Integral, Real
from pathlib import Path


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise ValueError unless `value` is a whole number, from `least` to `most`.

    >>> check_whole("frames", 1.5, 2)
    Traceback (most recent call last):
    ValueError: frames is 1.5; it must be a whole number, at least 2
    """
    if isinstance(value, Integral) and not isinstance(value, bool) and least <= int(value) <= (math.inf if most is None else most):
        return
    span = f"at least {least}" if most is None else f"between {least} and {most}"
    raise ValueError(f"{name} is {value!r}; it must be a whole number, {span}")


def check_seed(seed: object, name: str = "seed") -> None:
    """Raise ValueError unless a generator of random numbers can start from `seed`."""
    check_whole(name, seed, 0, 2**63 - 1)


def check_exponent(p: object) -> None:
    """Raise ValueError unless `p` can be the exponent of a ground cost."""
    if not (isinstance(p, Real) and 1 <= float(p) < math.inf):
        raise ValueError(f"p is {p!r}; the cost exponent must be at least 1, and finite")


def check_guidance(guidance: object) -> None:
    """Raise ValueError unless `guidance` can be the scale of classifier-free guidance."""
    if not (isinstance(guidance, Real) and 0 <= float(guidance) <= 100):
        raise ValueError(f"guidance is {guidance!r}; it must be between 0 and 100")


def at_home(path: str | os.PathLike[str]) -> Path:
    """A path; `~` at its start is the home folder, which shells see to only where it begins a word."""
    return Path(os.path.expanduser(path))


def shorten(value: object, length: int = 80) -> str:
    """How Python writes a value, cut where that is longer than a sentence can hold."""
    written = repr(value)
    return written if len(written) <= length else f"{written[:length]}…"


def meant(word: object, known: Iterable[str]) -> str:
    """A question to append to a refusal: the known word that is nearest, or nothing where none is near.

    >>> meant("optiml", ["optimal", "standard"])
    " (did you mean 'optimal'?)"
    """
    near = difflib.get_close_matches(str(word), list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
