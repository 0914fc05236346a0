"""The report of a run: tables, figures and one page that says what the numbers say. It reads the store and writes beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sdinterp.checks import at_home
from sdinterp.files import write_whole
from sdinterp.shown import Shown, show
from sdinterp.study import analysis, answers, chance, figures, gains, written
from sdinterp.study.conclusions import conclusions
from sdinterp.study.gains import held
from sdinterp.study.plan import ALPHAS, PLAN, PRIMARY
from sdinterp.study.samples import Sample, find_samples, sample_figure, usual_levels
from sdinterp.study.settings import Settings
from sdinterp.study.store import Store


def find(strips: pd.DataFrame, *, resamples: int = 9999, repeats: int = 1000) -> SimpleNamespace:
    """Everything that the report states, in tables. Of a study of doses, all but its own questions is asked of full dose alone.

    Args:
        strips: one row per pair, noise, coupling and draw.
        resamples: of the primary table's intervals; the exploratory ones take a tenth.
        repeats: how often the labels are shuffled; a simulated study takes two fifths of it.

    Raises:
        ValueError: a table without strips along the optimal and another of the couplings that the primary tests compare.
    """
    if strips.empty:
        raise ValueError("no pair of the study is done; `sdinterp study run --resume` goes on with it")
    if not held(strips, PRIMARY):
        raise ValueError(
            f"the strips are along {sorted(set(strips['coupling']))}; a report compares optimal with standard or random"
        )
    dosed = {}
    if answers.has_doses(strips) and held(strips, PRIMARY[:1]):
        dosed = answers.answered(strips, resamples=resamples)
        strips = answers.at_most_displaced(strips)
    few = max(99, resamples // 10)
    a, b = held(strips, PRIMARY)[0]
    primary = analysis.primary_test(strips, resamples=resamples)
    keys = zip(primary["comparison"], primary["level"], strict=True)
    primary["talk_stars"] = [analysis.TALK_STARS[comparison].get(level, "") for comparison, level in keys]
    trend = analysis.trend(strips, resamples=few)
    columns = [name for name in ("order", "sampling") if name in strips and strips[name].nunique() > 1]
    return SimpleNamespace(
        strips=strips, primary=primary, trend=trend, exclusions=gains.exclusions(strips), dosed=dosed,
        exploratory=analysis.exploratory(strips, resamples=few), shuffled=chance.shuffled_labels(strips, repeats),
        power=chance.power(strips, repeats=max(50, repeats * 2 // 5), a=a, b=b),
        decomposition=analysis.decomposition(strips), drivers=analysis.drivers(strips, a=a, b=b),
        groups={name: analysis.by_group(strips, name, resamples=few) for name in columns},
        factors={name: analysis.factor_model(strips, name, a=a, b=b) for name in columns},
        conclusions=conclusions(primary, trend, analysis.compare(strips, PRIMARY, "largest_jump", (), resamples=few)),
    )  # fmt: skip


def write_report(folder: Path | str, *, resamples: int = 9999, repeats: int = 1000) -> Path:
    """Write `table.csv`, `exploratory.csv`, `strips.csv`, `pairs.csv`, the figures and `report.html` into a run's folder.

    `find` says what resamples and repeats are; returned is the page's path.

    Raises:
        ValueError: a folder without a study, or a study that has nothing to compare yet.
    """
    folder = at_home(folder)
    with Store(folder) as store:
        strips = store.table()
        if len(strips):
            strips = gains.with_jumps(strips, store.steps())
        found = find(strips, resamples=resamples, repeats=repeats)
        samples = find_samples(store, strips, usual_levels(strips))
        settings, sessions, pairs = store.settings, store.sessions, len(store.pairs)
    tables = {
        "table": found.primary, "exploratory": found.exploratory, "strips": strips.drop(columns=["prompt_a", "prompt_b", "shared"]),
        "pairs": strips[["pair", "level", "order", "sampling", "prompt_a", "prompt_b", "shared"]].drop_duplicates("pair"),
    }  # fmt: skip
    for name, table in tables.items():
        write_whole(folder / f"{name}.csv", table.to_csv(index=False, float_format="%.12g", lineterminator="\n").encode())
    drawn = _figures(found, samples)
    for name, figure in drawn.items():
        write_whole(folder / "figures" / name, figure.data)
    found.exploratory = _named(found.exploratory, settings)
    found.groups = {factor: _named(rows, settings) for factor, rows in found.groups.items()}
    page = _template().render(
        found=found, settings=settings, values=_values(settings), sessions=[_session(one) for one in sessions], pairs=pairs,
        done=strips["pair"].nunique(), samples=[vars(sample) for sample in samples],
        figures={name.partition(".")[0]: figure for name, figure in drawn.items()},
    )  # fmt: skip
    write_whole(folder / "report.html", page.lstrip().encode())
    return folder / "report.html"


def _figures(found: SimpleNamespace, samples: Sequence[Sample]) -> dict[str, Shown]:
    """Every figure by the name of its file."""
    strips, primary, shuffled = found.strips, found.primary, found.shuffled
    drawn = {
        "levels.png": show(
            figures.level_figure(strips, primary), kind="png",
            caption="Perceptual path length by similarity and coupling: every pair, and geometric means with 95 % intervals. "
            "Above: stars after Holm's correction; (-) marks a star for the other coupling.",
        ),
        "gain.svg": show(
            figures.gain_figure(strips),
            caption="The gain of the optimal coupling, relative (geometric mean) and absolute (mean), with 95 % intervals.",
        ),
        "false-positives.svg": show(
            figures.false_positive_figure(shuffled),
            caption=f"False positives on labels shuffled within pairs, with 95 % intervals: single tests below {ALPHAS[0]}, "
            "uncorrected, and the band of a corrected table with a star anywhere.",
        ),
    }  # fmt: skip
    if "standard" in set(strips["coupling"]):
        drawn["cost.png"] = show(
            figures.cost_figure(strips), kind="png",
            caption="What the optimal coupling saves in cost and gains in smoothness over the standard one, a dot a pair.",
        )  # fmt: skip
    if samples:
        drawn["samples.png"] = show(
            sample_figure(samples), kind="png",
            caption="The first pair of each of these levels in the study's order, with its first noise.",
        )  # fmt: skip
    return drawn


def _template() -> Any:
    """The page, with what it writes numbers and tables with."""
    folder = FileSystemLoader(Path(__file__).parent)
    pages = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    pages.filters["percent"] = written.percent
    pages.globals |= {"laid_out": written.laid_out, "names": gains.MEASURES, "floor": gains.FLOOR, "sizes": chance.SIZES}
    pages.globals |= {"plan": PLAN, "alphas": ALPHAS}
    return pages.get_template("report.html.j2")


def _named(rows: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Results with what their measure is called; those of the second net have its name with them."""
    names = gains.MEASURES | {f"{column}_2": f"{name} ({settings.nets[-1]})" for column, name in gains.MEASURES.items()}
    return rows.assign(name=rows["measure"].map(names))


def _values(settings: Settings) -> list[dict[str, str]]:
    """The settings as the page lists them."""
    values = {name: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for name, v in asdict(settings).items()}
    return [{"name": name, "value": value} for name, value in values.items()]


def _session(session: Mapping[str, Any]) -> dict[str, str]:
    """When and under which circumstances a session ran, as the page lists it."""
    versions = session.get("versions") or {}
    return {
        "began": datetime.fromtimestamp(session["began"], UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "lasted": f"{session['until'] - session['began']:.0f} s",
        "commit": session.get("commit") or "unknown",
        "versions": ", ".join(f"{name} {number}" for name, number in versions.items() if number),
        "circumstances": "; ".join(
            f"{name}: {value}" for name, value in session.items() if name not in ("began", "until", "commit", "versions")
        ),
    }
