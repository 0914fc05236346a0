"""The still pictures that stand in a player's place until its script has run, as data URIs."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PIL import Image

_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#808080"

STYLES = {
    "optimal": ("#009E73", ""), "standard": ("#CC79A7", "7 4"), "random": ("#56B4E9", "9 3 2 3"),
    "fourth": ("#808080", "2 3"), "fifth": ("#E69F00", "14 3"),
}  # fmt: skip
"""Colour and dashes of the couplings, as in the figures; those of another name take what is left, grey dots first."""


def styles(names: Iterable[str]) -> list[tuple[str, str]]:
    """A style of its own for each of at most five couplings."""
    names = list(names)
    free = [style for name, style in STYLES.items() if name not in names]
    free.sort(key=lambda style: style not in (STYLES["fourth"], STYLES["fifth"]))
    return [STYLES[name] if name in STYLES else free.pop(0) for name in names]


def small(frame: Image.Image) -> Image.Image:
    """A copy that is at most 192 px wide and high; the players show it at 160 px."""
    frame = frame.convert("RGB")
    frame.thumbnail((192, 192))
    return frame


def data_uri(picture: Image.Image) -> str:
    """A picture as WebP in a data URI."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=90, method=6)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def contact_sheet(rows: Sequence[Sequence[Image.Image]], columns: int = 5, side: int = 64, gap: int = 4) -> Image.Image:
    """Some frames of every strip, the first and the last among them."""
    last = len(rows[0]) - 1
    chosen = sorted({round(k * last / (columns - 1)) for k in range(columns)})
    sheet = Image.new("RGBA", (len(chosen) * (side + gap) - gap, len(rows) * (side + gap) - gap))
    for i, row in enumerate(rows):
        for k, frame in enumerate(chosen):
            sheet.paste(row[frame].convert("RGB").resize((side, side)), (k * (side + gap), i * (side + gap)))
    return sheet


def coupling(a: list[list[float]], b: list[list[float]], partner: list[int]) -> str:
    """Two clouds in the plane, numbered by row, and a line from each point of a to its partner in b."""
    xs, ys = zip(*a, *b, strict=True)
    scale = 1 / (max((max(xs) - min(xs)) / 288, (max(ys) - min(ys)) / 248) or 1.0)
    middle = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    source, target = ([(180 + (x - middle[0]) * scale, 160 - (y - middle[1]) * scale) for x, y in cloud] for cloud in (a, b))
    shapes = []
    for (x, y), j in zip(source, partner, strict=True):
        shapes.append(f'<path d="M{x:.1f} {y:.1f}L{target[j][0]:.1f} {target[j][1]:.1f}" stroke="{_GREY}"/>')
    for cloud, fill, ink in ((target, _ORANGE, "#000"), (source, _BLUE, "#fff")):
        for i, (x, y) in enumerate(cloud):
            shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" fill="{fill}"/>')
            shapes.append(f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" fill="{ink}">{i}</text>')
    return _svg(360, 320, shapes)


def histogram(costs: list[float], standard: float, bins: int = 24) -> str:
    """The histogram of costs, given in rising order, with the lowest, the highest and the standard one marked."""
    low, high = costs[0], costs[-1]
    width = (high - low) or 1.0
    counts = [0] * bins
    for cost in costs:
        counts[min(bins - 1, int((cost - low) / width * bins))] += 1
    shapes = []
    for k, count in enumerate(counts):
        tall = 150 * count / max(counts)
        shapes.append(f'<rect x="{34 + 13 * k}" y="{196 - tall:.1f}" width="12" height="{tall:.1f}" fill="{_GREY}"/>')
    marks = ((low, "optimal", 16, "start"), (standard, "standard", 34, "middle"), (high, "worst", 16, "end"))
    for cost, name, y, anchor in marks:
        x = 34 + 312 * (cost - low) / width
        shapes.append(f'<path d="M{x:.1f} {y + 4}V196" stroke="{_GREY}" stroke-dasharray="4 3"/>')
        at = min(max(x, 45), 315) if anchor == "middle" else x
        shapes.append(f'<text x="{at:.1f}" y="{y}" text-anchor="{anchor}" fill="{_GREY}">{name} {cost:.3g}</text>')
    return _svg(360, 240, shapes)


def matching(sides: Sequence[Sequence[tuple[str, int, int]]], couplings: Sequence[Mapping[str, Any]]) -> str:
    """Two columns of tokens, runs of equal ones as one, and for each coupling a line between all tokens that it joins."""
    place = [[16 * k + 20 for k, (_, _, count) in enumerate(side) for _ in range(count)] for side in sides]
    shapes = []
    for k, one in enumerate(couplings):
        shift = 2 * (k - (len(couplings) - 1) / 2)
        for y, end in sorted({(place[0][i], place[1][j]) for i, j in enumerate(one["to"])}):
            curve = f"M122 {y + shift:g}C180 {y + shift:g} 180 {end + shift:g} 238 {end + shift:g}"
            shapes.append(f'<path d="{curve}" fill="none" stroke="{one["colour"]}" stroke-dasharray="{one["dashes"]}"/>')
    for side, x, anchor, colour in zip(sides, (116, 244), ("end", "start"), (_BLUE, _ORANGE), strict=True):
        for k, (label, _, count) in enumerate(side):
            text = "".join(char if char.isprintable() else "?" for char in label[:14])
            text += f" × {count}" if count > 1 else ""
            shapes.append(f'<text x="{x}" y="{16 * k + 24}" text-anchor="{anchor}" fill="{_GREY}">{html.escape(text)}</text>')
            shapes.append(f'<circle cx="{122 if anchor == "end" else 238}" cy="{16 * k + 20}" r="2" fill="{colour}"/>')
    return _svg(360, 16 * max(map(len, sides)) + 30, shapes)


def _svg(width: int, height: int, shapes: Iterable[str]) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12">{"".join(shapes)}</svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
