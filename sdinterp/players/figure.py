"""What all players are made of: one figure of HTML that carries its style, data, still picture and script."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

from sdinterp.files import whole
from sdinterp.looks import LOOKS, Look, looks_apart
from sdinterp.pictures import data_uri, grid, webp_uri
from sdinterp.templates import filled

_FOLDER = resources.files("sdinterp.players")

MOST_BYTES = 1_000_000
"""No player is larger: a page stays light. A word matcher is at most a fifth of it, a dot plot twice."""


@dataclass(frozen=True)
class Player:
    """A self-contained piece of HTML that Jupyter shows as it is.

    Attributes:
        html: one `<figure class="sdi-player">`; the same input gives the same text. Its id comes from its content.
        title: the title of the page that `save` writes.
    """

    html: str
    title: str

    @property
    def payload(self) -> int:
        """Size in bytes of everything it needs."""
        return len(self.html.encode())

    def _repr_html_(self) -> str:
        return self.html

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes a page of its own, which follows the reader's choice of light or dark, and gives its path."""
        path = Path(path)
        with whole(path) as unfinished:
            unfinished.write_text(filled("page.html", title=self.title, player=self.html), encoding="utf-8")
        return path


def player(
    kind: str, data: object, still: str, *, alt: str, title: str = "", parts: Sequence[str] = (), most: int = MOST_BYTES,
    lighter: str = "give it less to show",
) -> Player:  # fmt: skip
    """A player of a kind that has a script of its own.

    Args:
        kind: the script's name; the script hands `boot` a function that builds the player from its data.
        data: what JSON can hold.
        still: address of the picture that stands there until the script has run, such as `svg_still` gives.
        alt: the still picture in words.
        title: stands above the player.
        parts: names of further scripts that it needs. A script's style has its name, where it has one; all have `player.css`.
        most, lighter: a ValueError says how many bytes it has where it has more, and what makes it lighter.
    """
    name = hashlib.sha256(repr((kind, data, still, alt, title)).encode()).hexdigest()[:12]
    style = "\n".join(_asset(f"{part}.css") for part in ("player", *parts, kind) if _FOLDER.joinpath(f"{part}.css").is_file())
    script = "\n".join(_asset(f"{part}.js") for part in ("boot", *parts, kind))
    words = {"alt": one_line(alt), "title": one_line(title)}
    html = filled("player.html", kind=kind, data=data, still=still, name=name, style=style, script=script, **words)
    made = Player(html, title or alt)
    if made.payload > most:
        raise ValueError(f"the {kind} player has {made.payload:,} bytes, more than {most:,}; {lighter}")
    return made


def decimals_of(numbers: Sequence[float]) -> int:
    """How many decimals show three digits of the largest of some numbers; none where all are whole.

    >>> decimals_of([0.5, 5.58]), decimals_of([0.02, 0.86]), decimals_of([3, 12])
    (2, 3, 0)
    """
    largest = max(map(abs, numbers))
    return 0 if all(x == int(x) for x in numbers) else min(max(0, 2 - math.floor(math.log10(largest))), 6)


def svg_still(template: str, height: int, **values: object) -> str:
    """A still picture from a template of SVG, 360 wide."""
    return data_uri(filled(f"{template}.svg", height=height, **values).encode(), "image/svg+xml")


def in_plane(points: Iterable[Sequence[float]]) -> list[list[float]]:
    """Where points of the plane stand in a still picture 320 high: in its middle, on one scale for both axes, y upwards."""
    places = np.array(list(points))
    low, high = places.min(0), places.max(0)
    scale = 1 / (((high - low) / (288, 248)).max() or 1.0)
    return ((places - (low + high) / 2) * (scale, -scale) + (180, 160)).round(1).tolist()


def webp(picture: Image.Image, most: int | None = None) -> str:
    """The address of a picture, which holds the picture itself, made at most so many pixels wide and high."""
    picture = _bare(picture)
    if most:
        picture.thumbnail((most, most))
    return webp_uri(picture, quality=90, method=5)  # 6 takes a second for what is transparent


def picture_still(rows: Sequence[Sequence[Image.Image]]) -> str:
    """Rows of as many pictures each as a still picture; all take the shape of the first."""
    pictures = [_bare(picture) for row in rows for picture in row]
    wide, high = pictures[0].size
    size = round(96 * wide / max(wide, high)), round(96 * high / max(wide, high))
    return webp(grid(pictures, len(rows[0]), gap=4, size=size))


def _bare(picture: Image.Image) -> Image.Image:
    """A copy in colour that keeps what is transparent."""
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def drawn_as(names: Iterable[str], least: int = 0) -> list[dict[str, str]]:
    """What a script needs to draw each of some couplings: what it is called, its colour and its dashes.

    Raises:
        ValueError: there are fewer than `least`, or more than five.
    """
    names = list(names)
    if not least <= len(names) <= len(LOOKS):
        raise ValueError(f"{len(names)} couplings given; this player shows {least} to {len(LOOKS)}")
    return [drawn_by(name, look) for name, look in zip(names, looks_apart(names), strict=True)]


def drawn_by(name: str, look: Look) -> dict[str, str]:
    """What a script needs to draw something of this name and look."""
    return {"name": str(name).replace("_", " "), "colour": look.colour, "dashes": look.dashes}


@cache
def _asset(name: str) -> str:
    """A script or style of the package without comments on lines of their own, indents and blank lines."""
    lines = _FOLDER.joinpath(name).read_text("utf-8").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip() and not line.lstrip().startswith(("//", "/*")))


def finite(name: str, values: Iterable[float], count: int) -> list[float]:
    """So many numbers, or a ValueError where there are not as many or one is not finite."""
    numbers = [float(value) for value in values]
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name}: expected {count} finite numbers, got {numbers}")
    return numbers


def one_line(text: str) -> str:
    """A text on one line; what cannot be printed, NUL and marks of direction among it, shows as a replacement character."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(text.split()))
