"""Pictures at the edge of the package: tensors to PIL, grids, sheets of labelled strips, and files."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from sdinterp.checks import meant
from sdinterp.extras import needs_extras
from sdinterp.files import whole
from sdinterp.lettering import font_with, legible, lines_of

with needs_extras():
    from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from sdinterp.strips import Strip, Strips

SUFFIXES = (".png", ".gif", ".mp4")
FRAMES_PER_SECOND = 6

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


def webp_uri(image: Image.Image, **settings: Any) -> str:
    """An image as an address that holds it, compressed as WebP; settings are those of `Image.save`."""
    return data_uri(encoded(image, "WEBP", **settings), "image/webp")


def data_uri(content: bytes, mime: str) -> str:
    """What stands in a page in place of the address of a file."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def sheet(strips: Strips, background: str | None = None) -> Image.Image:
    """All strips below each other, each under its name and measures, with the prompts above them.

    Args:
        strips: what `interpolate_prompts` returns; the longer side of their pictures is brought to 128 to 256 pixels.
        background: a colour name, or None for transparent (grey text reads on light and dark pages alike).
    """
    size = _size(strips, 128, 256)
    side = max(size)
    gap, line, margin = side // 32, side // 5, side // 16
    columns = in_a_row(len(next(iter(strips.values())).frames), size[0] + gap)
    rows = {name: grid(to_pil(strip.shown), columns, gap=gap, size=size) for name, strip in strips.items()}
    wide = max(row.width for row in rows.values())
    titles = {name: f"{name.replace('_', ' ')}: {_measures(strip)}" for name, strip in strips.items()}
    prompts = [f"{letter}: {prompt}" for letter, prompt in zip(strips.letters, strips.prompts, strict=True)]
    file = font_with([*prompts, *titles.values()])
    font = ImageFont.truetype(file, side / 9)
    head = [text for prompt in prompts for text in lines_of(legible(prompt, file), font, wide)]
    heads = {name: lines_of(legible(title, file), font, wide) for name, title in titles.items()}
    high = 2 * margin + line * (len(head) + 0.4) + sum(rows[name].height + line * (len(heads[name]) + 0.5) for name in rows)
    canvas = Image.new("RGBA", (wide + 2 * margin, round(high)), background or (0, 0, 0, 0))
    pen, y = ImageDraw.Draw(canvas), float(margin)

    def write(texts: Sequence[str]) -> None:
        nonlocal y
        for text in texts:
            pen.text((margin, y), text, _INK, font)
            y += line

    write(head)
    y += 0.4 * line
    for name, row in rows.items():
        write(heads[name])
        canvas.alpha_composite(row, (margin, round(y)))
        y += row.height + 0.5 * line
    return canvas


def animation(strips: Strips) -> list[Image.Image]:
    """One image a frame with the strips side by side, from the first prompt to the last, each picture 192 pixels long at least."""
    wide, high = size = _size(strips, 192, WIDEST // len(strips))
    side = max(size)
    label, gap = side // 8, side // 24
    font, images = ImageFont.truetype(font_with(strips), side / 12), []
    for frames in zip(*(to_pil(strip.shown) for strip in strips.values()), strict=True):
        row = grid(frames, len(frames), gap=gap, size=size)
        canvas = Image.new("RGBA", ((row.width + 1) // 2 * 2, (high + label + 1) // 2 * 2), "white")  # mp4 needs even sides
        canvas.alpha_composite(row, (0, label))
        pen = ImageDraw.Draw(canvas)
        for k, name in enumerate(strips):
            pen.text((k * (wide + gap) + gap, 2), name.replace("_", " "), (60, 60, 60), font)
        images.append(canvas.convert("RGB"))
    return images


def check_suffix(path: Path) -> None:
    """Raise ValueError unless `save` can write a file of this name."""
    if path.suffix.lower() not in SUFFIXES:
        near = meant(path.suffix, SUFFIXES)
        raise ValueError(f"{path.name!r} ends in {path.suffix or 'nothing'!r}{near}; choose one of {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {str(path.parent)!r} to write {path.name!r} in")
    if path.is_dir():
        raise ValueError(f"{str(path)!r} is a folder; name a file to write")


def save(strips: Strips, path: Path) -> None:
    """Write strips as a sheet (.png) or as a picture that moves there and back (.gif, .mp4), wholly or not at all."""
    check_suffix(path)
    with whole(path) as unfinished:
        if path.suffix.lower() == ".png":
            sheet(strips, background="white").convert("RGB").save(unfinished)
        elif path.suffix.lower() == ".gif":
            # the usual way to 256 colours takes sixty times as long, and is no closer to the pictures
            first, *rest = _there_and_back([image.quantize(method=Image.Quantize.FASTOCTREE) for image in animation(strips)])
            first.save(unfinished, save_all=True, append_images=rest, duration=round(1000 / FRAMES_PER_SECOND), loop=0)
        else:
            import imageio.v2 as imageio

            film: Any = [np.asarray(image) for image in _there_and_back(animation(strips))]
            imageio.mimwrite(unfinished, film, format="FFMPEG", fps=FRAMES_PER_SECOND, macro_block_size=2)  # type: ignore[arg-type]


def save_frames(strips: Strips, folder: Path) -> None:
    """Write every picture as PNG at its own size, `COUPLING/000.png` and so on, all of them or none.

    Raises:
        ValueError: there is something of this name already, or no folder to put it in.
    """
    check_new_folder(folder)
    with whole(folder) as unfinished:
        for name, strip in strips.items():
            (unfinished / name).mkdir(parents=True)
            for k, image in enumerate(to_pil(strip.frames)):
                image.save(unfinished / name / f"{k:03}.png")


def check_new_folder(folder: Path) -> None:
    """Raise ValueError unless `save_frames` can make a folder of this name."""
    if folder.exists():
        raise ValueError(f"{str(folder)!r} exists; name a folder that does not")
    if not folder.parent.is_dir():
        raise ValueError(f"there is no folder {str(folder.parent)!r} to make {folder.name!r} in")


def _there_and_back(images: list[Image.Image]) -> list[Image.Image]:
    return images + images[-2:0:-1]


def _size(strips: Strips, least: int, most: int) -> tuple[int, int]:
    """Width and height of a picture as it is drawn: its longer side has so many pixels at least, and at most."""
    high, wide = next(iter(strips.values())).frames.shape[-2:]
    side = min(max(least, high, wide), most)
    return round(wide * side / max(high, wide)), round(high * side / max(high, wide))


def _measures(strip: Strip) -> str:
    m = strip.measures
    return (
        f"cost (p=1) {m['cost_p1']:.2f},  W2 length {m['w2_length']:.2f},  "
        f"perceptual length {m['perceptual_length']:.2f},  largest jump {m['largest_jump']:.2f}"
    )
