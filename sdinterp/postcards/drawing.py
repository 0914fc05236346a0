"""Every scene of Postcards can be drawn.

Each attribute has a place of its own in the picture, so that each can be judged alone. Pictures are drawn with Pillow at four times
their size and reduced, which antialiases them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageDraw
from torch import Tensor

from sdinterp.postcards.scenes import Scene

SIZE = 64
"""Side of a picture in pixels."""

_SCALE = 4
_HORIZON = 37

COLOURS = {
    "red": (214, 40, 48),
    "yellow": (250, 208, 44),
    "green": (38, 150, 72),
    "blue": (40, 92, 214),
    "purple": (140, 62, 182),
    "white": (248, 248, 250),
}
_SKIES = {
    "dawn": ((186, 170, 222), (255, 214, 214)),
    "noon": ((84, 168, 240), (196, 230, 252)),
    "sunset": ((150, 62, 92), (255, 160, 66)),
    "night": ((14, 18, 56), (44, 52, 110)),
}
_GROUNDS = {
    "sea": ((44, 118, 176), (24, 82, 140), (128, 188, 222)),
    "snow": ((236, 242, 250), (206, 218, 236), (182, 198, 224)),
    "grass": ((124, 184, 84), (84, 146, 62), (60, 116, 48)),
    "sand": ((238, 210, 152), (216, 178, 112), (190, 150, 88)),
}
_OUTLINE = (36, 34, 46)
_SHADE = {"dawn": 0.95, "noon": 1.0, "sunset": 0.86, "night": 0.66}

Colour = tuple[int, int, int]


def draw(scene: Scene, rng: random.Random | None = None, size: int = SIZE) -> Image.Image:
    """The scene as an RGB picture.

    Args:
        scene: what to draw.
        rng: small freedoms that no attribute names (where the cloud hangs, the shape of the hills) are drawn from it.
            Without one, the same scene always gives the same picture.
        size: side of the picture in pixels: 64, 128 or 256.
    """
    rng = rng or random.Random(repr(scene))
    picture = _sky(scene.time).copy()
    pen = _Pen(ImageDraw.Draw(picture))
    _SKY_ITEMS[scene.sky](pen.at(rng.uniform(14, 50), rng.uniform(9.5, 12)))
    shade = _SHADE[scene.time]
    _BACKDROPS[scene.backdrop](pen, shade, rng)
    _ground(pen, scene.ground, shade, rng)

    centre = {"left": 16.0, "middle": 32.0, "right": 48.0}[scene.position]
    side = {"left": 1, "right": -1}.get(scene.position) or rng.choice((-1, 1))
    reach = 23.5 if scene.position == "middle" else 28.0
    _COMPANIONS[scene.companion](pen.at(centre + side * reach + rng.uniform(-1, 1), 52 + rng.uniform(-0.7, 0.7)))
    height = {"small": 16.0, "big": 26.0}[scene.size]
    place = pen.at(centre + rng.uniform(-1, 1), 53 + rng.uniform(-0.7, 0.7), height)
    _OBJECTS[scene.object](place, COLOURS[scene.colour])
    _FOREGROUNDS[scene.foreground](pen, rng)
    return picture.reduce(_SCALE * SIZE // size)


def to_tensor(pictures: Iterable[Image.Image]) -> Float[Tensor, "b 3 h w"]:
    """RGB pictures of one size as one tensor in [-1, 1]."""
    return torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures])).permute(0, 3, 1, 2) / 127.5 - 1


class _Pen:
    """Draws about a place, in units: at first those of the picture, 64 to a side, on a canvas four times as large."""

    def __init__(self, draw: ImageDraw.ImageDraw, x: float = 0.0, y: float = 0.0, unit: float = 1.0) -> None:
        self._draw, self._x, self._y, self.unit = draw, x, y, unit

    def at(self, x: float, y: float, unit: float = 1.0) -> _Pen:
        """A pen about a place that this one knows, with a unit so many times as large."""
        return _Pen(self._draw, self._x + x * self.unit, self._y + y * self.unit, self.unit * unit)

    def polygon(self, points, fill: Colour, outline: Colour | None = None) -> None:
        self._draw.polygon(self._placed(points), fill, outline, 3 if outline else 0)

    def box(self, x0, y0, x1, y1, fill: Colour, outline: Colour | None = None) -> None:
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill, outline)

    def disc(self, x, y, rx, fill: Colour, outline: Colour | None = None, ry: float | None = None) -> None:
        self._draw.ellipse(self._oval(x, y, rx, rx if ry is None else ry), fill, outline, 3 if outline else 0)

    def slice(self, x, y, r, start, end, fill: Colour) -> None:
        self._draw.pieslice(self._oval(x, y, r, r), start, end, fill)

    def arc(self, x, y, r, start, end, fill: Colour, width: float) -> None:
        self._draw.arc(self._oval(x, y, r, r), start, end, fill, round(width * _SCALE))

    def line(self, points, fill: Colour, width: float = 1.0) -> None:
        self._draw.line(self._placed(points), fill, round(width * _SCALE), joint="curve")

    def _placed(self, points) -> list[tuple[float, float]]:
        return [((self._x + x * self.unit) * _SCALE, (self._y + y * self.unit) * _SCALE) for x, y in points]

    def _oval(self, x, y, rx, ry) -> list[float]:
        (x, y), rx, ry = *self._placed([(x, y)]), rx * self.unit * _SCALE, ry * self.unit * _SCALE
        return [x - rx, y - ry, x + rx, y + ry]


def _mix(a: Colour, b: Colour, t: float) -> Colour:
    return tuple(round(x + (y - x) * t) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def _dim(colour: Colour, shade: float) -> Colour:
    """A colour in the light of the hour: the darker, the bluer."""
    return _mix((20, 22, 66), colour, shade)


def _around(angle: float) -> tuple[float, float]:
    """The point of the unit circle at an angle."""
    return math.cos(angle), math.sin(angle)


@lru_cache
def _sky(time: str) -> Image.Image:
    top, bottom = _SKIES[time]
    column = Image.new("RGB", (1, _HORIZON * _SCALE))
    column.putdata([_mix(top, bottom, y / column.height) for y in range(column.height)])
    canvas = Image.new("RGB", (SIZE * _SCALE, SIZE * _SCALE), bottom)
    canvas.paste(column.resize((canvas.width, column.height)))
    return canvas


def _ground(pen: _Pen, kind: str, shade: float, rng: random.Random) -> None:
    near, far, mark = (_dim(colour, shade) for colour in _GROUNDS[kind])
    bands = 9
    for i in range(bands):
        top = _HORIZON + (SIZE - _HORIZON) * i / bands
        pen.box(0, top, SIZE, SIZE, _mix(far, near, i / (bands - 1)))
    for row in range(3):
        y = _HORIZON + 4 + 5.5 * row
        for _ in range(3):
            x = rng.uniform(0, SIZE)
            _GROUND_MARKS[kind](pen.at(x, y + rng.uniform(-1, 1)), mark)


def _wave(pen: _Pen, mark) -> None:
    pen.line([(1.1 * i, 0.9 * math.sin(i * 1.15)) for i in range(9)], mark, 0.9)


def _drift(pen: _Pen, mark) -> None:
    pen.disc(0, 0, 6, mark, ry=0.7)


def _tuft(pen: _Pen, mark) -> None:
    for lean in (-1.4, 0, 1.4):
        pen.line([(0, 1), (lean, -2)], mark, 0.8)


def _ripple(pen: _Pen, mark) -> None:
    pen.arc(0, 9, 10, 235, 305, mark, 0.8)


_GROUND_MARKS = {"sea": _wave, "snow": _drift, "grass": _tuft, "sand": _ripple}


# What hangs in the sky, about 14 units wide, with a pen at its middle.


def _sun(pen: _Pen) -> None:
    for i in range(12):
        x, y = _around(math.tau * i / 12)
        pen.line([(6 * x, 6 * y), (8.6 * x, 8.6 * y)], (255, 226, 70), 1.3)
    pen.disc(0, 0, 5.4, (255, 236, 96), (240, 160, 30))


def _moon(pen: _Pen) -> None:
    outer = [(-7 * x, 7 * y) for x, y in (_around(math.radians(d)) for d in range(-150, 151, 10))]
    inner = [(3.2 - 5.4 * x, 5.4 * y) for x, y in (_around(math.radians(d)) for d in range(140, -141, -10))]
    pen.polygon(outer + inner, (250, 246, 222), (150, 140, 120))


def _cloud(pen: _Pen) -> None:
    puffs = ((-6, 1.6, 4), (-1.5, -1.4, 5), (4.2, 0.4, 4.4), (8, 2.4, 3.2))
    for x, y, r in puffs:
        pen.disc(x, y, r + 0.6, (168, 178, 198))
    for x, y, r in puffs:
        pen.disc(x, y - 0.2, r, (252, 252, 255))


def _stars(pen: _Pen) -> None:
    for x, y, r in ((-9, 1, 4.2), (0.5, -4, 3.6), (8.5, 2, 4.4)):
        tips = [(_around(-math.pi / 2 + math.pi * i / 5), r * 0.45 if i % 2 else r) for i in range(10)]
        pen.at(x, y).polygon([(c * q, s * q) for (c, s), q in tips], (255, 238, 110), (210, 150, 40))


def _rainbow(pen: _Pen) -> None:
    bands = ((226, 60, 60), (246, 150, 50), (250, 224, 70), (80, 184, 90), (70, 120, 220), (150, 80, 190))
    for i, colour in enumerate(bands):
        pen.arc(0, 12, 16.5 - 1.35 * i, 180, 360, colour, 1.6)


def _balloon(pen: _Pen) -> None:
    pen.line([(-3, 3), (-1.4, 8)], _OUTLINE, 0.6)
    pen.line([(3, 3), (1.4, 8)], _OUTLINE, 0.6)
    pen.disc(0, -1, 6.4, (238, 92, 52), _OUTLINE)
    pen.disc(0, -1, 2.6, (252, 232, 190), ry=6)
    pen.box(-1.9, 7, 1.9, 10, (140, 92, 50), _OUTLINE)


_SKY_ITEMS = {"sun": _sun, "moon": _moon, "cloud": _cloud, "stars": _stars, "rainbow": _rainbow, "balloon": _balloon}


# What stands on the horizon.


def _mountains(pen: _Pen, shade, rng) -> None:
    rock, cap = _dim((118, 122, 142), shade), _dim((246, 248, 252), max(shade, 0.8))
    for i in range(4):
        x, top, half = -2 + 22 * i + rng.uniform(-3, 3), rng.uniform(21, 24), rng.uniform(14, 16)
        pen.polygon([(x - half, _HORIZON), (x, top), (x + half, _HORIZON)], _mix(rock, (255, 255, 255), 0.08 * (i % 2)))
        pen.at(x, top).polygon([(-half * 0.36, 5.4), (0, 0), (half * 0.36, 5.4), (1.5, 4), (-1.5, 5.6)], cap)


def _hills(pen: _Pen, shade, rng) -> None:
    for i in range(4):
        x, rise = -2 + 22 * i + rng.uniform(-4, 4), rng.uniform(9, 12)
        pen.disc(x, _HORIZON, rng.uniform(16, 19), _dim((112 - 14 * (i % 2), 162 - 16 * (i % 2), 92), shade), ry=rise)


def _city(pen: _Pen, shade, rng) -> None:
    x = -rng.uniform(0, 4)
    while x < SIZE:
        wide, top = rng.uniform(6.5, 9), rng.uniform(21, 30)
        pen.box(x, top, x + wide - 0.6, _HORIZON, _dim((108, 104, 124), shade))
        for wy in range(int(top) + 2, _HORIZON - 2, 4):
            for wx in (0.2, 0.58):
                pen.box(x + wide * wx, wy, x + wide * wx + 1.8, wy + 2, (255, 226, 140))
        x += wide


def _forest(pen: _Pen, shade, rng) -> None:
    x = -rng.uniform(0, 3)
    while x < SIZE + 3:
        top, green = rng.uniform(22, 26), _dim((28, 92 + rng.randint(-10, 10), 66), shade)
        for tier in range(3):
            y = top + tier * 4
            pen.polygon([(x, y), (x + 2.6 + tier, y + 6.5), (x - 2.6 - tier, y + 6.5)], green)
        pen.box(x - 3.5, _HORIZON - 3, x + 3.5, _HORIZON, green)
        x += rng.uniform(5.2, 6.4)


_BACKDROPS = {"mountains": _mountains, "hills": _hills, "city": _city, "forest": _forest}


# The main object, as high as the pen's unit, with the pen at its foot.


def _boat(pen: _Pen, paint) -> None:
    pen.line([(-0.04, -0.25), (-0.04, -1)], (92, 64, 42), 1.0)
    pen.polygon([(0.02, -0.98), (0.45, -0.36), (0.02, -0.36)], (250, 248, 240), _OUTLINE)
    pen.polygon([(-0.1, -0.86), (-0.1, -0.36), (-0.42, -0.36)], paint, _OUTLINE)
    pen.polygon([(-0.56, -0.3), (0.56, -0.3), (0.36, 0), (-0.36, 0)], paint, _OUTLINE)


def _tent(pen: _Pen, paint) -> None:
    pen = pen.at(0, 0, 0.9)
    pen.polygon([(0, -1), (0.64, 0), (-0.64, 0)], paint, _OUTLINE)
    pen.polygon([(0, -0.7), (0.22, 0), (-0.22, 0)], (52, 44, 54))


def _house(pen: _Pen, paint) -> None:
    pen.box(0.2, -0.98, 0.34, -0.6, (120, 84, 76), _OUTLINE)
    pen.box(-0.42, -0.56, 0.42, 0, paint, _OUTLINE)
    pen.polygon([(-0.54, -0.52), (0, -0.98), (0.54, -0.52)], _mix(paint, _OUTLINE, 0.4), _OUTLINE)
    pen.box(-0.3, -0.36, -0.06, 0, (86, 58, 46))
    pen.box(0.08, -0.38, 0.3, -0.18, (255, 240, 170))


def _car(pen: _Pen, paint) -> None:
    pen = pen.at(0, 0, 0.86)
    body = [(-0.66, -0.16), (-0.66, -0.46), (-0.42, -0.5), (-0.28, -0.8), (0.26, -0.8), (0.44, -0.5), (0.66, -0.44), (0.66, -0.16)]
    pen.polygon(body, paint, _OUTLINE)
    pen.polygon([(-0.26, -0.52), (-0.2, -0.72), (0.2, -0.72), (0.3, -0.52)], (206, 232, 246))
    for side in (-0.38, 0.38):
        pen.disc(side, -0.17, 0.18, (40, 40, 46))
        pen.disc(side, -0.17, 0.08, (196, 196, 204))


def _lighthouse(pen: _Pen, paint) -> None:
    pale = _mix(paint, (255, 255, 255) if paint != COLOURS["white"] else (130, 134, 150), 0.72)
    sides = [(0.23 - 0.09 * (i / 5), -0.72 * (i / 5)) for i in range(6)]
    for i, ((wide, low), (narrow, high)) in enumerate(pairwise(sides)):
        pen.polygon([(-wide, low), (wide, low), (narrow, high), (-narrow, high)], pale if i % 2 else paint)
    pen.line([(-0.23, 0), (-0.14, -0.72)], _OUTLINE, 0.7)
    pen.line([(0.23, 0), (0.14, -0.72)], _OUTLINE, 0.7)
    pen.box(-0.11, -0.87, 0.11, -0.72, (255, 240, 140), _OUTLINE)
    pen.polygon([(-0.17, -0.86), (0, -1), (0.17, -0.86)], paint, _OUTLINE)


def _castle(pen: _Pen, paint) -> None:
    pen = pen.at(0, 0, 0.96)
    pen.box(-0.36, -0.56, 0.36, 0, paint, _OUTLINE)
    for side in (-0.42, 0.42):
        pen.box(side - 0.14, -0.76, side + 0.14, 0, paint, _OUTLINE)
        for notch in (-0.14, 0.05):
            pen.box(side + notch, -0.9, side + notch + 0.09, -0.74, paint, _OUTLINE)
    pen.disc(0, -0.24, 0.12, (60, 46, 50))
    pen.box(-0.12, -0.24, 0.12, 0, (60, 46, 50))


def _windmill(pen: _Pen, paint) -> None:
    pen.polygon([(-0.26, 0), (-0.13, -0.66), (0.13, -0.66), (0.26, 0)], paint, _OUTLINE)
    pen.disc(0, -0.66, 0.14, _mix(paint, _OUTLINE, 0.4), _OUTLINE)
    hub = pen.at(0, -0.64)
    for i in range(4):
        c, s = _around(math.pi / 4 + i * math.pi / 2)
        blade = ((0.1, -0.07), (0.46, -0.07), (0.46, 0.07), (0.1, 0.07))
        hub.polygon([(u * c - v * s, u * s + v * c) for u, v in blade], (252, 250, 244), _OUTLINE)
    hub.disc(0, 0, 0.07, _OUTLINE)


def _tree(pen: _Pen, paint) -> None:
    pen.box(-0.08, -0.42, 0.08, 0, (112, 76, 48), _OUTLINE)
    crown = ((-0.24, -0.5, 0.2), (0.24, -0.5, 0.2), (0, -0.72, 0.27), (0, -0.48, 0.2))
    for x, y, r in crown:
        pen.disc(x, y, r + 0.7 / pen.unit, _OUTLINE)
    for x, y, r in crown:
        pen.disc(x, y, r, paint)


_OBJECTS = {
    "boat": _boat, "tent": _tent, "house": _house, "car": _car,
    "lighthouse": _lighthouse, "castle": _castle, "windmill": _windmill, "tree": _tree,
}  # fmt: skip


# What stands beside the object, about 12 units high, with a pen at its foot.


def _dog(pen: _Pen) -> None:
    fur = (150, 94, 48)
    for x in (-3.4, -1.8, 1.6, 3.2):
        pen.box(x - 0.6, -3.6, x + 0.7, 0, fur)
    pen.disc(-0.2, -4.6, 4.6, fur, _OUTLINE, ry=2.5)
    pen.line([(-4.2, -5.4), (-6, -8.4)], fur, 1.3)
    pen.disc(4, -7.8, 2.5, fur, _OUTLINE)
    pen.disc(2.9, -8.2, 1.0, (84, 50, 28), ry=1.9)


def _flag(pen: _Pen) -> None:
    pen.line([(-3, 0), (-3, -14)], (90, 70, 56), 1.2)
    pen.box(-2.6, -14, 5, -10.7, (240, 70, 130))
    pen.box(-2.6, -10.7, 5, -7.6, (255, 246, 250))


def _ball(pen: _Pen) -> None:
    pen.disc(0, -4.6, 4.9, (255, 250, 240), _OUTLINE)
    for start, colour in ((0, (238, 90, 60)), (120, (66, 140, 226)), (240, (250, 200, 60))):
        pen.slice(0, -4.6, 4.1, start, start + 62, colour)


def _lamp(pen: _Pen) -> None:
    pen.line([(0, 0), (0, -9)], (48, 48, 56), 1.5)
    pen.box(-2.2, -0.9, 2.2, 0, (48, 48, 56))
    pen.disc(0, -11, 3.6, (255, 222, 90), (48, 48, 56))
    pen.disc(0, -11, 1.7, (255, 250, 214))


def _snowman(pen: _Pen) -> None:
    pen.disc(0, -3.7, 3.9, (250, 252, 255), (92, 104, 130))
    pen.disc(0, -9.3, 2.8, (250, 252, 255), (92, 104, 130))
    pen.box(-2, -14.2, 2, -11.6, (38, 38, 48))
    pen.line([(-3, -11.6), (3, -11.6)], (38, 38, 48), 0.9)
    pen.polygon([(0, -9.8), (3, -9), (0, -8.5)], (240, 130, 40))


_COMPANIONS = {"dog": _dog, "flag": _flag, "ball": _ball, "lamp": _lamp, "snowman": _snowman}


# What runs along the lower edge.


def _fence(pen: _Pen, rng) -> None:
    wood, offset = (166, 118, 74), rng.uniform(0, 6)
    pen.box(0, 58, SIZE, 59.6, wood, (96, 64, 40))
    for i in range(-1, 12):
        x = offset + 6 * i
        pen.polygon([(x, SIZE + 1), (x, 56.2), (x + 1.6, 54.6), (x + 3.2, 56.2), (x + 3.2, SIZE + 1)], wood, (96, 64, 40))


def _stones(pen: _Pen, rng) -> None:
    x = -rng.uniform(0, 5)
    while x < SIZE + 4:
        wide = rng.uniform(4.4, 5.8)
        grey = rng.randint(128, 166)
        pen.disc(x + wide / 2, 61.5, wide / 2 + 0.4, (grey, grey, grey + 6), (70, 70, 78), ry=rng.uniform(3.6, 4.6))
        x += wide


def _hedge(pen: _Pen, rng) -> None:
    pen.box(0, 59.5, SIZE, SIZE, (30, 84, 40))
    x = -rng.uniform(0, 4)
    while x < SIZE + 4:
        pen.disc(x, 60.5, 4.2, (34 + rng.randint(0, 16), 98 + rng.randint(0, 24), 46), ry=4.4)
        x += 4.4


def _flowers(pen: _Pen, rng) -> None:
    offset = rng.uniform(0, 6)
    for i in range(-1, 11):
        x, y = offset + 7 * i, 59.2 + rng.uniform(-0.7, 0.7)
        pen.line([(x, SIZE), (x, y)], (40, 110, 44), 1.3)
        for k in range(5):
            c, s = _around(math.tau * k / 5)
            pen.disc(x + 1.7 * c, y + 1.7 * s, 1.45, (250, 130, 190))
        pen.disc(x, y, 1.2, (255, 214, 70))


_FOREGROUNDS = {"fence": _fence, "stones": _stones, "hedge": _hedge, "flowers": _flowers}
