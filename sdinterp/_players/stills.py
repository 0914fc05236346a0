"""The still pictures that stand in a player's place until its script has run, as data URIs."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence

from PIL import Image

_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#808080"


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


def _svg(width: int, height: int, shapes: Iterable[str]) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12">{"".join(shapes)}</svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
