"""The plan, fixed before any study runs: which comparisons are tested, at which levels of significance, and in words, how.

The statistics carry out this plan, the report prints it, and settings that name another are refused.
"""

from __future__ import annotations

import math

Comparison = tuple[str, str]
"""Couplings (a, b); its gain is log(a / b), and it is read "b vs a"."""

PRIMARY: tuple[Comparison, ...] = (("standard", "optimal"), ("random", "optimal"))
"""What the primary tests compare."""

ALPHAS = (0.05, 0.01, 0.001)
"""The levels of one, two and three stars."""


MARGIN = math.log(1.02)
"""Gains closer to none than this are equal for our purpose: two per cent."""


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

DOSED_PLAN = (
    "gain: mean over a pair's noises of the log ratio of perceptual lengths, 0.1 added to each, optimal vs standard. Estimates "
    "with 95 % intervals, levels counting alike: (1) its slope on the share of phrases displaced, within scenes; (2) the gain at "
    "full dose by level, two-sided Wilcoxon signed-rank, Holm over levels; (3) at dose 0 no gain within 2 %, two one-sided tests "
    "at 5 %. Then a mixed model of the gain on dose, level and both, scenes as groups; all else is described"
)

RIVALS_PLAN = (
    "gain as in the study of doses, at full dose, of the optimal coupling over each rival: mean, levels counting alike, with 95 % "
    "interval; least squares of log length, within pairs, on the share of cost saved, of words that meet their equals, and of "
    "words sent into the padding, errors clustered by scene"
)

PLANS = {"postcards": PLAN, "doses": DOSED_PLAN, "rivals": RIVALS_PLAN}
"""What is fixed before the run, in words, by where the pairs come from."""


def plan_for(source: object) -> str:
    """The plan of a study of pairs from a source; that of Postcards where the source has none of its own."""
    return PLANS.get(str(source), PLAN)
