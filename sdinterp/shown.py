"""Figures, tables and pictures as HTML that a notebook and the site display, each with a caption and a description."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from jaxtyping import Float
from torch import Tensor

from sdinterp.extras import needs_extras
from sdinterp.files import for_each_screen
from sdinterp.pictures import data_uri, encoded, grid, in_a_row, to_pil
from sdinterp.templates import filled

with needs_extras():
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

if TYPE_CHECKING:
    from sdinterp.strips import Strips


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


def show(fig: Figure, *, alt: str, caption: str, kind: Literal["svg", "png"] = "svg") -> Shown:
    """Turn a figure into HTML with a caption and a description, and close it.

    A figure too wide for a phone is drawn once more for it, with its panels below one another.

    Args:
        fig: the figure.
        alt: what the figure shows, for those who cannot see it.
        caption: the text under it.
        kind: "png" for figures of thousands of dots or of photographs, else "svg".

    Raises:
        ValueError: an empty description or caption.
    """
    if not (alt.strip() and caption.strip()):
        raise ValueError("a figure needs a description (alt) and a caption that are not empty")
    wide, narrow = for_each_screen(fig, kind)
    plt.close(fig)
    moved = narrow and narrow.stacked and re.search(r"\b([Ll]eft|[Rr]ight)\b", caption)
    return Shown(filled("figure.html", wide=wide, narrow=narrow, moved=bool(moved), alt=alt, caption=caption), wide.file)


def show_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str) -> Shown:
    """Turn rows of numbers and words into an HTML table with a caption; numbers stand right.

    The floats of a column have the same decimals, so many that the largest has four digits, unless that would leave a small one
    fewer than two; then each has four digits.

    Args:
        header: one name per column.
        rows: as many entries each.
        caption: the text above the table.

    Raises:
        ValueError: a row that is longer or shorter than the header.
    """
    lines = [list(row) for row in rows]
    for line in lines:
        if len(line) != len(header):
            raise ValueError(f"the row {line} has {len(line)} entries; the header names {len(header)} columns")
    columns = [_written(column) for column in zip(*lines, strict=True)]
    numbers = [all(_NUMBER.fullmatch(str(entry)) for entry in column) for column in columns] or [False] * len(header)
    return Shown(filled("table.html", header=header, rows=zip(*columns, strict=True), numbers=numbers, caption=caption))


def show_pictures(pictures: Float[Tensor, "b 3 h w"], columns: int, *, alt: str, caption: str, side: int = 96) -> Shown:
    """Turn pictures in [-1, 1] into an HTML figure, `columns` to a row, each drawn `side` pixels wide."""
    return Shown(filled("pictures.html", rows=[{"name": "", "alt": alt, **_picture(pictures, columns, side)}], caption=caption))


def show_strips(strips: Strips, side: int = 96) -> Shown:
    """Turn strips into an HTML figure: a row for each coupling, under its name and the cost of its path; more rows on a phone."""
    rows = []
    for name, strip in strips.items():
        words, measures, count = name.replace("_", " "), strip.measures, len(strip.frames)
        title = f"cost (p=1) {measures['cost_p1']:.2f}, perceptual length {measures['perceptual_length']:.2f}"
        alt = f"{count} pictures from {strips.way} along the {words} coupling; {title}"
        narrow = _picture(strip.frames, -(-count // -(-count // 5)), side) if count > 5 else None  # as even rows as can be
        rows.append(
            {"name": words, "title": title, "alt": alt, "narrow": narrow, **_picture(strip.frames, in_a_row(count, side), side)}
        )
    stops = ", to ".join(f"{letter}, “{prompt}”" for letter, prompt in zip(strips.letters, strips.prompts, strict=True))
    caption = f"From {stops}. All frames start from the same noise; the ends are the pictures of the plain prompts."
    return Shown(filled("pictures.html", rows=rows, caption=caption))


def listed(items: Mapping[str, object]) -> str:
    """Names and what belongs to them, in one line.

    >>> listed({"torch": "2.6", "steps": 1200})
    'torch 2.6, steps 1,200'
    """
    return ", ".join(f"{name} {item:,}" if isinstance(item, int) else f"{name} {item}" for name, item in items.items())


_NUMBER = re.compile(r"[-−+]?[\d.,]+(e[-+]?\d+)?( ?[%×s])?|[-–—]?|nan|inf")


def _written(column: Sequence[object]) -> Sequence[object]:
    """A column with its floats as text."""
    sizes = [abs(entry) for entry in column if isinstance(entry, float) and entry and math.isfinite(entry)]
    decimals = max(3 - math.floor(math.log10(max(sizes))), 0) if sizes else 0
    form = f".{decimals}f" if sizes and decimals < 7 and min(sizes) >= 10 ** (1 - decimals) else ".4g"
    return [format(entry, form) if isinstance(entry, float) else entry for entry in column]


def _picture(pictures: Float[Tensor, "b 3 h w"], columns: int, side: int) -> dict[str, Any]:
    """Pictures as one, and the size to draw it at."""
    wide = pictures.shape[-1]
    sheet = grid(to_pil(pictures), columns, gap=max(1, wide // 24))
    size = {"width": sheet.width * side // wide, "height": sheet.height * side // wide}
    return {"source": data_uri(encoded(sheet, "PNG", optimize=True), "image/png"), **size}


def show_columns(columns: Mapping[str, Iterable[object]], *, caption: str) -> Shown:
    """Turn equally long columns into an HTML table with a caption: `show_table` where numbers come column by column.

    Args:
        columns: name to entries, a list or an array each.
        caption: the text above the table.

    Raises:
        ValueError: columns that are not equally long.
    """
    entries = {name: list(column) for name, column in columns.items()}
    if len(set(map(len, entries.values()))) > 1:
        raise ValueError(f"the columns have {[*map(len, entries.values())]} entries; a table needs equally many in each")
    return show_table(list(entries), zip(*entries.values(), strict=True), caption=caption)
