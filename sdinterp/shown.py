"""Figures, tables and pictures as HTML that a notebook and the site display, each with a caption and a description."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Literal

import matplotlib.pyplot as plt
from jaxtyping import Float
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from sdinterp.pictures import to_pil

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
    for _ in range(2):  # lays the figure out for good (axes and ticks depend on each other), so that its margins can be cut
        fig.draw_without_rendering()
    fig.set_layout_engine("none")
    box = fig.get_tightbbox().padded(0.05)
    buffer = io.BytesIO()
    fig.savefig(buffer, format=kind, bbox_inches=box, metadata={"Date": None} if kind == "svg" else None)
    plt.close(fig)
    data = base64.b64encode(buffer.getvalue()).decode()
    mime = {"svg": "image/svg+xml", "png": "image/png"}[kind]
    width, height = round(96 * box.width), round(96 * box.height)
    style = f"width:{width}px;max-width:100%;min-width:{round(0.65 * width)}px;height:auto"
    return Shown(
        '<figure class="sdi-figure" style="margin:1em 0"><div style="overflow-x:auto">'
        f'<img class="dark-light" src="data:{mime};base64,{data}" alt="{escape(alt)}" width="{width}" height="{height}" '
        f'style="{style};background:transparent;filter:none;padding:0;display:block;margin:0 auto">'
        '</div><figcaption style="font-size:.9em;margin-top:.4em;color:inherit;font-weight:inherit">'
        f"{escape(caption)}</figcaption></figure>",
        buffer.getvalue(),
    )


def show_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str) -> Shown:
    """Turn rows of numbers and words into an HTML table with a caption; floats are written with four digits.

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
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(_written(entry))}</td>" for entry in line) + "</tr>" for line in lines)
    table = f'<table class="dataframe"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return Shown(f'<figure><figcaption>{escape(caption)}</figcaption><div style="overflow-x:auto">{table}</div></figure>')


def show_pictures(pictures: Float[Tensor, "b 3 h w"], columns: int, *, alt: str, caption: str, side: int = 96) -> Shown:
    """Turn pictures in [-1, 1] into an HTML figure, `columns` to a row, each drawn `side` pixels wide."""
    return Shown(f"<figure>{_sheet(pictures, columns, side, alt)}<figcaption>{escape(caption)}</figcaption></figure>")


def show_strips(strips: Strips, side: int = 96) -> Shown:
    """Turn strips into an HTML figure: a row for each coupling, under its name and the cost of its path."""
    a, b = strips.prompts
    rows = []
    for name, strip in strips.items():
        words, measures = name.replace("_", " "), strip.measures
        title = f"cost (p=1) {measures['cost_p1']:.2f}, perceptual length {measures['perceptual_length']:.2f}"
        alt = f"{len(strip.frames)} pictures from “{a}” to “{b}” along the {words} coupling; {title}"
        rows.append(
            f"<p style='margin:.6em 0 .2em'><b>{words}</b>: {title}</p>{_sheet(strip.frames, len(strip.frames), side, alt)}"
        )
    caption = f"From A, “{a}”, to B, “{b}”. All frames start from the same noise; the ends are the pictures of the plain prompts."
    return Shown(f"<figure>{''.join(rows)}<figcaption>{escape(caption)}</figcaption></figure>")


def _sheet(pictures: Float[Tensor, "b 3 h w"], columns: int, side: int, alt: str) -> str:
    images = to_pil(pictures)
    wide, high = images[0].size
    gap = max(1, wide // 24)
    rows = -(-len(images) // columns)
    canvas = Image.new("RGBA", (columns * (wide + gap) - gap, rows * (high + gap) - gap))
    for i, image in enumerate(images):
        canvas.paste(image, (i % columns * (wide + gap), i // columns * (high + gap)))
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG", optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<img class="dark-light" src="data:image/png;base64,{data}" alt="{escape(alt)}" width="{canvas.width * side // wide}" '
        f'height="{canvas.height * side // wide}" style="background:transparent;max-width:100%;height:auto">'
    )


def _written(entry: object) -> str:
    return f"{entry:.4g}" if isinstance(entry, float) else str(entry)
