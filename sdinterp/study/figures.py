"""The figures of the study, each from a table of strips or of results.

Each is in the style of `plots`, and has notes on its axes of what it shows, for those who cannot see it. One is a player.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator, PercentFormatter
from numpy.typing import ArrayLike

from sdinterp.looks import GREY, LOOKS, look
from sdinterp.players import Dot, Panel, Player, dot_plot
from sdinterp.plots import note, panels
from sdinterp.study.analysis import cost_gain, per_level
from sdinterp.study.doses import DOSES
from sdinterp.study.estimates import interval, rank_correlation
from sdinterp.study.gains import MEASURES, held, log_ratios, pair_means
from sdinterp.study.plan import PRIMARY, label

WIDTH = 7.5

DOSE_TITLES = dict(zip(DOSES, ("words in one order", "half of them displaced", "all of them displaced"), strict=True))


def level_figure(table: pd.DataFrame, primary: pd.DataFrame) -> Figure:
    """Slide S9's picture of a table of strips: every pair's path length by level and coupling, geometric means with intervals, and
    above the levels the stars of `primary_test`.
    """
    fig, (ax,) = panels([""], width=WIDTH, height=4.4)
    means = per_level(table)
    levels = sorted(table["level"].unique())
    couplings = [coupling for coupling in LOOKS if coupling in set(means["coupling"])]
    gap = _gap(levels)
    note(ax, f"dots of every pair's {MEASURES['ppl']} by similarity, {levels[0]:g} to {levels[-1]:g}, on a logarithmic axis, with "
         "the geometric means of each coupling joined by lines")  # fmt: skip
    for i, coupling in enumerate(couplings):
        shift = gap * 0.17 * (i - (len(couplings) - 1) / 2)
        pairs = pair_means(table, "ppl", (coupling,))
        rng = np.random.default_rng(i)
        x = pairs["level"] + shift + rng.uniform(-0.05, 0.05, len(pairs)) * gap
        ax.scatter(x, np.exp(pairs[f"log_{coupling}"]), s=6, color=look(coupling).colour, alpha=0.3, linewidths=0, zorder=1)
        own = means[means["coupling"] == coupling]
        _points(ax, own["level"] + shift, own[["value", "low", "high"]].to_numpy().T, coupling, coupling)
        note(ax, f"{_words(coupling)} from {own['value'].iloc[0]:.3g} to {own['value'].iloc[-1]:.3g}")
    ax.set_yscale("log")
    _plain_log(ax.yaxis)
    ax.set_xticks(levels, [f"{level:g}" for level in levels])
    ax.set_xlabel("similarity of the prompts")
    ax.set_ylabel(MEASURES["ppl"])
    for i, (comparison, rows) in enumerate(primary.groupby("comparison", sort=False)):
        top = 1.03 + 0.07 * i
        ax.text(-0.01, top, str(comparison).removeprefix("optimal "), transform=ax.transAxes, ha="right", va="bottom", fontsize=9)
        for _, row in rows.iterrows():
            text = row["stars"] + ("" if row["effect"] >= 0 or not row["stars"] else "(-)")
            ax.text(row["level"], top, text or "·", transform=ax.get_xaxis_transform(), ha="center", va="bottom", fontsize=10)
        starred = rows[rows["stars"] != ""]
        ways = [", ".join(f"{level:g}" for level in starred[np.sign(starred["effect"]) == side]["level"]) for side in (1, -1)]
        note(ax, f"{comparison} has stars at {ways[0] or 'no level'}, the other way round at {ways[1] or 'no level'}")
    ax.legend(loc="upper center", bbox_to_anchor=(0.45, -0.16), ncols=len(couplings))
    return fig


def gain_figure(table: pd.DataFrame) -> Figure:
    """The gain by similarity, relative (how many times as long) and absolute (the difference), with 95 % intervals of the means."""
    titles = "relative: path length / optimal's", "absolute: path length − optimal's"
    fig, axes = panels(titles, width=WIDTH, height=3.6)
    for a, b in held(table, PRIMARY):
        pairs = log_ratios(table, "ppl", a, b)
        levels = sorted(pairs["level"].unique())
        shift = _gap(levels) * (-0.08 if a == "standard" else 0.08)
        for ax, column, scale in zip(axes, ("gain", "difference"), (np.exp, np.array), strict=True):
            values = scale([interval(own.dropna().to_numpy(), np.mean) for _, own in pairs.groupby("level")[column]]).T
            _points(ax, np.array(levels) + shift, values, a, f"against {a}")
            ends = (
                f"{mean:.3g} at level {level:g}" for mean, level in zip(values[0, [0, -1]], (levels[0], levels[-1]), strict=True)
            )
            note(ax, f"against {_words(a)} {', '.join(ends)}")
    axes[0].axhline(1, color=GREY, linewidth=0.8, zorder=0)
    axes[0].set_yscale("log")
    _plain_log(axes[0].yaxis, "×")
    axes[1].axhline(0, color=GREY, linewidth=0.8, zorder=0)
    for ax in axes:
        ax.set_xlabel("similarity of the prompts")
        ax.xaxis.set_major_locator(MaxNLocator(6))
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return fig


def false_positive_figure(shuffled: pd.DataFrame) -> Figure:
    """Of `shuffled_labels`: how often each test is below 0.05, uncorrected, and how often the whole table has a star, corrected."""
    fig, (ax,) = panels([""], width=WIDTH, height=3.4)
    tests = shuffled[shuffled["scope"] == "test"]
    family = shuffled[shuffled["scope"] == "family"].sort_values("alpha").iloc[-1]  # at the highest alpha
    for a, b in PRIMARY:
        own = tests[tests["comparison"] == label((a, b))]
        if len(own):
            shift = _gap(sorted(own["level"])) * (-0.08 if a == "standard" else 0.08)
            _points(ax, own["level"] + shift, own[["rate", "low", "high"]].to_numpy().T, a, label((a, b)), joined=False)
    alpha = family["alpha"]
    ax.axhline(alpha, color=GREY, linewidth=1, linestyle="--", zorder=0, label="nominal")
    colour = look("optimal").colour
    ax.axhspan(family["low"], family["high"], color=colour, alpha=0.15, linewidth=0, zorder=0)
    ax.axhline(family["rate"], color=colour, linewidth=1.5, zorder=0, label="a star anywhere, corrected")
    ax.set_ylim(0, 1.25 * max(shuffled["high"].max(), alpha))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("similarity of the prompts")
    ax.set_ylabel("false positives")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    note(ax, f"shares of {family['repeats']} shuffles in which a test is below {alpha:g}: from {tests['rate'].min():.1%} to "
         f"{tests['rate'].max():.1%} for the single tests, uncorrected, about a dashed line at {alpha:.0%}; a corrected table has "
         f"a star anywhere in {family['rate']:.1%} of them")  # fmt: skip
    return fig


def cost_figure(table: pd.DataFrame) -> Figure:
    """What the optimal coupling saves in cost beside what it gains in smoothness, a dot for each pair, coloured by level."""
    fig, (ax,) = panels([""], width=WIDTH, height=4)
    pairs = cost_gain(table).dropna(subset=["gain", "saving"])
    saving, ratio = pairs["saving"], np.exp(pairs["gain"])
    dots = ax.scatter(saving, ratio, c=pairs["level"], s=18, alpha=0.8, linewidths=0, cmap="viridis")
    ax.axhline(1, color=GREY, linewidth=0.8, zorder=0)
    ax.set_yscale("log")
    _plain_log(ax.yaxis, "×")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("cost that the optimal coupling saves (p=2)")
    ax.set_ylabel("path length, standard / optimal")
    bar = fig.colorbar(dots, label="similarity")
    if bar.solids is not None:
        bar.solids.set_alpha(1)
    bar.outline.set_visible(False)
    note(ax, f"a dot for each of {len(pairs)} pairs: the share of the cost that the optimal coupling saves, {saving.min():.0%} to "
         f"{saving.max():.0%}, and how many times its path length the standard strip's is, {ratio.min():.2g} to {ratio.max():.2g}; "
         f"rank correlation {rank_correlation(saving, pairs['gain'], resamples=99)['rho']:.2f}")  # fmt: skip
    return fig


def rivals_figure(rows: pd.DataFrame) -> Figure:
    """How many times as long as the optimal strip each rival's is, and how many times as dear its coupling: of `answers.rivals`."""
    fig, (ax,) = panels([""], width=WIDTH, height=0.8 + 0.33 * len(rows))
    places, names, means, costs = (
        np.arange(len(rows)),
        list(map(_words, rows["coupling"])),
        np.exp(rows["mean"]),
        np.exp(rows["cost"]),
    )
    colours = [look(name).colour for name in rows["coupling"]]
    ax.hlines(places, np.exp(rows["low"]), np.exp(rows["high"]), color=colours, linewidth=2)
    ax.scatter(means, places, color=colours)
    ax.axvline(1, color=GREY, linewidth=0.8)
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    ax.set_xlabel("length of the strip / the optimal one's")
    beside = ax.secondary_yaxis("right")
    beside.set_yticks(places, [f"cost × {cost:.2f}" for cost in costs])
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)
    told = (f"{name} {mean:.2f} at cost {cost:.2f}" for name, mean, cost in zip(names, means, costs, strict=True))
    note(ax, f"ratios of lengths with intervals: {'; '.join(told)}")
    return fig


