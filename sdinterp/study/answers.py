"""The questions of the second study, fixed before it ran, and how its strips answer them: estimates first, tests second.

A pair's **gain** of one coupling over another is the logarithm of how many times as long the other's strip is. 0.1 is
added to every length, because a strip shorter than that shows one picture throughout, and the ratio of two nothings
says nothing. A pair is averaged over its noises and draws before anything is tested; a mean over pairs is the mean of the levels'
means, so that levels with more scenes count no more than others.

Chapter: Is it real?
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from scipy import stats

from sdinterp.extras import needs_extras
from sdinterp.study.doses import DOSES
from sdinterp.study.estimates import holm, interval, rank_correlation, signed_rank, stars, terms
from sdinterp.study.gains import EXPLORATORY, held, log_ratios, with_derived
from sdinterp.study.plan import MARGIN, PRIMARY

with needs_extras():
    import pandas as pd
    from statsmodels.formula.api import mixedlm, ols

UNSEEN = 0.1
"""A perceptual length that is added to every strip's before the logarithm is taken."""


def gains(table: pd.DataFrame, measure: str = "length", a: str = "standard", b: str = "optimal") -> pd.DataFrame:
    """One row per pair: pair, scene, level, dose, `share` of phrases displaced, `gain` of b over a, `difference` a - b.

    Args:
        table: of strips, of pairs made by `dosed_pairs`.
        measure: a column of the table; `length` is read as the module's text says.
        a, b: couplings.
    """
    if measure == "length":
        table = table.assign(length=table["length"] + UNSEEN)
    rows = log_ratios(table, measure, a, b).dropna(subset="gain")
    named = rows["pair"].str.extract(r"(?P<scene>.+)-dose(?P<dose>\d+)")
    dose = named["dose"].astype(int)
    return rows.assign(scene=named["scene"], dose=dose, share=dose / max(DOSES))


def mean_over_levels(values: pd.Series, levels: pd.Series, confidence: float = 0.95) -> dict[str, float]:
    """The mean of the levels' means: n, mean, low, high (Welch), standard error and two-sided p of no mean.

    Levels with fewer than two values have no spread and are left out; with none left, all is NaN.
    """
    groups = values.groupby(levels).agg(["mean", "var", "size"]).query("size > 1")
    if groups.empty:
        return {"n": 0} | dict.fromkeys(("mean", "low", "high", "error", "p"), np.nan)
    parts = groups["var"] / groups["size"] / len(groups) ** 2
    error, mean = np.sqrt(parts.sum()), groups["mean"].mean()
    freedom = parts.sum() ** 2 / (parts**2 / (groups["size"] - 1)).sum() if error > 0 else 1.0
    half = stats.t.ppf(0.5 + confidence / 2, freedom) * error
    p = 2 * stats.t.sf(abs(mean) / error, freedom) if error > 0 else float(mean == 0)
    return {"n": int(groups["size"].sum()), "mean": mean, "low": mean - half, "high": mean + half, "error": error, "p": p}


def slope(pairs: pd.DataFrame) -> dict[str, float]:
    """Question 1: by how much does the gain grow from no phrase displaced to all? The slope of every scene, averaged."""
    centred = pairs.assign(x=pairs["share"] - pairs.groupby("scene")["share"].transform("mean"))
    sums = centred.assign(xy=centred["x"] * centred["gain"], xx=centred["x"] ** 2).groupby("scene").agg(
        {"xy": "sum", "xx": "sum", "level": "first"}
    )  # fmt: skip
    whole = sums[sums["xx"] > 0]
    return mean_over_levels(whole["xy"] / whole["xx"], whole["level"])


def at_full_dose(pairs: pd.DataFrame, *, resamples: int = 9999, seed: int = 0) -> pd.DataFrame:
    """Question 2: the gain at each level where all phrases are displaced; Wilcoxon's signed-rank test, Holm over the levels.

    Returns:
        level, n, mean, low, high (95 %, bootstrap), share of pairs that gain, p, p_holm, stars.
    """
    lines = []
    for level, own in pairs[pairs["dose"] == max(DOSES)].groupby("level"):
        gain = own["gain"].to_numpy()
        mean, low, high = interval(gain, np.mean, resamples, seed)
        p = float(signed_rank(gain[None])[0])
        lines.append({"level": level, "n": len(gain), "mean": mean, "low": low, "high": high, "share": (gain > 0).mean(), "p": p})
    rows = pd.DataFrame(lines)
    corrected = holm(rows["p"].to_numpy())
    return rows.assign(p_holm=corrected, stars=[stars(p) for p in corrected])


def equivalence(pairs: pd.DataFrame) -> dict[str, float]:
    """Question 3: with no phrase displaced, is the gain none to within `MARGIN`? Two one-sided tests; their interval is of 90 %.

    Returns:
        What `mean_over_levels` does, with `p` of the harder of the two tests, and `equal`, how many pairs do not differ at all.
    """
    own = pairs[pairs["dose"] == 0]
    found = mean_over_levels(own["gain"], own["level"], 0.9)
    nearer = (MARGIN - abs(found["mean"])) / found["error"] if found["error"] > 0 else np.inf * (MARGIN - abs(found["mean"]))
    return found | {"p": float(stats.norm.sf(nearer)), "equal": int((own["gain"].abs() < 1e-9).sum())}


