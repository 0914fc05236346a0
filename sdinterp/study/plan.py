"""The plan, fixed before any study runs: which comparisons are tested, at which levels of significance, and in words, how.

The statistics carry out this plan, the report prints it, and settings that name another are refused.
"""

from __future__ import annotations

Comparison = tuple[str, str]
"""Couplings (a, b); its gain is log(a / b), and it is read "b vs a"."""

PRIMARY: tuple[Comparison, ...] = (("standard", "optimal"), ("random", "optimal"))
"""What the primary tests compare."""

ALPHAS = (0.05, 0.01, 0.001)
"""The levels of one, two and three stars."""


def label(comparison: Comparison) -> str:
    """How a comparison is read.

    >>> label(("random_words", "optimal"))
    'optimal vs random words'
    """
    return f"{comparison[1]} vs {comparison[0]}".replace("_", " ")


PLAN = (
    f"two-sided Wilcoxon signed-rank on log ratio of perceptual path length, {' and '.join(map(label, PRIMARY))}, "
    "within each level, Holm over all of them"
)
"""The primary tests in words, as they stand in the settings of a study."""
