r"""From strips to pairs: a measure is averaged within a pair before anything is tested.

A table of strips has one row per pair, noise, coupling and draw of a random coupling. The logarithms of a measure are averaged over
the draws of a coupling, then over the noises, so that a pair counts once however often it was rendered. The **gain** of coupling b
over coupling a is

$$g = \log \frac{\text{measure along } a}{\text{measure along } b},$$

positive where b is the smoother. Strips that are flagged (black frames) are left out, and `exclusions` counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from sdinterp.extras import needs_extras

with needs_extras():
    import pandas as pd

from sdinterp import smoothness
from sdinterp.study.plan import Comparison

MEASURES = {measure.column: measure.name.replace("_", " ") for measure in smoothness.MEASURES} | {
    "jumps": "number of jumps", "unevenness": "unevenness",
}  # fmt: skip
"""The measures that a table of strips can give, by column, and what they are called; the second net's have the suffix _2.

Jumps come with `with_jumps`. Unevenness is ppl / length²; times F - 1 it is 1 for even steps. A table can also give
`relative_jump`, the largest jump over the length, and where it has them `fidelity` and `sureness`.
"""

EXPLORATORY: tuple[Comparison, ...] = (("random", "standard"), ("random_words", "optimal"), ("random_words", "standard"))

COUNTS = ("jumps", "jumps_2")
"""Measures that may be 0: their gain is the difference a - b, not the logarithm of a ratio."""

FLOOR = 1e-10
"""A measure below this is rounding (frames that are the same picture); its logarithm is taken here."""


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a recorded table of strips, such as `strips.csv` of a report."""
    words = dict.fromkeys(("pair", "order", "sampling", "coupling"), str)
    return pd.read_csv(path, dtype=words).fillna({"order": "", "sampling": ""})


def available(table: pd.DataFrame) -> list[str]:
    """Those of the measures that the table can give, with the second net's where it has any."""
    strips = with_derived(table)
    wanted = [*MEASURES, *(f"{name}_2" for name in MEASURES)]
    return [name for name in wanted if name in strips and strips[name].notna().any()]


def log_ratios(table: pd.DataFrame, measure: str = "ppl", a: str = "standard", b: str = "optimal") -> pd.DataFrame:
    """One row per pair: the gain of coupling b over coupling a, averaged over the pair's noises and draws.

    A noise counts where both couplings have a strip under it that is not flagged and has the measure.

    Args:
        table: of strips.
        measure: one of its columns, "unevenness" or "relative_jump".
        a, b: couplings.

    Returns:
        pair, level, order, sampling; `gain` = mean log(a / b), or for a count mean (a - b); `difference` = mean (a - b);
        the pair's means along `a` and `b` (geometric, or of a count the plain ones); `noises` that count; `excluded`, strips of the
        two couplings that do not. A pair of which nothing is left has NaN.

    Raises:
        ValueError: a coupling or a measure that the table does not hold.
    """
    rows = pair_means(table, measure, (a, b))
    kind, scale = ("mean", np.array) if measure in COUNTS else ("log", np.exp)
    return rows[["pair", "level", "order", "sampling"]].assign(
        difference=rows[f"mean_{a}"] - rows[f"mean_{b}"], gain=rows[f"{kind}_{a}"] - rows[f"{kind}_{b}"],
        a=scale(rows[f"{kind}_{a}"]), b=scale(rows[f"{kind}_{b}"]), noises=rows["noises"], excluded=rows["excluded"],
    )  # fmt: skip


