"""Pictures at the edge of the package: tensors to PIL, grids, sheets of labelled strips, and files."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from sdinterp.checks import meant
from sdinterp.extras import needs_extras

with needs_extras():
    from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from sdinterp.strips import Strips

SUFFIXES = (".png", ".gif", ".mp4")
WIDEST = 4096
"""Pixels of a row of pictures: what any viewer opens. (WebP ends at 16383.)"""

_INK = (118, 118, 118)


def to_pil(pictures: Float[Tensor, "b 3 h w"]) -> list[Image.Image]:
    """Pictures in [-1, 1] as 8-bit RGB images."""
    bytes_ = ((pictures.float().clamp(-1, 1) + 1) * 127.5).round().byte()
    return [Image.fromarray(picture) for picture in bytes_.permute(0, 2, 3, 1).cpu().numpy()]


def in_a_row(count: int, wide: int) -> int:
    """How many of so many images of a width stand in a row, where what is wider than `WIDEST` pixels goes on in the next.

    >>> in_a_row(9, 64), in_a_row(100, 64)
    (9, 50)
    """
    rows = -(-count * wide // WIDEST)
    return -(-count // min(rows, count))


def grid(
    images: Sequence[Image.Image], columns: int, *, gap: int = 0, size: tuple[int, int] | None = None, ground: str | None = None
) -> Image.Image:
    """Images in rows of so many columns.

    Args:
        images: of one size, unless `size` is given.
        columns: images in a row.
        gap: between neighbours, in pixels.
        size: (width, height) that each is brought to.
        ground: a colour's name; transparent without it.
    """
    wide, high = size = size or images[0].size
    rows = -(-len(images) // columns)
    canvas = Image.new("RGBA", (columns * (wide + gap) - gap, rows * (high + gap) - gap), ground or (0, 0, 0, 0))
    for k, image in enumerate(images):
        place = k % columns * (wide + gap), k // columns * (high + gap)
        canvas.paste(image.resize(size, Image.Resampling.LANCZOS), place)
    return canvas


def encoded(image: Image.Image, form: str, **settings: Any) -> bytes:
    """An image as the bytes of a file; form and settings are those of `Image.save`."""
    image.save(file := io.BytesIO(), form, **settings)
    return file.getvalue()


def data_uri(content: bytes, mime: str) -> str:
    """What stands in a page in place of the address of a file."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def sheet(strips: Strips, side: int = 128, background: str | None = None) -> Image.Image:
    """All strips below each other, each under its name and measures, with the prompts at the ends.

    Args:
        strips: what `interpolate_prompts` returns.
        side: of one picture on the sheet, in pixels.
        background: a colour name, or None for transparent (grey text reads on light and dark pages alike).
    """
    frames = max(len(strip.frames) for strip in strips.values())
    gap, line, margin = side // 32, side // 5, side // 16
    wide = frames * (side + gap) - gap + 2 * margin
    prompts = _wrapped(strips.prompts, font := ImageFont.load_default(side / 8.5), wide - 2 * margin)
    high = margin + line * (len(prompts) + 0.4) + len(strips) * (side + line * 1.5) + margin
    canvas = Image.new("RGBA", (wide, round(high)), background or (0, 0, 0, 0))
    pen = ImageDraw.Draw(canvas)
    y = float(margin)
    for text in prompts:
        pen.text((margin, y), text, _INK, font)
        y += line
    y += 0.4 * line
    for name, strip in strips.items():
        m = strip.measures
        title = (
            f"{name.replace('_', ' ')}: cost (p=1) {m['cost_p1']:.2f},  W2 length {m['w2_length']:.2f},  "
            f"perceptual length {m['perceptual_length']:.2f},  largest jump {m['largest_jump']:.2f}"
        )
        pen.text((margin, y), title, _INK, font)
        row = grid(to_pil(strip.frames), frames, gap=gap, size=(side, side))
        canvas.alpha_composite(row, (margin, round(y + line)))
        y += side + 1.5 * line
    return canvas


def animation(strips: Strips, side: int = 192) -> list[Image.Image]:
    """One image a frame with the strips side by side, from A to B and back."""
    font, label, gap = ImageFont.load_default(side / 11), side // 8, side // 24
    there = []
    for frames in zip(*(to_pil(strip.frames) for strip in strips.values()), strict=True):
        row = grid(frames, len(frames), gap=gap, size=(side, side))
        canvas = Image.new("RGBA", ((row.width + 1) // 2 * 2, (side + label + 1) // 2 * 2), "white")  # mp4 needs even sides
        canvas.alpha_composite(row, (0, label))
        pen = ImageDraw.Draw(canvas)
        for k, name in enumerate(strips):
            pen.text((k * (side + gap) + gap, 2), name.replace("_", " "), (60, 60, 60), font)
        there.append(canvas.convert("RGB"))
    return there + there[-2:0:-1]


def check_suffix(path: Path) -> None:
    """Raise ValueError unless `save` can write a file of this name."""
    if path.suffix.lower() not in SUFFIXES:
        near = meant(path.suffix, SUFFIXES)
        raise ValueError(f"{path.name!r} ends in {path.suffix or 'nothing'!r}{near}; choose one of {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {str(path.parent)!r} to write {path.name!r} in")
    if path.is_dir():
        raise ValueError(f"{str(path)!r} is a folder; name a file to write")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; when all went well it becomes `path`, and otherwise nothing stays."""
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def save(strips: Strips, path: Path, frames_per_second: float = 6) -> None:
    """Write strips as a sheet (.png) or as a moving picture (.gif, .mp4), wholly or not at all."""
    check_suffix(path)
    with whole(path) as unfinished:
        if path.suffix.lower() == ".png":
            sheet(strips, background="white").convert("RGB").save(unfinished)
        elif path.suffix.lower() == ".gif":
            first, *rest = animation(strips)
            first.save(unfinished, save_all=True, append_images=rest, duration=round(1000 / frames_per_second), loop=0)
        else:
            _save_mp4(animation(strips), unfinished, frames_per_second)


def _save_mp4(images: list[Image.Image], path: Path, frames_per_second: float) -> None:
    import imageio.v2 as imageio

    with imageio.get_writer(path, fps=frames_per_second, macro_block_size=2, format="FFMPEG") as writer:  # type: ignore[arg-type]
        for image in images:
            writer.append_data(np.asarray(image))  # type: ignore[attr-defined]


def _wrapped(prompts: Sequence[str], font, width: float) -> list[str]:
    """The prompts as lines that fit."""
    lines = []
    for label, prompt in zip("AB", prompts, strict=True):
        current = f"{label}:"
        for word in prompt.split():
            if font.getlength(f"{current} {word}") > width:
                lines.append(current)
                current = "    " + word
            else:
                current += " " + word
        lines.append(current)
    return lines
