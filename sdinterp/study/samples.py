"""Slide S8 of the talk: the strips of one pair at each of some levels, whatever they look like."""

from __future__ import annotations

import io
import textwrap
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from sdinterp.checks import at_home
from sdinterp.files import whole
from sdinterp.lettering import font_with, legible
from sdinterp.pictures import webp_uri
from sdinterp.plots import note, use_style
from sdinterp.shown import Shown
from sdinterp.study.figures import WIDTH
from sdinterp.study.store import Store
from sdinterp.templates import filled

LEVELS = (0.5, 2.0, 3.5, 5.0)
"""The levels that the slide shows."""

STRIP, HEAD, GAP = 5.9, 0.55, 0.04
"""Width of a strip, height of a pair's prompts, and what is between two rows, in inches."""


@dataclass(frozen=True)
class Sample:
    """A pair and its strips, one picture with all frames side by side for each coupling."""

    pair: str
    level: float
    prompt_a: str
    prompt_b: str
    strips: dict[str, Image.Image]


def kept_strips(file: Path) -> dict[str, dict[str, bytes]]:
    """The strips that came with a recorded study, by pair and coupling, as WebP pictures: of a zip file of PAIR/COUPLING.webp."""
    found: dict[str, dict[str, bytes]] = {}
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            pair, _, coupling = name.removesuffix(".webp").partition("/")
            found.setdefault(pair, {})[coupling] = archive.read(name)
    return found


def opened(strips: Mapping[str, bytes]) -> dict[str, Image.Image]:
    """Strips as pictures."""
    return {coupling: Image.open(io.BytesIO(data)).convert("RGB") for coupling, data in strips.items()}


def find_samples(store: Store, strips: pd.DataFrame, levels: Sequence[float]) -> list[Sample]:
    """The first pair of each level in the study's order, with its first noise and draws; none where no pictures are kept."""
    samples = []
    for level in levels:
        first = strips[strips["level"] == level].iloc[0]
        pictures = store.thumbnails(first["pair"])
        rows = strips[(strips["pair"] == first["pair"]) & (strips["noise_seed"] == first["noise_seed"])]
        rows = rows.drop_duplicates("coupling")
        keys = zip(rows["noise_seed"], rows["coupling"], rows["draw"], strict=True)
        shown = opened({key[1]: pictures[key] for key in keys if pictures.get(key)})
        if shown:
            samples.append(Sample(first["pair"], float(level), first["prompt_a"], first["prompt_b"], shown))
    return samples


def usual_levels(strips: pd.DataFrame) -> list[float]:
    """The slide's levels where the study has them all, or else at most four of its own, evenly spread."""
    levels = sorted(strips["level"].unique())
    if set(LEVELS) <= set(levels):
        return list(LEVELS)
    return [levels[k] for k in np.linspace(0, len(levels) - 1, min(4, len(levels))).round().astype(int)]


def sample_sheet(folder: Path | str, levels: Sequence[float] = LEVELS) -> Path:
    """Draw the samples of some levels of a run as `samples.png` in its folder, whose path is returned.

    Raises:
        ValueError: a level of which no pair is done.
    """
    with Store(folder := at_home(folder)) as store:
        strips = store.table()
        done = sorted(strips["level"].unique())
        for level in levels:
            if level not in done:
                raise ValueError(f"no pair of level {level:g} is done; the levels that have any are {[f'{x:g}' for x in done]}")
        samples = find_samples(store, strips, levels)
    if not samples:
        raise ValueError("no level is named; give at least one")
    fig = sample_figure(samples)
    with whole(path := folder / "samples.png") as unfinished:
        fig.savefig(unfinished, bbox_inches="tight")
    plt.close(fig)
    return path


def sample_figure(samples: Sequence[Sample]) -> Figure:
    """The slide's grid: for each level a pair, and a strip for each coupling."""
    use_style()
    font = font_with(prompt for sample in samples for prompt in (sample.prompt_a, sample.prompt_b))
    heights = []
    for sample in samples:
        heights += [HEAD] + [STRIP * picture.height / picture.width for picture in sample.strips.values()]
    full, y = sum(heights) + GAP * len(heights), 0.0
    fig = plt.figure(figsize=(WIDTH, full))
    fig.set_layout_engine("none")  # every part has its place
    for sample in samples:
        text = f"similarity {sample.level:g}: from “{sample.prompt_a}” to “{sample.prompt_b}”"
        lines, place = textwrap.wrap(legible(text, font), 118)[:3], (0.005, 1 - (y + 0.5) / full)
        fig.text(*place, "\n".join(lines), font=font, fontsize=7.5, va="bottom", linespacing=1.25, parse_math=False)
        y += HEAD + GAP
        told = f"pictures, {text}, along "
        for coupling, picture in sample.strips.items():
            high = STRIP * picture.height / picture.width
            ax = fig.add_axes((1.55 / WIDTH, 1 - (y + high) / full, STRIP / WIDTH, high / full))
            ax.imshow(np.asarray(picture), aspect="auto")
            ax.set_axis_off()
            words = coupling.replace("_", " ")
            note(ax, f"{told}{words}")
            fig.text(1.47 / WIDTH, 1 - (y + high / 2) / full, words, fontsize=10, ha="right", va="center")
            y += high + GAP
            told = ""
    return fig


def show_sample(sample: Sample, note: str = "") -> Shown:
    """A pair for a page: its strips, each below its coupling's name and as wide as the screen; the caption ends in a note."""
    caption = f"Similarity {sample.level:g}, from “{sample.prompt_a}” to “{sample.prompt_b}”{note}"
    rows = []
    for coupling, strip in sample.strips.items():
        name = coupling.replace("_", " ")
        size = {"source": webp_uri(strip, quality=90), "width": 688, "height": 688 * strip.height // strip.width}
        rows.append({"name": name, "title": "", "alt": f"Pictures along the {name} coupling. {caption}", **size})
    return Shown(filled("pictures.html", rows=rows, caption=caption))