def ratio_figure(rows: pd.DataFrame) -> Figure:
    """A ratio with its interval for each setting and comparison: of `sensitivity`, or any table with its columns."""
    lines = list(dict.fromkeys(rows["setting"]))
    fig, (ax,) = panels([""], width=WIDTH, height=1.3 + 0.42 * len(lines))
    for i, (comparison, own) in enumerate(rows.groupby("comparison", sort=False)):
        own_look = look(str(comparison).rpartition(" vs ")[2].replace(" ", "_"))
        y = np.array([lines.index(value) for value in own["setting"]]) + 0.22 * (i - (rows["comparison"].nunique() - 1) / 2)
        spread = np.abs(np.array([own["ratio"] - own["low"], own["high"] - own["ratio"]])).astype(float)
        ax.errorbar(own["ratio"], y, xerr=np.nan_to_num(spread), fmt=own_look.marker, color=own_look.colour, label=comparison,
                    markersize=5, linewidth=1.5)  # fmt: skip
    ax.axvline(1, color=GREY, linewidth=0.8, zorder=0)
    ax.set_xscale("log")
    _plain_log(ax.xaxis, "×")
    ax.set_yticks(range(len(lines)), [str(line) for line in lines])
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.set_xlabel("path length / optimal's")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    for row in rows.to_dict("records"):
        note(ax, f"{row['setting']}, {row['comparison']}: {row['ratio']:.3g} ({row['low']:.3g} to {row['high']:.3g})")
    return fig


