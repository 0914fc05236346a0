"""Draw the picture that a link to the book shows in chats, book/_static/card.png, from docs/strips.png."""

from __future__ import annotations

from pathlib import Path

from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from sdinterp.pictures import grid

ROOT = Path(__file__).resolve().parent.parent
ROWS = {"optimal": 93, "standard": 258, "random": 424}  # where each strip stands in docs/strips.png
SIDE, FRAMES = 112, 9


def card() -> Image.Image:
    """The card, 1200 x 630."""

    def font(size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(font_manager.findfont("DejaVu Sans"), size)

    strips = Image.open(ROOT / "docs" / "strips.png").convert("RGBA")
    picture = Image.new("RGBA", (1200, 630), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((20, 36), "Which way from B to A?", "#111", font(64))
    draw.text((22, 126), "Three roads between the same two prompts. An open book that runs on a laptop.", "#444", font(26))
    for row, (name, top) in enumerate(ROWS.items()):
        y = 206 + row * (SIDE + 24)
        draw.text((22, y + SIDE // 2), name, "#111", font(24), anchor="lm")
        tiles = [strips.crop((left, top, left + 128, top + 128)) for left in range(8, 8 + 132 * FRAMES, 132)]
        picture.alpha_composite(grid(tiles, FRAMES, gap=4, size=(SIDE, SIDE)), (154, y))
    return picture.convert("RGB").quantize(256)


if __name__ == "__main__":
    card().save(ROOT / "book" / "_static" / "card.png", optimize=True)