def by_dose(table: pd.DataFrame, measure: str, comparisons: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Any measure at each dose, gains and plain differences: comparison, dose, n, mean, low, high, p, difference with interval."""
    lines = []
    for a, b in comparisons:
        for dose, own in gains(table, measure, a, b).groupby("dose"):
            gain, plain = (mean_over_levels(own[column], own["level"]) for column in ("gain", "difference"))
            line = {"a": a, "b": b, "measure": measure, "dose": dose, **gain}
            plain = {"difference": plain["mean"], "difference_low": plain["low"], "difference_high": plain["high"]}
            lines.append(line | plain)
    return pd.DataFrame(lines)


def mixed_model(pairs: pd.DataFrame) -> pd.DataFrame:
    """The gain on dose, level and both together, with scenes as groups, each with a slope of its own: term, estimate, low, high, p.

    Dose is the share of phrases displaced; level is counted from its middle. Too few pairs for the fit give no rows.
    """
    spread = pairs["gain"].std()  # the fit is made in units of it, since statsmodels takes a variance below 0.01 for none
    data = pairs.assign(gain=pairs["gain"] / spread, similarity=pairs["level"] - pairs["level"].unique().mean())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = mixedlm("gain ~ share * similarity", data, groups=data["scene"], re_formula="0 + share")
        try:
            fit = model.fit()
        except (ValueError, np.linalg.LinAlgError):
            fit = None
    if fit is None or not fit.converged:
        return pd.DataFrame(columns=["term", "estimate", "low", "high", "p"])
    rows = terms(fit)
    rows[["estimate", "low", "high"]] *= spread
    return rows[~rows["term"].str.endswith("Var")].reset_index(drop=True)


def has_doses(table: pd.DataFrame) -> bool:
    """Whether all pairs of a table were made by `dosed_pairs`."""
    return bool(len(table)) and bool(table["pair"].str.contains(r"-dose\d+$").all())


def at_most_displaced(table: pd.DataFrame) -> pd.DataFrame:
    """The strips of a study of doses whose pairs are at full dose."""
    return table[table["pair"].str.endswith(f"-dose{max(DOSES)}")]


def answered(table: pd.DataFrame, *, resamples: int = 9999, seed: int = 0) -> dict[str, pd.DataFrame]:
    """All that the plan asks: `questions` (first and third), `full` (the second), `model`, and `doses`, measures by dose."""
    pairs, told = gains(table), {"the slope of the gain on dose": slope, "the gain at dose 0": equivalence}
    measures = [name for name in ("length", "largest_jump", "relative_jump", "fidelity") if name in with_derived(table)]
    return {
        "questions": pd.DataFrame([{"question": name} | question(pairs) for name, question in told.items()]),
        "full": at_full_dose(pairs, resamples=resamples, seed=seed), "model": mixed_model(pairs),
        "doses": pd.concat([by_dose(table, name, held(table, (*PRIMARY, *EXPLORATORY))) for name in measures], ignore_index=True),
    }  # fmt: skip


def rivals(table: pd.DataFrame) -> pd.DataFrame:
    """Every coupling against the optimal one at full dose, in the scenes that were walked along all of them.

    Returns:
        coupling, n, mean, low, high, p of how many times (log) its strips are as long, and `cost`, how many times (log) as dear;
        in `attrs` the `pairs` that count.
    """
    full, lines = _by_everyone(table), []
    for name in full["coupling"].unique():
        if name != "optimal":
            own, cost = gains(full, "length", name), gains(full, "cost_p2", name)
            lines.append({"coupling": name} | mean_over_levels(own["gain"], own["level"]) | {"cost": cost["gain"].mean()})
    rows = pd.DataFrame(lines).sort_values("mean", ignore_index=True)
    rows.attrs["pairs"] = sorted(set(full["pair"]))
    return rows


def by_coupling(table: pd.DataFrame) -> pd.DataFrame:
    """The pairs at full dose that were walked along every coupling: one row for each of both, averaged over noises and draws."""
    full = _by_everyone(table)
    full = full.assign(log_length=np.log(full["length"] + UNSEEN))
    rows = full.groupby(["pair", "coupling"])[["log_length", "cost_p2", "met", "padded"]].mean().reset_index()
    saving = 1 - rows["cost_p2"] / rows.groupby("pair")["cost_p2"].transform("max")
    return rows.assign(scene=rows["pair"].str.rpartition("-")[0], saving=saving)


def properties(strips: pd.DataFrame) -> pd.DataFrame:
    """What goes with smoothness within a pair, cheapness or words aligned? Least squares over couplings, pairs held fixed.

    Args:
        strips: of `by_coupling`, or a table like it: pair, scene, `log_length`, and the properties `saving` (share of the dearest
            coupling's cost that is saved), `met` (share of the words that go to an equal word), `padded` (share of the words that
            go into the padding).

    Returns:
        term, estimate, low, high, p; errors are clustered by scene.
    """
    names = ["log_length", "saving", "met", "padded"]
    within = strips[names] - strips.groupby("pair")[names].transform("mean")
    scenes = strips["scene"].astype("category").cat.codes
    fit = ols("log_length ~ saving + met + padded - 1", within).fit(cov_type="cluster", cov_kwds={"groups": scenes})
    return terms(fit)


def within_levels(pairs: pd.DataFrame, driver: pd.Series, *, resamples: int = 1999, seed: int = 0) -> dict[str, float | int | str]:
    """Does a property of pairs go with the gain among pairs of equal level? Spearman's correlation of both, ranked within levels.

    The gains are of one dose; the driver is the property, by pair.
    """
    ranks = pairs.assign(driver=pairs["pair"].map(driver)).groupby("level")[["gain", "driver"]].rank(pct=True)
    return rank_correlation(ranks["driver"], ranks["gain"], resamples=resamples, seed=seed)


def _by_everyone(table: pd.DataFrame) -> pd.DataFrame:
    """The strips at full dose of the pairs that were walked along every coupling."""
    full = at_most_displaced(table)
    return full[full.groupby("pair")["coupling"].transform("nunique") == full["coupling"].nunique()]
