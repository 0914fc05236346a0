"""What the check of an exercise says about predictions."""

from __future__ import annotations

import math
from collections.abc import Mapping


def compared(
    answer: Mapping[str, object], truth: Mapping[str, float], hints: Mapping[str, str] | str, tolerance: float = 1e-6
) -> str:
    """Say "Right.", or in a sentence what is wrong with the first prediction that is not.

    Args:
        answer: what was predicted, by name.
        truth: a number, or True or False, for each name.
        hints: what to think about, for each name or for all of them.
        tolerance: how far a number may be off.

    >>> compared({"one": 1, "two": 3}, {"one": 1, "two": 2}, "Count again.")
    'two: not 3. Count again.'
    >>> compared({"one": 1, "two": 2}, {"one": 1, "two": 2}, "Count again.")
    'Right.'
    """
    for name, value in truth.items():
        given = answer.get(name)
        if isinstance(value, bool) != isinstance(given, bool) or not isinstance(given, int | float):
            return f"{name}: write {'True or False' if isinstance(value, bool) else 'a number'}, not {given!r}."
        if not math.isclose(given, value, rel_tol=0, abs_tol=tolerance):
            return f"{name}: not {given}. {hints if isinstance(hints, str) else hints[name]}"
    return "Right."
