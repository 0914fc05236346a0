"""Letters in pictures: a font that has them, and lines that fit."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sdinterp.extras import needs_extras

with needs_extras():
    from fontTools.ttLib import TTFont, TTLibError
    from matplotlib.font_manager import findfont, findSystemFonts
    from PIL import ImageFont


def font_with(texts: Iterable[str]) -> Path:
    """The file of a font that has the letters of texts: DejaVu Sans, or else the one of this machine that has the most of them."""
    letters = {ord(letter) for text in texts for letter in text if not letter.isspace()}
    usual = Path(findfont("DejaVu Sans"))
    if letters <= _letters(usual):
        return usual
    return min([usual, *map(Path, sorted(findSystemFonts()))], key=lambda file: len(letters - _letters(file)))


def legible(text: str, font: Path) -> str:
    r"""A text on one line, with what the font lacks written as Python writes it: `\u8239`."""
    known = _letters(font)
    return "".join(
        letter if ord(letter) in known else letter.encode("unicode_escape").decode() for letter in " ".join(text.split())
    )


def lines_of(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """A text in lines that are no wider than so many pixels; a word that is wider goes on in the next line."""
    lines = [""]
    for word in text.split():
        if lines[-1] and font.getlength(f"{lines[-1]} {word}") > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
        while font.getlength(lines[-1]) > width and len(lines[-1]) > 1:
            fits = max(k for k in range(1, len(lines[-1])) if k == 1 or font.getlength(lines[-1][:k]) <= width)
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return lines


@cache
def _letters(font: Path) -> frozenset[int]:
    """The letters that a font draws as shapes; those of a font that cannot be read are none."""
    try:
        with font.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as known:
            drawn = any(table in known for table in ("glyf", "CFF ", "CFF2"))
            return frozenset((known.getBestCmap() or ()) if drawn else ())
    except (OSError, TTLibError, ValueError, KeyError, AssertionError):
        return frozenset()
