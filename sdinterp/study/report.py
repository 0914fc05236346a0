"""The report of a run: tables, figures and one page that says what the numbers say. It reads the store and writes beside it."""


from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from sdinterp.shown import show
from sdinterp.study import analysis, chance, figures, gains, page
from sdinterp.study.conclusions import Conclusion, conclusions
from sdinterp.study.figures import Sample
from sdinterp.study.gains import PRIMARY, held
from sdinterp.study.store import Store

SAMPLE_LEVELS = (0.5, 2.0, 3.5, 5.0)
"""The levels of the talk's slide S8."""


@dataclass
class Findings:
    """Everything that the report states, each as a table of `analysis`."""

    strips: pd.DataFrame
    primary: pd.DataFrame
    exclusions: pd.DataFrame
    exploratory: pd.DataFrame
    trend: pd.DataFrame
    shuffled: pd.DataFrame
    power: pd.DataFrame
    decomposition: pd.DataFrame
    drivers: pd.DataFrame
    groups: dict[str, pd.DataFrame] = field(default_factory=dict)
    factors: dict[str, pd.DataFrame] = field(default_factory=dict)
    conclusions: list[Conclusion] = field(default_factory=list)


def find(strips: pd.DataFrame, *, resamples: int = 9999, repeats: int = 1000, seed: int = 0) -> Findings:
    """Run every analysis on a table of strips.

    Args:
        strips: one row per pair, noise, coupling and draw.
        resamples: of the primary table's intervals; the exploratory ones take a tenth.
        repeats: how often the labels are shuffled; a simulated study takes two fifths of it.
        seed: of all of them.

    Raises:
        ValueError: a table without strips along the optimal and another of the couplings that the primary tests compare.
    """
    if strips.empty:
        raise ValueError("no pair of the study is done; `sdinterp study run --resume` goes on with it")
    if not held(strips, PRIMARY):
        raise ValueError(
            f"the strips are along {sorted(set(strips['coupling']))}; a report compares optimal with standard or random"
        )
    few = max(99, resamples // 10)
    against = {"a": held(strips, PRIMARY)[0][0], "b": "optimal"}
    primary = analysis.primary_test(strips, resamples=resamples, seed=seed)
    trend = analysis.trend(strips, resamples=few, seed=seed)
    columns = [name for name in ("order", "sampling") if name in strips and strips[name].nunique() > 1]
    jumps = analysis.compare(strips, PRIMARY, "largest_jump", (), resamples=few, seed=seed)
    return Findings(
        strips,
        primary,
        gains.exclusions(strips),
        analysis.exploratory(strips, resamples=few, seed=seed),
        trend,
        chance.shuffled_labels(strips, repeats, seed),
        chance.power(strips, repeats=max(50, repeats * 2 // 5), seed=seed, **against),
        analysis.decomposition(strips),
        analysis.drivers(strips, seed=seed, **against),
        {name: analysis.by_group(strips, name, resamples=few, seed=seed) for name in columns},
        {name: analysis.factor_model(strips, name, **against) for name in columns},
        conclusions(primary, trend, jumps),
    )


def write_report(folder: Path | str, *, resamples: int = 9999, repeats: int = 1000) -> Path:
    """Write `table.csv`, `exploratory.csv`, `strips.csv`, `pairs.csv`, the figures and `report.html` into a run's folder.

    Args:
        folder: of the run.
        resamples, repeats: see `find`.

    Returns:
        The page.

    Raises:
        ValueError: a folder without a study, or a study that has nothing to compare yet.
    """
    folder = Path(folder)
    with Store(folder) as store:
        strips = store.table()
        if len(strips):
            strips = gains.with_jumps(strips, store.steps())
        found = find(strips, resamples=resamples, repeats=repeats)
        samples = _samples(store, _sample_levels(strips), strips)
        about = page.About(store.settings, store.sessions, len(store.pairs), strips["pair"].nunique())
    _tables(folder, found)
    return _write(folder / "report.html", page.html(found, about, _figures(folder / "figures", found, samples), samples).encode())


def sample_sheet(folder: Path | str, levels: Sequence[float] = SAMPLE_LEVELS) -> Path:
    """Draw the strips of one pair at each of some levels: the talk's slide S8.

    The pair is the first of its level in the study's order, whatever its strips look like, with its first noise and draws.

    Args:
        folder: of the run.
        levels: to show.

    Returns:
        The picture, `samples.png` in the folder.

    Raises:
        ValueError: a level of which no pair is done.
    """
    folder = Path(folder)
    with Store(folder) as store:
        strips = store.table()
        done = sorted(strips["level"].unique())
        for level in levels:
            if level not in done:
                raise ValueError(f"no pair of level {level:g} is done; the levels that have any are {[f'{x:g}' for x in done]}")
        samples = _samples(store, levels, strips)
    if not samples:
        raise ValueError("no level is named; give at least one")
    fig = figures.sample_figure(samples)
    fig.savefig(file := io.BytesIO(), format="png", bbox_inches="tight")
    plt.close(fig)
    return _write(folder / "samples.png", file.getvalue())


def _samples(store: Store, levels: Sequence[float], strips: pd.DataFrame) -> list[Sample]:
    samples = []
    for level in levels:
        first = strips[strips["level"] == level].iloc[0]
        pictures = store.thumbnails(first["pair"])
        rows = strips[(strips["pair"] == first["pair"]) & (strips["noise_seed"] == first["noise_seed"])]
        rows = rows.drop_duplicates("coupling")
        keys = {
            name: (int(first["noise_seed"]), name, int(draw)) for name, draw in zip(rows["coupling"], rows["draw"], strict=True)
        }
        shown = {name: Image.open(io.BytesIO(pictures[key])).convert("RGB") for name, key in keys.items() if pictures.get(key)}
        if shown:
            samples.append(Sample(first["pair"], float(level), first["prompt_a"], first["prompt_b"], shown))
    return samples


def _sample_levels(strips: pd.DataFrame) -> list[float]:
    """The talk's levels where the study has them all, or else at most four of its own, evenly spread."""
    levels = sorted(strips["level"].unique())
    if set(SAMPLE_LEVELS) <= set(levels):
        return list(SAMPLE_LEVELS)
    count = min(4, len(levels))
    return [levels[round(i * (len(levels) - 1) / max(count - 1, 1))] for i in range(count)]


def _tables(folder: Path, found: Findings) -> None:
    strips = found.strips
    facts = ["pair", "level", "order", "sampling", "prompt_a", "prompt_b", "shared"]
    for name, table in (
        ("table", page.with_talk(found.primary)),
        ("exploratory", found.exploratory),
        ("strips", strips.drop(columns=["prompt_a", "prompt_b", "shared"])),
        ("pairs", strips[facts].drop_duplicates("pair")),
    ):
        _write(folder / f"{name}.csv", table.to_csv(index=False, float_format="%.12g", lineterminator="\n").encode())


def _figures(folder: Path, found: Findings, samples: Sequence[Sample]) -> dict[str, str]:
    """Every figure as a file and as HTML, by name."""
    strips, primary, shuffled = found.strips, found.primary, found.shuffled
    drawn: list[tuple[str, Literal["svg", "png"], Callable[[], Figure], Callable[[], str], str]] = [
        ("levels", "png", lambda: figures.level_figure(strips, primary), lambda: figures.level_alt(strips, primary),
         "Perceptual path length by similarity and coupling: every pair, and geometric means with 95 % intervals. "
         "Above: stars after Holm's correction; (-) marks a star for the other coupling."),
        ("gain", "svg", lambda: figures.gain_figure(strips), lambda: figures.gain_alt(strips),
         "The gain of the optimal coupling, relative (geometric mean) and absolute (mean), with 95 % intervals."),
        ("false-positives", "svg", lambda: figures.false_positive_figure(shuffled), lambda: figures.false_positive_alt(shuffled),
         "False positives on labels shuffled within pairs, with 95 % intervals: single tests below 0.05, uncorrected, and the "
         "band of a corrected table with a star anywhere."),
    ]  # fmt: skip
    if "standard" in set(strips["coupling"]):
        caption = "What the optimal coupling saves in cost and gains in smoothness over the standard one, a dot a pair."
        drawn.append(("cost", "png", lambda: figures.cost_figure(strips), lambda: figures.cost_alt(strips), caption))
    if samples:
        caption = "The first pair of each of these levels in the study's order, with its first noise."
        drawn.append(("samples", "png", lambda: figures.sample_figure(samples), lambda: figures.sample_alt(samples), caption))
    written = {}
    for name, kind, draw, alt, caption in drawn:
        written[name] = show(draw(), alt=alt(), caption=caption, kind=kind).html
        shown = re.search(r'base64,([^"]+)"', written[name])
        if shown:  # the very bytes that the page shows
            _write(folder / f"{name}.{kind}", base64.b64decode(shown[1]))
    return written


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    return unfinished.replace(path)
