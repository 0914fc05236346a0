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
    answer: Mapping[str, object], truth: Mapping[str, Any] | Callable[[], Mapping[str, Any]], hints: Mapping[str, str] | str,
    tolerance: float = 1e-6, *, relative: float = 0.0,
) -> str:  # fmt: skip
    """Say "Right.", or in a sentence what is to do, or what is wrong with the first prediction that is not right.

    Args:
        answer: what was predicted, by name; None where nothing is yet.
        truth: a number, a word, or True or False, for each name; or what finds them, called once all is answered.
        hints: what to think about, for each name or for all of them.
        tolerance: how far a number may be off.
        relative: the same as a share of the number; the larger of the two counts.

    >>> compared({"one": 1, "two": 3}, {"one": 1, "two": 2}, "Count again.")
    'two: not 3. Count again.'
    >>> compared({"one": 1, "two": None}, lambda: {"one": 1, "two": 2}, "Count again.")
    'To do: write an answer for two.'
    >>> compared({"one": "less"}, {"one": 1}, "Count again.")
    "one: write a number, not 'less'."
    >>> compared({"one": 1, "two": True}, {"one": 1.05, "two": True}, "Count again.", relative=0.1)
    'Right.'
    """
    if empty := [str(name) for name, given in answer.items() if given is None]:
        return f"To do: write an answer for {', '.join(empty)}."
    for name, value in (truth() if callable(truth) else truth).items():
        given, word = answer.get(name), isinstance(value, str)
        asked = "True or False" if (either := isinstance(value, bool | np.bool_)) else "a word" if word else "a number"
        if isinstance(given, bool) != either or not isinstance(given, str if word else int | float):
            return f"{name}: write {asked}, not {given!r}."
        right = given == value if word else math.isclose(float(given), value, rel_tol=relative, abs_tol=tolerance)
        if not right:
            return f"{name}: not {given}. {hints if isinstance(hints, str) else hints[name]}"
    return "Right."


def tried(function: Callable[..., Any], cases: Mapping[str, tuple], hint: str = "", tolerance: float = 1e-6) -> str:
    """Say "Right.", or in a sentence what is wrong with the first result of a function that is not as it should be.

    Args:
        function: what was to be written; it is given copies.
        cases: what is given, in words, to its arguments and what has to come back: a number, an array, True or False, or a cloud,
            which comes as points and weights. A third entry is the hint of this case.
        hint: what to think about in cases that have no hint of their own.
        tolerance: how far a number may be off, and the same as a share of it.

    >>> tried(lambda x: None, {"x=3": ((3,), 9)}, "How large is the square?")
    'To do: return one number.'
    >>> tried(lambda x: 2 * x, {"x=2": ((2,), 4), "x=3": ((3,), 9)}, "How large is the square?")
    'x=3: 6 is not right. How large is the square?'
    """
    for name, (given, truth, *own) in cases.items():
        answer: Any = function(*deepcopy(given))
        if answer is None:
            return f"To do: return {_asked(truth)}."
        if unfit := _unfit(answer, truth):
            return f"{name}: {unfit}"
        wrong = _wrong_cloud(answer, truth) if isinstance(truth, PointCloud) else _wrong_number(answer, truth, tolerance)
        if wrong:
            return f"{name}: {wrong} {own[0] if own else hint}".rstrip()
    return "Right."


def _asked(truth: Any) -> str:
    """What has to be returned, in words."""
    if isinstance(truth, PointCloud):
        return f"two arrays, points (k, {truth.points.shape[1]}) and weights (k,)"
    if isinstance(truth, bool):
        return "True or False"
    shape = tuple(np.shape(truth))
    return f"an array of shape {shape}" if shape else "one number"


def _unfit(answer: Any, truth: Any) -> str:
    """What is wrong with the form of an answer; nothing where it can be compared."""
    cloud, asked = isinstance(truth, PointCloud), _asked(truth)
    if isinstance(truth, bool) != isinstance(answer, bool | np.bool_) or (
        cloud and not (isinstance(answer, tuple) and len(answer) == 2)
    ):
        return f"return {asked}, not {answer if isinstance(answer, int | float) else type(answer).__name__}."
    try:
        shapes = [np.asarray(part, dtype=float).shape for part in (answer if cloud else (answer,))]
    except (TypeError, ValueError):
        return f"return {asked}, not {type(answer).__name__}."
    if cloud:
        fits = shapes[0] == (*shapes[1], truth.points.shape[1])
    else:
        fits = shapes[0] == np.shape(truth) or (not np.shape(truth) and math.prod(shapes[0]) == 1)
    return "" if fits else f"return {asked}; yours has shape {' and '.join(map(str, shapes))}."


def _wrong_number(answer: Any, truth: Any, tolerance: float) -> str:
    """What is wrong with a number, or with the first wrong one of an array; nothing where all are right."""
    wanted = np.asarray(truth, dtype=float)
    found = np.asarray(answer, dtype=float).reshape(wanted.shape)
    wrong = np.argwhere(~np.isclose(found, wanted, rtol=tolerance, atol=tolerance))
    if not len(wrong):
        return ""
    place = tuple(int(k) for k in wrong[0])
    said = answer if isinstance(truth, bool) else f"{found[place]:.4g}"
    return f"{said}{f' at {list(place)}' if place else ''} is not right."


def _wrong_cloud(answer: Any, truth: PointCloud) -> str:
    """What is wrong with the points and weights of a cloud; nothing where they are it."""
    points, weights = (np.asarray(part, dtype=float) for part in answer)
    if (weights < 0).any() or not math.isclose(weights.sum(), 1, abs_tol=1e-6):
        return f"your weights sum to {weights.sum():g} and the least is {weights.min():g}; they sum to 1, and none is negative."
    gap = wasserstein_distance(PointCloud(points, weights), truth)
    return f"your cloud is at Wasserstein distance {gap:.3g} from the right one." if gap > 1e-6 else ""