def with_jumps(table: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """The table with a column `jumps`: how many steps of a strip are longer than half the usual way between two end pictures.

    The usual way is the median, over pairs and noises, of the perceptual distance of the ends (the root of `ends`).

    Args:
        table: of strips, with `ends` (and `ends_2`).
        steps: pair, noise_seed, coupling, draw, step, `distance` (squared; and `distance_2`), as `Store.steps` gives them.
    """
    keys = ["pair", "noise_seed", "coupling", "draw"]
    for suffix in ("", "_2"):
        if f"ends{suffix}" in table and f"distance{suffix}" in steps:
            usual = np.median(np.sqrt(table.drop_duplicates(["pair", "noise_seed"])[f"ends{suffix}"].dropna()))
            counts = (np.sqrt(steps[f"distance{suffix}"]) > usual / 2).groupby([steps[key] for key in keys]).sum()
            table = table.join(counts.rename(f"jumps{suffix}"), on=keys)
    return table


def exclusions(table: pd.DataFrame) -> pd.DataFrame:
    """What was left out, per level and coupling: strips, those flagged or without a path length, and pairs lost altogether.

    `floored` counts the kept strips whose path length lies below `FLOOR`.
    """
    strips = with_derived(table)
    kept = _kept(strips, "ppl")
    strips = strips.assign(kept=kept, floored=kept & (strips["ppl"] < FLOOR))
    strips["undefined"] = ~strips["flagged"] & ~kept
    groups = strips.groupby(["level", "coupling"])
    counts = groups.agg(strips=("kept", "size"), flagged=("flagged", "sum"), undefined=("undefined", "sum"),
                        floored=("floored", "sum"), pairs=("pair", "nunique"))  # fmt: skip
    left = strips[kept].groupby(["level", "coupling"])["pair"].nunique()
    counts["pairs_lost"] = counts["pairs"] - left.reindex(counts.index, fill_value=0)
    return counts.reset_index()


def pair_means(table: pd.DataFrame, measure: str, couplings: Sequence[str]) -> pd.DataFrame:
    """One row per pair: log_NAME and mean_NAME for each coupling, over the noises that have a kept strip along all of them."""
    strips = with_derived(table)
    present = set(strips["coupling"])
    if not set(couplings) <= present:
        raise ValueError(f"the table has no strips along {sorted(set(couplings) - present)}; it has {sorted(present)}")
    if measure not in strips:
        raise ValueError(f"the table has no measure {measure!r}; it has {available(table)}")
    facts = strips.groupby("pair")[["level", "order", "sampling"]].first()
    strips = strips[strips["coupling"].isin(couplings)]
    kept = strips[_kept(strips, measure)]
    values = kept[measure].astype(float)
    cells = kept.assign(log=np.log(values.clip(lower=FLOOR)), mean=values, count=1)
    by_draw = cells.groupby(["pair", "noise_seed", "coupling"]).agg({"log": "mean", "mean": "mean", "count": "sum"})
    by_noise = pd.DataFrame(by_draw.unstack("coupling").dropna())
    by_noise.columns = [f"{kind}_{name}" for kind, name in by_noise.columns]
    by_noise = by_noise.reindex(columns=[f"{kind}_{name}" for kind in ("log", "mean", "count") for name in couplings])
    used = by_noise[[f"count_{name}" for name in couplings]].sum(axis=1)
    rows = facts.join(by_noise.groupby("pair").mean())
    counts = {"noises": by_noise.groupby("pair").size(), "made": strips.groupby("pair").size(), "used": used.groupby("pair").sum()}
    counts = {name: count.reindex(rows.index, fill_value=0).astype(int) for name, count in counts.items()}
    return rows.assign(noises=counts["noises"], excluded=counts["made"] - counts["used"]).reset_index()


def held(table: pd.DataFrame, comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Those comparisons both of whose couplings are in the table."""
    present = set(table["coupling"])
    return [pair for pair in comparisons if set(pair) <= present]


def with_derived(table: pd.DataFrame) -> pd.DataFrame:
    """The table with unevenness and relative jumps, and with `order`, `sampling` and `flagged` even if it has none."""
    added: dict[str, Any] = {"flagged": table["flagged"].astype(bool) if "flagged" in table else False}
    for suffix in ("", "_2"):
        if {f"{name}{suffix}" for name in ("ppl", "length", "largest_jump")} <= set(table.columns):
            length = table[f"length{suffix}"].astype(float)
            added[f"unevenness{suffix}"] = (table[f"ppl{suffix}"] / length**2).where(length > 0)
            added[f"relative_jump{suffix}"] = (table[f"largest_jump{suffix}"] / length).where(length > 0)
    for column in ("order", "sampling"):
        added[column] = table[column].fillna("") if column in table else ""
    return table.assign(**added)


def _kept(strips: pd.DataFrame, measure: str) -> pd.Series:
    return ~strips["flagged"] & pd.Series(np.isfinite(strips[measure].astype(float)), index=strips.index)