def dose_plot(pairs: pd.DataFrame, prompts: pd.DataFrame, kept: Mapping[str, Mapping[str, bytes]]) -> Player:
    """A panel for each dose: a dot for each pair, which opens its strips, and the mean of each level with its interval.

    Args:
        pairs: of `answers.gains`. prompts: `prompt_a` and `prompt_b` by pair. kept: of `kept_strips`.
    """
    each = []
    for dose, title in DOSE_TITLES.items():
        own = pairs[pairs["dose"] == dose].sort_values("level", ascending=False).join(prompts[["prompt_a", "prompt_b"]], on="pair")
        aside = np.random.default_rng(dose).uniform(-0.18, 0.18, len(own))  # so that the dots of a level can be told apart
        dots = [
            Dot(row["level"] + shift, row["gain"], _says(row), kept.get(row["pair"], {}))
            for shift, (_, row) in zip(aside, own.iterrows(), strict=True)
        ]
        means = [(float(level), *interval(found.to_numpy(), np.mean)) for level, found in own.groupby("level")["gain"]]  # type: ignore[arg-type]
        each.append(Panel(title, dots, means))
    return dot_plot(
        each, title="How many times as long the standard strip is", x_label="similarity of the prompts",
        y_label="length, standard / optimal", y_ticks={float(np.log(ratio)): f"{ratio:g}" for ratio in (0.5, 1, 2, 4, 8, 16)},
    )  # fmt: skip


def _says(row: pd.Series) -> str:
    """A pair in words."""
    return (
        f"Similarity {row['level']:g}, from “{row['prompt_a']}” to “{row['prompt_b']}”: the standard strip is "
        f"{np.exp(row['gain']):.2f} times as long as the optimal one."
    )


def _points(ax: Axes, x: ArrayLike, values: np.ndarray, coupling: str, name: str, *, joined: bool = True) -> None:
    """Points with their intervals in a coupling's look; an interval that is not defined is not drawn."""
    (y, low, high), own = values.astype(float), look(coupling)
    spread = np.nan_to_num(np.stack([np.maximum(y - low, 0), np.maximum(high - y, 0)]))
    ax.errorbar(x, y, yerr=spread, label=_words(name), marker=own.marker, linestyle=own.line if joined else "", color=own.colour,
                markersize=5, linewidth=1.5, elinewidth=1.2)  # fmt: skip


def _plain_log(axis: Axis, unit: str = "") -> None:
    """A logarithmic axis with plain numbers, at least two of them."""
    low, high = sorted(axis.get_view_interval())
    wide = high / max(low, 1e-300)
    subs = (1.0,) if wide > 1e3 else (1.0, 2.0, 5.0) if wide > 6 else (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}{unit}"))
    axis.set_minor_formatter(NullFormatter())
    axis.set_minor_locator(NullLocator())


def _gap(levels: Sequence[float]) -> float:
    return float(np.diff(levels).min()) if len(levels) > 1 else 0.5


def _words(coupling: str) -> str:
    return coupling.replace("_", " ")
