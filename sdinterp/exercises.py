"""What the check of an exercise says about predictions, about functions, and about clouds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np

from sdinterp.clouds import PointCloud
from sdinterp.couplings import wasserstein_distance


def compared(
    answer: Mapping[str, object], truth: Mapping[str, Any], hints: Mapping[str, str] | str, tolerance: float = 1e-6,
    *, relative: float = 0.0,
) -> str:  # fmt: skip
    """Say "Right.", or in a sentence what is wrong with the first prediction that is not.

    Args:
        answer: what was predicted, by name.
        truth: a number, a word, or True or False, for each name.
        hints: what to think about, for each name or for all of them.
        tolerance: how far a number may be off.
        relative: the same as a share of the number; the larger of the two counts.

    >>> compared({"one": 1, "two": 3}, {"one": 1, "two": 2}, "Count again.")
    'two: not 3. Count again.'
    >>> compared({"one": "less"}, {"one": 1}, "Count again.")
    "one: write a number, not 'less'."
    >>> compared({"one": 1, "two": True}, {"one": 1.05, "two": True}, "Count again.", relative=0.1)
    'Right.'
    """
    for name, value in truth.items():
        given, word = answer.get(name), isinstance(value, str)
        asked = "True or False" if (either := isinstance(value, bool | np.bool_)) else "a word" if word else "a number"
        if isinstance(given, bool) != either or not isinstance(given, str if word else int | float):
            return f"{name}: write {asked}, not {given!r}."
        right = given == value if word else math.isclose(given, value, rel_tol=relative, abs_tol=tolerance)
        if not right:
            return f"{name}: not {given}. {hints if isinstance(hints, str) else hints[name]}"
    return "Right."


def tried(function: Callable[..., Any], cases: Mapping[str, tuple[tuple, Any]], hint: str, tolerance: float = 1e-6) -> str:
    """Say "Right.", or in a sentence what is wrong with the first result of a function that is not as it should be.

    Args:
        function: what was to be written; it is given copies.
        cases: what is given, in words, to its arguments and the number or array that has to come back.
        hint: what to think about.
        tolerance: how far a number may be off, and the same as a share of it.

    >>> tried(lambda x: None, {"x=3": ((3,), 9)}, "How large is the square?")
    'To do: return one number.'
    >>> tried(lambda x: 2 * x, {"x=2": ((2,), 4), "x=3": ((3,), 9)}, "How large is the square?")
    'x=3: 6 is not right. How large is the square?'
    """
    for name, (given, truth) in cases.items():
        answer, wanted = function(*deepcopy(given)), np.asarray(truth, dtype=float)
        asked = f"an array of shape {wanted.shape}" if wanted.ndim else "one number"
        if answer is None:
            return f"To do: return {asked}."
        try:
            found = np.asarray(answer, dtype=float)
        except (TypeError, ValueError):
            return f"{name}: return {asked}, not {type(answer).__name__}."
        if found.shape != wanted.shape and (wanted.ndim or found.size != 1):
            return f"{name}: return {asked}; yours has shape {found.shape}."
        found = found.reshape(wanted.shape)
        right = np.isclose(found, wanted, rtol=tolerance, atol=tolerance)
        if not right.all():
            place = tuple(int(k) for k in np.argwhere(~right)[0])
            return f"{name}: {found[place]:.4g}{f' at {list(place)}' if place else ''} is not right. {hint}"
    return "Right."


def wrong_with_cloud(answer: object, truth: PointCloud) -> str:
    """Say in a sentence what is wrong with points and weights that should be a cloud; nothing where they are it.

    Args:
        answer: what a function returned that should return points (k, d) and their weights (k,).
        truth: the cloud.

    >>> wrong_with_cloud((np.zeros((1, 2)), np.array([0.5])), PointCloud(np.zeros((1, 2))))
    'Your weights sum to 0.5, not 1.'
    """
    if not isinstance(answer, tuple) or len(answer) != 2:
        return f"Return two arrays, points and weights; you returned {type(answer).__name__}."
    points, weights = map(np.asarray, answer)
    d = truth.points.shape[1]
    if points.ndim != 2 or points.shape[1] != d or weights.shape != (len(points),):
        return f"Points must be (k, {d}) and weights (k,); yours have the shapes {points.shape} and {weights.shape}."
    if not math.isclose(weights.sum(), 1, abs_tol=1e-6):
        return f"Your weights sum to {weights.sum():g}, not 1."
    gap = wasserstein_distance(PointCloud(points, weights), truth)
    return f"Your cloud is at Wasserstein distance {gap:.3g} from the right one." if gap > 1e-6 else ""
