"""What chance would do: the primary analysis on shuffled labels, how many pairs an effect needs, and the second study's answers to
made-up gains, before there are any: what would it find, and how often would it be fooled?
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sdinterp.extras import needs_extras
from sdinterp.study.answers import at_full_dose, equivalence, slope
from sdinterp.study.doses import DOSES, SCENES
from sdinterp.study.estimates import signed_rank
from sdinterp.study.gains import held, log_ratios, pair_means
from sdinterp.study.plan import ALPHAS, MARGIN, PRIMARY, label

with needs_extras():
    import pandas as pd
    from statsmodels.stats.proportion import proportion_confint

SIZES = (10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320)
"""Numbers of pairs that `power` tries."""

Effect = Callable[[float, float], float]
"""From a level and the share of phrases displaced to the mean gain."""


def shuffled_labels(table: pd.DataFrame, repeats: int = 1000, seed: int = 0) -> pd.DataFrame:
    """The primary analysis on the same numbers with the labels shuffled within each pair, many times: how often is it fooled?

    Returns:
        `scope` "family" (a star anywhere in the table, after Holm; one row per alpha) or "test" (each level and comparison
        alone, uncorrected, alpha 0.05): level, comparison, alpha, `count` of `repeats`, rate, low, high (95 %, Clopper-Pearson).
    """
    comparisons = held(table, PRIMARY)
    names = list(dict.fromkeys(name for pair in comparisons for name in pair))
    pairs = pair_means(table, "ppl", names)
    columns = [f"log_{name}" for name in names]
    rng, keys, tests = np.random.default_rng(seed), [], []
    for level, group in pairs.dropna(subset=columns).groupby("level"):
        logs = np.broadcast_to(group[columns].to_numpy(), (repeats, len(group), len(names)))
        mixed = rng.permuted(logs, axis=2)
        for a, b in comparisons:
            keys.append((level, label((a, b))))
            tests.append(signed_rank(mixed[:, :, names.index(a)] - mixed[:, :, names.index(b)]))
    if not tests:
        raise ValueError("no pair has strips along every coupling that is compared; nothing can be shuffled")
    p = np.stack(tests, axis=1)
    smallest = np.nanmin(p, axis=1) * p.shape[1]  # Holm's correction of the smallest p is Bonferroni's: a star there, or nowhere
    lines = [{"scope": "family", "alpha": alpha, "count": int((smallest < alpha).sum())} for alpha in ALPHAS]
    for (level, name), column in zip(keys, p.T, strict=True):
        count = int((column < ALPHAS[0]).sum())
        lines.append({"scope": "test", "level": level, "comparison": name, "alpha": ALPHAS[0], "count": count})
    rows = pd.DataFrame(lines).assign(repeats=repeats)
    low, high = np.asarray(proportion_confint(rows["count"], repeats, method="beta"))
    return rows.assign(rate=rows["count"] / repeats, low=low, high=high)


def power(
    table: pd.DataFrame, ratios: Sequence[float] = (1.1, 1.25, 1.5, 2.0), *, a: str = "standard", b: str = "optimal",
    repeats: int = 400, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """How many pairs does a level need to see a given effect? By simulation, at the level of Holm's first step (0.05 / tests).

    The spread is the level's own: distances of its gains from their median are drawn with replacement, given random signs, and
    moved by the logarithm of the ratio.

    Args:
        table: of strips.
        ratios: effects, as the ratio of a's measure to b's.
        a, b: the couplings that are compared.
        repeats: simulated studies of each size.
        seed: of the simulation.

    Returns:
        level, ratio, `n` pairs of the study, `spread` (standard deviation of the gains), `power` with n pairs, `pairs`, the first
        of `SIZES` that reaches a power of 0.8, NaN if none does. Levels with fewer than five pairs have no spread to speak of and
        give NaN.
    """
    pairs = log_ratios(table, "ppl", a, b)
    alpha = ALPHAS[0] / (pairs["level"].nunique() * len(held(table, PRIMARY)))
    rng, lines = np.random.default_rng(seed), []

    def reached(away: np.ndarray, size: int, shift: float) -> float:
        moves = rng.choice(away, (repeats, size)) * rng.choice([-1, 1], (repeats, size))
        scatter = rng.normal(scale=1e-9 * (1 + shift), size=moves.shape)  # breaks the ties of drawing with replacement
        return float((signed_rank(moves + scatter + shift) < alpha).mean())

    for level, group in pairs.groupby("level"):
        gains = group["gain"].dropna().to_numpy()
        away = np.abs(gains - np.median(gains)) if len(gains) >= 5 else None
        for ratio in ratios:
            line = {"level": level, "ratio": ratio, "n": len(gains), "spread": np.nan, "power": np.nan, "pairs": np.nan}
            if away is not None:
                line |= {"spread": gains.std(ddof=1), "power": reached(away, len(gains), np.log(ratio))}
                enough = (size for size in SIZES if reached(away, size, np.log(ratio)) >= 0.8)
                line["pairs"] = next(enough, np.nan)
            lines.append(line)
    return pd.DataFrame(lines)


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
