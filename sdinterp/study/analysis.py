"""The statistics of the study: tables of strips in, tables of results out.

`gains` says how strips become one gain per pair. The primary tests, and nothing else, are corrected: they were fixed before
the run. All others are exploratory and print their p as they are.

Chapter: Is it real?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from sdinterp.extras import needs_extras
from sdinterp.study.estimates import holm, interval, rank_biserial, rank_correlation, signed_rank, stars, terms
from sdinterp.study.gains import EXPLORATORY, available, held, log_ratios, pair_means
from sdinterp.study.plan import ALPHAS, PRIMARY, Comparison, label

with needs_extras():
    import pandas as pd
    from statsmodels.formula.api import ols

TALK_STARS: dict[str, dict[float, str]] = {
    "optimal vs standard": {2.5: "***", 3.0: "*", 3.5: "***", 4.0: "***", 4.5: "***", 5.0: "***"},
    "optimal vs random": {0.5: "*", 1.5: "**", **dict.fromkeys((2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0), "***")},
}
"""The stars of the talk's slide S9: another model, other pairs."""


def compare(
    table: pd.DataFrame, comparisons: Sequence[Comparison] = PRIMARY, measure: str = "ppl", by: Sequence[str] = ("level",), *,
    overall: bool = False, resamples: int = 999, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Test each comparison within each group of pairs, uncorrected.

    Args:
        table: of strips.
        comparisons: couplings (a, b); those that the table does not hold are left out.
        measure: of a strip.
        by: columns of `log_ratios` whose values make the groups; none for all pairs together.
        overall: whether the groups are tested over all levels too, with level NaN.
        resamples, seed: of the bootstrap intervals (95 %; BCa for means, percentile for medians).

    Returns:
        One row per group and comparison. `n` pairs, `zeros` among them (gain exactly 0), `lost`; `p`, the two-sided Wilcoxon
        signed-rank test of the gains; `share` of pairs where b is below a; `median` and `mean` of the gain with intervals
        (`_low`, `_high`); `difference` and `difference_median`, of a - b, with intervals, and `p_difference`, their signed-rank
        test; `effect`, the matched-pairs rank-biserial correlation in [-1, 1]; `t` and `p_t` of the paired t-test on logarithms;
        `note` where something keeps a test from being one.

    No pair left gives NaN. With one pair, or where no pair differs, p is 1: every exchange of labels is as extreme as the data.
    """
    lines = []
    groupings = [list(by), *([[column for column in by if column != "level"]] if overall else [])]
    for a, b in held(table, comparisons):
        pairs = log_ratios(table, measure, a, b)
        for columns in groupings:
            for key, group in pairs.groupby(columns) if columns else [((), pairs)]:
                head = {**dict(zip(columns, key, strict=True)), "comparison": label((a, b)), "measure": measure}
                lines.append(head | _line(group, resamples, seed))
    rows = pd.DataFrame(lines)
    return rows.sort_values(list(by), kind="stable", ignore_index=True) if by and lines else rows


def primary_test(table: pd.DataFrame, *, resamples: int = 9999, seed: int = 0) -> pd.DataFrame:
    """The study's primary analysis: perceptual path length of optimal vs standard and vs random, at every level, Holm over all.

    Returns:
        The rows of `compare`, with `p_holm` (Holm's correction over every row; a level with no pair left still counts), `stars`,
        and a note where a level has too few pairs to reach a star at all: with n pairs that differ, p is at least 2 / 2^n.
    """
    rows = compare(table, PRIMARY, "ppl", ("level",), resamples=resamples, seed=seed)
    place = list(rows.columns).index("p") + 1
    rows.insert(place, "p_holm", holm(rows["p"].to_numpy()))
    rows.insert(place + 1, "stars", [stars(p) for p in rows["p_holm"]])
    for i, row in rows.iterrows():
        differing = row["n"] - row["zeros"]
        if differing > 1 and len(rows) * 2.0 ** (1 - differing) > ALPHAS[0]:
            rows.loc[i, "note"] = f"{differing} pairs that differ cannot reach a star: p is at least {2.0 ** (1 - differing):.2g}"
    return rows


def exploratory(table: pd.DataFrame, *, resamples: int = 999, seed: int = 0) -> pd.DataFrame:
    """Every other comparison and measure, at each level and over all (level NaN); p uncorrected, so none of it is a finding."""
    frames = [compare(table, PRIMARY, by=(), resamples=resamples, seed=seed)]
    for measure in available(table):
        comparisons = EXPLORATORY if measure == "ppl" else PRIMARY + EXPLORATORY
        frames.append(compare(table, comparisons, measure, overall=True, resamples=resamples, seed=seed))
    rows = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    return rows[["level", *rows.columns.drop("level")]]


def by_group(table: pd.DataFrame, column: str, *, resamples: int = 999, seed: int = 0) -> pd.DataFrame:
    """The primary comparisons within each value of a column ("order", "sampling"), at each level and over all (level NaN)."""
    return compare(table, by=(column, "level"), overall=True, resamples=resamples, seed=seed)


def factor_model(table: pd.DataFrame, column: str, *, a: str = "standard", b: str = "optimal") -> pd.DataFrame:
    """Does the gain hang on a factor beside the level? Least squares of gain on level and factor and their product (HC3 errors).

    Returns:
        term, estimate, low, high (95 %), p; empty where the factor has one value or there are too few pairs.
    """
    pairs = log_ratios(table, "ppl", a, b).dropna(subset="gain").rename(columns={column: "factor"})
    if pairs["factor"].nunique() < 2:
        return _terms(pairs.head(0), "gain ~ level")
    return _terms(pairs, "gain ~ level * C(factor)" if pairs["level"].nunique() > 1 else "gain ~ C(factor)")


def trend(table: pd.DataFrame, *, resamples: int = 1999, seed: int = 0) -> pd.DataFrame:
    """Does the gain grow with similarity? Spearman's rank correlation over pairs of the gain with the level.

    Returns:
        Two rows per comparison, `kind` relative (the gain) and absolute (the difference), with n, rho, low, high (bootstrap over
        pairs, 95 %), p, note.
    """
    lines = []
    for a, b in held(table, PRIMARY):
        pairs = log_ratios(table, "ppl", a, b)
        for kind, column in (("relative", "gain"), ("absolute", "difference")):
            found = rank_correlation(pairs["level"], pairs[column], resamples=resamples, seed=seed)
            lines.append({"comparison": label((a, b)), "kind": kind} | found)
    return pd.DataFrame(lines)


def cost_gain(table: pd.DataFrame, *, a: str = "standard", b: str = "optimal") -> pd.DataFrame:
    """One row per pair: `saving`, the share of coupling a's cost (p=2) that coupling b saves, beside the gain."""
    pairs = log_ratios(table, "ppl", a, b)
    costs = log_ratios(table.assign(flagged=False), "cost_p2", a, b).set_index("pair")["gain"]
    return pairs.assign(saving=1 - np.exp(-pairs["pair"].map(costs)))


def drivers(table: pd.DataFrame, *, a: str = "standard", b: str = "optimal", seed: int = 0) -> pd.DataFrame:
    """What goes with the gain, the cost saved or the level? Rank correlations of each alone, and least squares of both together.

    Returns:
        term, method, estimate, low, high (95 %), p.
    """
    pairs = cost_gain(table, a=a, b=b).dropna(subset=["gain", "saving"])
    lines = []
    for column in ("saving", "level"):
        found = rank_correlation(pairs[column], pairs["gain"], seed=seed)
        lines.append({"term": column, "method": "Spearman", "estimate": found["rho"]} | {k: found[k] for k in ("low", "high", "p")})
    both = _terms(pairs, "gain ~ saving + level").assign(method="least squares of both")
    return pd.concat([frame for frame in (pd.DataFrame(lines), both) if len(frame)], ignore_index=True)


def decomposition(table: pd.DataFrame) -> pd.DataFrame:
    r"""Is the gain from shorter strips or from more even ones? By $\log\mathrm{PPL} = 2 \log L + \log(\mathrm{PPL}/L^2)$.

    Returns:
        level, comparison, n, and the means of `gain`, `from_length` and `from_evenness`; the last two sum to the first.
    """
    frames = []
    for a, b in held(table, PRIMARY):
        parts = {name: log_ratios(table, name, a, b) for name in ("ppl", "length", "unevenness")}
        pairs = parts["ppl"].assign(from_length=2 * parts["length"]["gain"], from_evenness=parts["unevenness"]["gain"])
        means = pairs.groupby("level").agg(n=("gain", "count"), gain=("gain", "mean"), from_length=("from_length", "mean"),
                                           from_evenness=("from_evenness", "mean"))  # fmt: skip
        frames.append(means.reset_index().assign(comparison=label((a, b))))
    return pd.concat(frames, ignore_index=True)


def per_level(table: pd.DataFrame) -> pd.DataFrame:
    """The geometric mean of pairs' path lengths, by level and coupling: level, coupling, n, value, low, high (95 %)."""
    lines = []
    for coupling in dict.fromkeys(table["coupling"]):
        pairs = pair_means(table, "ppl", (coupling,))
        for level, group in pairs.groupby("level"):
            logs = group[f"log_{coupling}"].dropna().to_numpy()
            value, low, high = np.exp(interval(logs, np.mean))
            lines.append({"level": level, "coupling": coupling, "n": len(logs), "value": value, "low": low, "high": high})
    return pd.DataFrame(lines)


def sensitivity(tables: Mapping[str, pd.DataFrame], measure: str = "ppl", *, resamples: int = 1999, seed: int = 0) -> pd.DataFrame:
    """The overall result under several settings, one table of strips for each.

    Returns:
        setting, comparison, n, `ratio` (geometric mean of a / b over pairs) with its 95 % interval, share, p (uncorrected).
    """
    frames = []
    for setting, table in tables.items():
        rows = compare(table, PRIMARY, measure, (), resamples=resamples, seed=seed)
        ratios = {to: np.exp(rows[of]) for to, of in (("ratio", "mean"), ("low", "mean_low"), ("high", "mean_high"))}
        frames.append(rows[["comparison", "n"]].assign(setting=setting, **ratios, share=rows["share"], p=rows["p"]))
    return pd.concat(frames, ignore_index=True)[["setting", "comparison", "n", "ratio", "low", "high", "share", "p"]]


def _line(pairs: pd.DataFrame, resamples: int, seed: int) -> dict[str, object]:
    """The tests and estimates of one group of pairs."""
    kept = pairs.dropna(subset="gain")
    gain, difference = kept["gain"].to_numpy(), kept["difference"].to_numpy()
    n, zeros = len(gain), int((gain == 0).sum())
    line: dict[str, object] = {"n": n, "zeros": zeros, "lost": len(pairs) - n, "excluded": int(pairs["excluded"].sum())}
    line["p"] = float(signed_rank(gain[None])[0])
    line["share"] = float((gain > 0).mean()) if n else np.nan
    for name, values, statistic in (
        ("median", gain, np.median), ("mean", gain, np.mean),
        ("difference", difference, np.mean), ("difference_median", difference, np.median),
    ):  # fmt: skip
        line |= dict(zip((name, f"{name}_low", f"{name}_high"), interval(values, statistic, resamples, seed), strict=True))
    line["p_difference"] = float(signed_rank(difference[None])[0])
    line["effect"] = rank_biserial(gain)
    spread = n > 1 and np.ptp(gain) > 1e-12 * np.abs(gain).max()
    t = stats.ttest_1samp(gain, 0) if spread else None
    line["t"], line["p_t"] = (float(t.statistic), float(t.pvalue)) if t else (np.nan, np.nan)
    line["note"] = "no pair left" if not n else "no pair differs" if zeros == n else "one pair: no test" if n == 1 else ""
    return line


def _terms(pairs: pd.DataFrame, formula: str) -> pd.DataFrame:
    """The terms of a least-squares fit with errors that allow for unequal spread (HC3)."""
    model: Any = ols(formula, pairs) if len(pairs) >= 8 else None
    if model is None or np.linalg.matrix_rank(model.exog) < model.exog.shape[1]:
        return pd.DataFrame(columns=["term", "estimate", "low", "high", "p"])
    return terms(model.fit(cov_type="HC3")).query("term != 'Intercept'").reset_index(drop=True)
