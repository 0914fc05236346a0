"""Figures, tables and pictures as HTML that a notebook and the site display, each with a caption and a description."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float
from torch import Tensor

from sdinterp.digits import style, written
from sdinterp.extras import needs_extras
from sdinterp.pictures import grid, in_a_row, to_pil, webp_uri
from sdinterp.plots import panels
from sdinterp.screens import for_each_screen
from sdinterp.templates import filled

with needs_extras():
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

if TYPE_CHECKING:
    from sdinterp.strips import Strips

SIDE = 96
"""Pixels of a picture on a page."""


@dataclass(frozen=True)
class Shown:
    """A piece of HTML that a notebook displays when it is a cell's last expression.

    Attributes:
        html: the piece.
        data: the picture in it as the bytes of a file, where it is a figure.
    """

    html: str
    data: bytes = field(default=b"", repr=False)

    def _repr_html_(self) -> str:
        return self.html


def show(fig: Figure, *, caption: str, alt: str = "", kind: Literal["svg", "png"] = "svg") -> Shown:
    """Turn a figure into HTML with a caption and a description, and close it.

    A figure too wide for a phone is drawn once more for it, with its panels below one another.

    Args:
        caption: the text under it.
        alt: what the figure shows, for those who cannot see it; of charts `in_words` without it.
        kind: "png" for figures of thousands of dots or of photographs, else "svg".

    Raises:
        ValueError: an empty caption, or no description where the figure has nothing with a name.
    """
    alt = alt.strip() or in_words(fig)
    if not (alt and caption.strip()):
        raise ValueError("a figure needs a caption and, where none of its lines has a label, a description (alt)")
    ink = not any(ax.images for ax in fig.axes)
    wide, narrow = for_each_screen(fig, kind)
    plt.close(fig)
    moved = narrow and narrow.stacked and re.search(r"\b([Ll]eft|[Rr]ight)\b", caption)
    html = filled("figure.html", wide=wide, narrow=narrow, moved=bool(moved), ink=ink, alt=alt, caption=caption)
    return Shown(html, wide.file)


def show_each(
    draw: Callable[..., object], things: Mapping[str, Any], *,
    caption: str, alt: str = "", kind: Literal["svg", "png"] = "svg", **options: Any,
) -> Shown:  # fmt: skip
    """Show a panel for each of some things, side by side on common axes, with one legend, unless they have their own.

    Args:
        draw: called with a panel's Axes and its thing.
        things: by the title of the panel.
        caption, alt, kind: as in `show`.
        options: those of `plots.panels`.
    """
    fig, axes = panels(things, **{"sharex": True, "sharey": True, **options})
    for ax, thing in zip(axes, things.values(), strict=True):
        draw(ax, thing)
    handles, names = axes[0].get_legend_handles_labels()
    if handles and not axes[0].get_legend():
        fig.legend(handles, names, loc="outside lower center", ncols=len(names))
    return show(fig, caption=caption, alt=alt, kind=kind)


def in_words(fig: Figure) -> str:
    r"""What a figure shows: of each panel its title and what was noted, or what its axes measure and where what has a name lies.

    >>> fig, ax = plt.subplots()
    >>> _ = ax.plot([1, 2, 4], [3, 5, 4], label="optimal")
    >>> _ = ax.set(xlabel="steps", ylabel=r"length $\bar\ell_{ij}$")
    >>> in_words(fig)
    'length bar ell_ij against steps: optimal 3 to 4, highest 5.'
    >>> plt.close(fig)
    """
    told = []
    for ax in fig.axes:
        seen = ax.get_label() or "; ".join(_named(ax))
        if seen and seen != "<colorbar>":  # so matplotlib labels a scale of colours
            measured = "" if ax.get_label() else " against ".join(filter(None, (ax.get_ylabel(), ax.get_xlabel())))
            told.append(f"{', '.join(filter(None, (ax.get_title(), measured)))}: {seen}.".removeprefix(": ").replace("\n", " "))
    return re.sub(
        r"\$(.*?)\$", lambda formula: " ".join(re.sub(r"[{}]", "", formula[1]).replace("\\", " ").split()), " ".join(told)
    )


def _named(ax: Axes) -> list[str]:
    """Where on an axes each line, heap of dots, row of bars and table of colours lies; a line without a name is left out."""
    drawn = {str(line.get_label()): _from_to(_heights(line)) for line in ax.lines}
    drawn |= {str(dots.get_label()): _from_to(np.asarray(dots.get_offsets())[:, 1]) for dots in ax.collections}
    found = [f"{name}{heights}" for name, heights in drawn.items() if not name.startswith("_")]
    found += [_bars(ax, bars) for bars in ax.containers if isinstance(bars, BarContainer)]
    for image in ax.images:
        numbers = np.ma.asarray(image.get_array())
        size = " by ".join(map(str, numbers.shape[:2]))
        found.append(
            f"{size}, numbers from {numbers.min():.3g} to {numbers.max():.3g} as colours" if numbers.ndim == 2 else "a picture"
        )
    return found


def _bars(ax: Axes, bars: BarContainer) -> str:
    """How many bars there are and what they are called, and how high each is, by the names under them or in all."""
    ticks = ax.get_yticklabels() if bars.orientation == "horizontal" else ax.get_xticklabels()
    names, numbers, label = [tick.get_text() for tick in ticks], np.asarray(bars.datavalues), str(bars.get_label())
    called = f"{len(numbers)} bars" + ("" if label.startswith("_") else f" {label}")
    if len(names) != len(numbers) or not names[0]:
        return f"{called}{_from_to(numbers)}"
    return f"{called}: " + ", ".join(f"{name} {number:.3g}" for name, number in zip(names, numbers, strict=True))


def _heights(line: Line2D) -> np.ndarray:
    """The heights of a line; an upright one marks a place and has none."""
    x, y = (np.asarray(part, dtype=float) for part in line.get_data(orig=False))
    return y[:0] if len(x) == 2 and x[0] == x[1] else y


def _from_to(heights: np.ndarray) -> str:
    """Where heights begin and end, and how far they go beyond that."""
    if not len(heights):
        return ""
    first, last, low, high = heights[0], heights[-1], heights.min(), heights.max()
    told = f" {first:.3g}" + (f" to {last:.3g}" if len(heights) > 1 else "")
    told += f", lowest {low:.3g}" if low < min(first, last) else ""
    return told + (f", highest {high:.3g}" if high > max(first, last) else "")


def show_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str) -> Shown:
    """Turn rows of numbers and words into an HTML table with a caption above; numbers stand right.

    The floats of a column have the same decimals: at most so many that the largest has four digits (three below 1) and the smallest
    two, and none that all do without. Beside what is over ten thousand times as large, a number has one digit and a power of ten.
    Short names, numbers and the intervals beside them are not broken.

    Raises:
        ValueError: a row that is longer or shorter than the header.
    """
    lines = [list(row) for row in rows]
    for line in lines:
        if len(line) != len(header):
            raise ValueError(f"the row {line} has {len(line)} entries; the header names {len(header)} columns")
    columns = [written(column) for column in zip(*lines, strict=True)]
    styles = [style(column) for column in columns] or ["left"] * len(header)
    return Shown(filled("table.html", header=header, rows=zip(*columns, strict=True), styles=styles, caption=caption))


def show_pictures(
    pictures: Float[Tensor, "b 3 h w"] | Mapping[str, Float[Tensor, "b 3 h w"]], columns: int | None = None, *,
    caption: str, alt: str = "", side: int = SIDE, enlarge: Callable[[Tensor], Tensor] = lambda small: small,
) -> Shown:  # fmt: skip
    """Turn pictures in [-1, 1] into an HTML figure, each drawn `side` pixels wide.

    Args:
        pictures: a sheet of them, or a row under each of some names.
        columns: pictures in a row; all of them without it, or three on a phone that more than four would not fit.
        caption: the text under them.
        alt: what they show; without it, how many there are, and the caption has to say what.
        side: in pixels of the page.
        enlarge: a model's, see `DiffusionModel.enlarge`; without it the pictures are shown as they are.
    """
    named = pictures if isinstance(pictures, Mapping) else {"": pictures}
    rows = []
    for name, own in named.items():
        wide = columns or len(own)
        counted = f"{f'{name}: ' if name else ''}{len(own)} pictures, {wide} to a row; the caption says what they show"
        large = enlarge(own)
        narrow = _picture(large, 3, side) if columns is None and wide > 4 else None
        rows.append({"name": name, "title": "", "alt": alt or counted, "narrow": narrow, **_picture(large, wide, side)})
    return Shown(filled("pictures.html", rows=rows, caption=caption))


def show_strips(strips: Strips) -> Shown:
    """Turn strips into an HTML figure: a row for each coupling, under its name and the cost of its path."""
    rows = []
    for name, strip in strips.items():
        words, measures, count = name.replace("_", " "), strip.measures, len(strip.frames)
        title = f"cost (p=1) {measures['cost_p1']:.2f}, perceptual length {measures['perceptual_length']:.2f}"
        alt = f"{count} pictures from {strips.way} along the {words} coupling; {title}"
        narrow = _picture(strip.shown, -(-count // -(-count // 5))) if count > 5 else None  # as even rows as can be
        drawn = _picture(strip.shown, in_a_row(count, SIDE))
        rows.append({"name": words, "title": title, "alt": alt, "narrow": narrow, **drawn})
    stops = ", to ".join(f"{letter}, “{prompt}”" for letter, prompt in zip(strips.letters, strips.prompts, strict=True))
    caption = f"From {stops}. All frames start from the same noise; the ends are the pictures of the plain prompts."
    return Shown(filled("pictures.html", rows=rows, caption=caption))


def listed(items: Mapping[str, object]) -> str:
    """Names and what belongs to them, in one line.

    >>> listed({"torch": "2.6", "steps": 1200})
    'torch 2.6, steps 1,200'
    """
    return ", ".join(f"{name} {item:,}" if isinstance(item, int) else f"{name} {item}" for name, item in items.items())


def in_time(seconds: float) -> str:
    """A time in a unit that suits it.

    >>> in_time(2), in_time(100), in_time(5400), in_time(200_000)
    ('2.0 s', '1.7 min', '1.5 h', '2.3 days')
    """
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _picture(pictures: Float[Tensor, "b 3 h w"], columns: int, side: int = SIDE) -> dict[str, Any]:
    """Pictures as one, and the size to draw it at."""
    wide = pictures.shape[-1]
    sheet = grid(to_pil(pictures), columns, gap=max(1, wide // 24))
    size = {"width": sheet.width * side // wide, "height": sheet.height * side // wide}
    return {"source": webp_uri(sheet, quality=90), **size}


def show_columns(columns: Mapping[str, Iterable[object]], *, caption: str) -> Shown:
    """Turn columns, lists or arrays by name, into an HTML table with a caption: `show_table` where numbers come column by column.

    Raises:
        ValueError: columns that are not equally long.
    """
    entries = {name: list(column) for name, column in columns.items()}
    if len(set(map(len, entries.values()))) > 1:
        raise ValueError(f"the columns have {[*map(len, entries.values())]} entries; a table needs equally many in each")
    return show_table(list(entries), zip(*entries.values(), strict=True), caption=caption)
