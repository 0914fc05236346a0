"""The second study's analysis on made-up gains, before there are any: what would it find, and how often would it be fooled?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from sdinterp.study.answers import at_full_dose, equivalence, slope
from sdinterp.study.doses import DOSES, SCENES
from sdinterp.study.plan import MARGIN

Effect = Callable[[float, float], float]
"""From a level and the share of phrases displaced to the mean gain."""


def made_up_gains(
    effect: Effect, spread: Mapping[float, float], rng: np.random.Generator, *, scenes: Mapping[float, int] = SCENES,
    zeros: float = 0.5,
) -> pd.DataFrame:  # fmt: skip
    """Gains of every pair of the design, as `answers.gains` gives them.

    Args:
        effect: that is planted.
        spread: standard deviation of a pair's gain at full dose, by level. Half its variance is the scene's; both shrink with the
            share of phrases displaced, to a tenth of it at dose 0.
        rng: what is drawn from.
        scenes: at each level.
        zeros: share of the pairs at dose 0 whose couplings are the same, so that they cannot differ.
    """
    rows = []
    for level, count in scenes.items():
        own = rng.normal(0, spread[level] / np.sqrt(2), count)
        for dose in DOSES:
            share = dose / max(DOSES)
            scale = max(share, 0.1)
            gain = effect(level, share) + scale * (own + rng.normal(0, spread[level] / np.sqrt(2), count))
            if dose == 0:
                gain[rng.random(count) < zeros] = 0.0
            names = [f"{level:g}-{number:03}" for number in range(count)]
            rows.append(pd.DataFrame({"scene": names, "level": level, "dose": dose, "share": share, "gain": gain}))
    return pd.concat(rows, ignore_index=True)


def rehearse(
    effect: Effect, spread: Mapping[float, float], *, repeats: int = 200, seed: int = 0, zeros: float = 0.5
) -> pd.DataFrame:
    """How often the three questions are answered yes: question, level (of the second), rate over the repeats."""
    rng, answers = np.random.default_rng(seed), []
    for _ in range(repeats):
        pairs = made_up_gains(effect, spread, rng, zeros=zeros)
        first, third, full = slope(pairs), equivalence(pairs), at_full_dose(pairs, resamples=2)
        found = {("the gain grows with the dose", np.nan): first["low"] > 0}
        gained = (full["p_holm"] < 0.05) & (full["mean"] > 0)
        found |= {("a gain at full dose", level): yes for level, yes in zip(full["level"], gained, strict=True)}
        found["equal at dose 0", np.nan] = third["p"] < 0.05 and abs(third["mean"]) < MARGIN
        answers.append(found)
    rates = pd.DataFrame(answers).mean()
    return rates.set_axis(pd.MultiIndex.from_tuples(rates.index, names=["question", "level"])).reset_index(name="rate")
