"""Recorded studies from elsewhere beside ours: what the chapters show of a folder that somebody has put into `recorded/`.

Chapters: Is it real? What changes on a GPU?
"""

from __future__ import annotations

from pathlib import Path

from sdinterp.shown import Shown, show_table
from sdinterp.study import recorded, written
from sdinterp.study.keeping import RecordedStudy, recorded_studies
from sdinterp.study.samples import Sample, opened, show_sample, usual_levels

OURS = "doses"
"""The recorded study that this book is about."""

AGAINST = ("standard", "random")

NONE = "No study from elsewhere is here yet, so there is nothing to put beside ours."
"""What is said where ours is alone."""


def show_elsewhere(folder: Path | str | None = None) -> Shown:
    """Every recorded study in a folder, or in that of the package, that is not ours in a table with ours, and strips of each.

    Where there is none, one sentence says so.

    Raises:
        ValueError: a study that cannot be read.
    """
    (ours,) = (study for study in recorded_studies() if study.folder == recorded(OURS))
    others = [study for study in recorded_studies(folder) if study.folder != ours.folder]
    if not others:
        return Shown(f"<figure><figcaption>{NONE}</figcaption></figure>")
    table = show_table(
        ["study", "model", "pairs", "reached", "computed on", "precision", *(f"{a} / optimal" for a in AGAINST)],
        [_line(study) for study in (ours, *others)],
        caption="Lengths of strips over those of the optimal ones, levels counting alike, with 95 % intervals; where the dose was "
        "varied, at full dose. Each study's lengths are by its own perceptual net",
    )
    return Shown("\n".join([table.html, *(_strips(study) for study in others if study.samples)]))


def _line(study: RecordedStudy) -> list[str]:
    """A study in the table: how it was made, and what came out."""
    run, walked = next(iter(study.runs.values())), set(study.strips["coupling"])
    ratios = [written.ratio(study.gain(other)) if {other, "optimal"} <= walked else "not walked" for other in AGAINST]
    made_on, reached = run.get("device") or run.get("machine", "not said"), f"{run['reached']:,} of {run['planned']:,}"
    settings = run["settings"]
    return [study.name, settings["model"], settings["source"]["pairs"], reached, made_on, settings["dtype"], *ratios]


def _strips(study: RecordedStudy) -> str:
    """The first pair of some levels of which strips came with a study."""
    own = study.pairs.loc[[pair for pair in study.pairs.index if pair in study.samples]].reset_index()
    rows = [own[own["level"] == level].iloc[0] for level in usual_levels(own)]
    note = f", by the study “{study.name}”, made by {study.settings['model']}: its first pair of this level"
    samples = [
        Sample(row["pair"], row["level"], row["prompt_a"], row["prompt_b"], opened(study.samples[row["pair"]])) for row in rows
    ]
    return "\n".join(show_sample(sample, note).html for sample in samples)
