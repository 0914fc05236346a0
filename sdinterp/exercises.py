"""What the check of an exercise says about predictions, and about clouds."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from sdinterp.clouds import PointCloud
from sdinterp.couplings import wasserstein_distance


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
