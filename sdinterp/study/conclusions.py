"""The talk's three take-aways (slide S10) as claims, each with a verdict and a sentence that the numbers choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sdinterp.extras import needs_extras
from sdinterp.study.plan import ALPHAS, MARGIN, PRIMARY, label

with needs_extras():
    import pandas as pd

CLAIMS = (
    "The optimal coupling's strips have the shorter perceptual path.",
    "The more similar the prompts, the greater the gain of the optimal coupling.",
    "Instability shows more for suboptimal couplings: their largest jump is larger.",
)
"""The talk's take-aways in words that can be tested."""

Verdict = Literal["supported", "supported in part", "mixed", "not supported", "contradicted", "not tested"]


@dataclass(frozen=True)
class Conclusion:
    """A claim and what the study says of it.

    Attributes:
        claim: the talk's take-away, in words that can be tested.
        verdict: what the tests say.
        sentence: the numbers behind it.
        test: which test says so, and whether it was the primary one.
    """

    claim: str
    verdict: Verdict
    sentence: str
    test: str


def conclusions(primary: pd.DataFrame, trends: pd.DataFrame, jumps: pd.DataFrame) -> list[Conclusion]:
    """The three take-aways: from `primary_test`, `trend`, and `compare` on the largest jump over all pairs (`by=()`)."""
    return [smoother(primary), grows(trends), steadier(jumps)]


def of_doses(found: Mapping[str, pd.DataFrame]) -> list[Conclusion]:
    """The take-aways as a study of doses answers them: of `answers.answered`."""
    last = found["doses"][found["doses"]["dose"] == found["doses"]["dose"].max()]
    against = last[(last["a"] == "standard") & (last["b"] == "optimal")].set_index("measure")
    return [smoother_with_dose(found["full"], found["questions"]), grows_at_full_dose(found["model"]), steadier_or_shorter(against)]


def smoother_with_dose(full: pd.DataFrame, questions: pd.DataFrame) -> Conclusion:
    """S10, first: where words are displaced, and where they are not."""
    slope, control = questions.to_dict("records")
    counted, signs = _won(full, "mean")
    even = abs(control["mean"]) < MARGIN and control["p"] < ALPHAS[0]
    parts = [
        f"where all phrases are displaced, {counted}",
        f"from no phrase displaced to all, the standard strip becomes {_times(slope)} as long beside the optimal one",
        f"with none displaced it is {_times(control)} as long, which {'is' if even else 'is not shown to be'} equal within 2 %",
    ]
    test = "Fixed before the run: Wilcoxon with Holm over levels, the slope of the gain on dose, two one-sided tests."
    return _conclusion(CLAIMS[0], signs, parts, test, "")


def grows_at_full_dose(model: pd.DataFrame) -> Conclusion:
    """S10, second: does a level more add to what displaced words cost?"""
    rows = model[model["term"] == "share:similarity"].to_dict("records")
    found = [_times(row | {"mean": row["estimate"]}) for row in rows]
    parts = [f"a level more makes the ratio of lengths that displacing all phrases brings {times} as large" for times in found]
    test = "Fixed before the run: the product of dose and level in the mixed model."
    return _conclusion(CLAIMS[1], [_side(row) for row in rows], parts, test, "There are too few pairs for the model.")


def steadier_or_shorter(measures: pd.DataFrame) -> Conclusion:
    """S10, third: a long strip has large jumps; and relative to its length?"""
    jump, relative = measures.loc["largest_jump"], measures.loc["relative_jump"]
    parts = [
        f"where all phrases are displaced, the largest jump of the standard strip is {_times(jump)} that of the optimal one",
        f"relative to the strip's length it is {_times(relative)}",
    ]
    test = "Described: means of log ratios with 95 % intervals."
    return _conclusion(CLAIMS[2], [_side(jump), _side(relative)], parts, test, "")


def _side(row: Any) -> int:
    """On which side of 0 an interval lies; 0 where it holds it."""
    return 1 if row["low"] > 0 else -1 if row["high"] < 0 else 0


def _times(row: Any) -> str:
    value, low, high = np.exp([row["mean"], row["low"], row["high"]])
    return f"{value:.2f} times ({low:.2f} to {high:.2f})"


