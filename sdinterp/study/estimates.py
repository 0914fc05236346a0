"""Numbers in, numbers out: the tests and intervals of the study, each from SciPy or statsmodels, with its edge cases settled."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from scipy import stats

from sdinterp.extras import needs_extras

with needs_extras():
    import pandas as pd
    from statsmodels.stats.multitest import multipletests

from sdinterp.study.plan import ALPHAS


def stars(p: float) -> str:
    """The stars of a p-value: * below 0.05, ** below 0.01, *** below 0.001.

    >>> [stars(p) for p in (0.2, 0.02, 0.002, 0.0002, float("nan"))]
    ['', '*', '**', '***', '']
    """
    return "*" * sum(p < alpha for alpha in ALPHAS)


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's correction of p-values; a test that could not be made (NaN) counts in the number of tests and stays NaN.

    >>> holm(np.array([0.01, 0.04, float("nan")])).round(3).tolist()
    [0.03, 0.08, nan]
    """
    if not len(p):
        return p
    return np.where(np.isnan(p), np.nan, np.asarray(multipletests(np.nan_to_num(p, nan=1.0), method="holm")[1]))


def signed_rank(gains: np.ndarray) -> np.ndarray:
    """SciPy's two-sided Wilcoxon signed-rank p-values of (repeats, n) gains; NaN for n = 0, 1 where no test is possible."""
    repeats, n = gains.shape
    p = np.full(repeats, np.nan if n == 0 else 1.0)
    testable = np.flatnonzero(gains.any(axis=1) & (n > 1))
    for start in range(0, len(testable), 250):  # so that an exact test with ties, which lists all sign flips, fits in memory
        rows = testable[start : start + 250]
        p[rows] = stats.wilcoxon(gains[rows], axis=1).pvalue
    return p


def rank_biserial(gain: np.ndarray) -> float:
    """(R+ - R-) / (R+ + R-) of the signed ranks: 1 where every pair gains, -1 where every pair loses, 0 where none differs."""
    moved = gain[gain != 0]
    if not len(moved):
        return 0.0 if len(gain) else np.nan
    above = stats.rankdata(np.abs(moved))[moved > 0].sum()
    return float(4 * above / (len(moved) * (len(moved) + 1)) - 1)


def rank_correlation(x: pd.Series, y: pd.Series, *, resamples: int = 1999, seed: int = 0) -> dict[str, float | int | str]:
    """Spearman's correlation of two columns with a 95 % bootstrap interval over their rows: n, rho, low, high, p, note."""
    both = pd.DataFrame({"x": x, "y": y}).dropna()
    found: dict[str, float | int | str] = {"n": len(both), "rho": np.nan, "low": np.nan, "high": np.nan, "p": np.nan, "note": ""}
    if len(both) < 3 or both["x"].nunique() < 2 or both["y"].nunique() < 2:
        return found | {"note": "fewer than three pairs, or no two that differ"}
    data = (both["x"].to_numpy(float), both["y"].to_numpy(float))
    rho, p = stats.spearmanr(*data)
    low, high = _bootstrap(data, _spearman, resamples, seed)
    return found | {"rho": float(rho), "low": low, "high": high, "p": float(p)}


def terms(fit: Any) -> pd.DataFrame:
    """The terms of a fit by statsmodels: term, estimate, low, high (95 %), p."""
    low, high = np.asarray(fit.conf_int()).T
    found = {"estimate": fit.params, "low": low, "high": high, "p": fit.pvalues}
    return pd.DataFrame(found).rename_axis("term").reset_index()


def interval(values: np.ndarray, statistic: Callable, resamples: int = 1999, seed: int = 0) -> tuple[float, float, float]:
    """A statistic (np.mean or np.median) with its 95 % bootstrap interval, which is NaN for fewer than two values."""
    if not len(values):
        return np.nan, np.nan, np.nan
    value = float(statistic(values))
    if len(values) < 2:
        return value, np.nan, np.nan
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        return value, value, value
    return value, *_bootstrap((values,), statistic, resamples, seed)


def _bootstrap(data: tuple[np.ndarray, ...], statistic: Callable, resamples: int, seed: int) -> tuple[float, float]:
    """SciPy's interval, BCa; the percentile one for medians, and where BCa is not defined (a resample of two values, say)."""
    methods: tuple[Literal["BCa", "percentile"], ...] = ("percentile",) if statistic is np.median else ("BCa", "percentile")
    for method in methods:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = stats.bootstrap(data, statistic, paired=len(data) > 1, vectorized=True, n_resamples=resamples, batch=1000,
                                    method=method, rng=np.random.default_rng(seed))  # fmt: skip
        low, high = (float(end) for end in found.confidence_interval)
        if np.isfinite([low, high]).all():
            return low, high
    return np.nan, np.nan


def _spearman(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
    found = stats.pearsonr(stats.rankdata(x, axis=axis), stats.rankdata(y, axis=axis), axis=axis)
    return np.nan_to_num(found.statistic)  # a resample of one value only shows no correlation