def smoother(primary: pd.DataFrame) -> Conclusion:
    """S10, first: are optimal strips smoother? At which levels, after correction."""
    test = f"Primary: two-sided Wilcoxon signed-rank on log ratios within each level, Holm over all {len(primary)} tests."
    parts, signs = [], []
    known = primary if primary["p"].notna().any() else primary.head(0)
    for comparison, rows in known.groupby("comparison", sort=False):
        counted, own = _won(rows, "effect")
        parts.append(f"against {_other(comparison)}: significantly {counted}")
        signs += own
    return _conclusion(CLAIMS[0], signs, parts, test, "No level has a pair left to test.")


def grows(trends: pd.DataFrame) -> Conclusion:
    """S10, second: is the gain greater for similar prompts? Relative and absolute need not agree."""
    test = (
        "Exploratory: Spearman's rank correlation of a pair's gain with its level; the interval (95 %, bootstrap) must not hold 0."
    )
    parts, signs = [], []
    for row in trends[trends["rho"].notna()].to_dict("records"):
        signs.append(_side(row))
        way = {1: "grows", -1: "falls", 0: "has no clear trend"}[signs[-1]]
        rho = f"{row['rho']:.2f}, {row['low']:.2f} to {row['high']:.2f}"
        parts.append(f"the {row['kind']} gain against {_other(row['comparison'])} {way} with similarity ({rho})")
    return _conclusion(CLAIMS[1], signs, parts, test, "There are too few levels or pairs for a trend.")


def steadier(jumps: pd.DataFrame) -> Conclusion:
    """S10, third: does instability show more for the other couplings? Read as: is the largest jump of their strips larger?"""
    test = "Exploratory: two-sided Wilcoxon signed-rank on log ratios of the largest jump, all pairs together, p uncorrected."
    parts, signs = [], []
    for row in jumps[jumps["p"].notna() & jumps["comparison"].isin([label(pair) for pair in PRIMARY])].to_dict("records"):
        signs.append(int(np.sign(row["effect"])) if row["p"] < ALPHAS[0] else 0)
        ratio, low, high = np.exp([row["mean"], row["mean_low"], row["mean_high"]])
        between = f"95 % interval {low:.2f} to {high:.2f}" if np.isfinite([low, high]).all() else "no interval"
        parts.append(
            f"the largest jump of the {_other(row['comparison'])} strip is {ratio:.2f} times that of the optimal one on average "
            f"({between}, p {written_p(row['p'])}, n = {row['n']})"
        )
    return _conclusion(CLAIMS[2], signs, parts, test, "There is no pair to test.")


def written_p(p: float) -> str:
    """A p-value as it is printed, with its sign.

    >>> written_p(0.0312), written_p(2e-9), written_p(float("nan"))
    ('= 0.031', '< 0.0001', '= n/a')
    """
    return "= n/a" if np.isnan(p) else "< 0.0001" if p < 1e-4 else f"= {p:.2g}"


def _conclusion(claim: str, signs: Sequence[int], parts: Sequence[str], test: str, lacking: str) -> Conclusion:
    """What the signs of single tests come to, with a sentence of its parts; where there are none, of what is lacking."""
    if not parts:
        return Conclusion(claim, "not tested", lacking, test)
    up, down = 1 in signs, -1 in signs
    in_part: Verdict = "supported" if all(sign == 1 for sign in signs) else "supported in part"
    verdict: Verdict = "mixed" if up and down else "contradicted" if down else in_part if up else "not supported"
    text = "; ".join(parts)
    return Conclusion(claim, verdict, text[0].upper() + text[1:] + ".", test)


def _other(comparison: object) -> str:
    return str(comparison).rpartition(" vs ")[2]


def _won(rows: pd.DataFrame, by: str) -> tuple[str, list[int]]:
    """At how many levels a column says, with a star, that optimal strips are shorter or longer; and the sign of each level."""
    signs = np.sign(rows[by].where(rows["stars"] != "", 0)).astype(int)
    shorter, longer = (_count(rows["level"][signs == side], len(rows)) for side in (1, -1))
    return f"shorter at {shorter}, longer at {longer}", signs.tolist()


def _count(levels: pd.Series, of: int) -> str:
    return f"{len(levels)} of {of} levels" + (f" ({', '.join(f'{level:g}' for level in levels)})" if len(levels) else "")
