"""Every scene of Postcards can be drawn.

Each attribute has a place of its own in the picture, so that each can be judged alone. Pictures are drawn with Pillow at four times
their size and reduced, which antialiases them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from functools import lru_cache

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


def draw(scene: Scene, rng: random.Random | None = None) -> Image.Image:
    """The scene as a 64 x 64 RGB picture.

    Args:
        scene: what to draw.
        rng: small freedoms that no attribute names (where the cloud hangs, the shape of the hills) are drawn from it.
            Without one, the same scene always gives the same picture.
    """
    rng = rng or random.Random(repr(scene))
    picture = _sky(scene.time).copy()
    pen = _Pen(picture)
    _SKY_ITEMS[scene.sky](pen, rng.uniform(14, 50), rng.uniform(9.5, 12))
    shade = _SHADE[scene.time]
    _BACKDROPS[scene.backdrop](pen, shade, rng)
    _ground(pen, scene.ground, shade, rng)

    centre = {"left": 16.0, "middle": 32.0, "right": 48.0}[scene.position]
    side = {"left": 1, "right": -1}.get(scene.position) or rng.choice((-1, 1))
    reach = 23.5 if scene.position == "middle" else 28.0
    _COMPANIONS[scene.companion](pen, centre + side * reach + rng.uniform(-1, 1), 52 + rng.uniform(-0.7, 0.7))
    height = {"small": 16.0, "big": 26.0}[scene.size]
    paint = COLOURS[scene.colour]
    _OBJECTS[scene.object](pen, centre + rng.uniform(-1, 1), 53 + rng.uniform(-0.7, 0.7), height, paint)
    _FOREGROUNDS[scene.foreground](pen, rng)
    return picture.reduce(_SCALE)


def to_tensor(pictures: Iterable[Image.Image]) -> Float[Tensor, "b 3 h w"]:
    """RGB pictures of one size as one tensor in [-1, 1]."""
    return torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures])).permute(0, 3, 1, 2) / 127.5 - 1


class _Pen:
    """Draws in picture units (64 to a side) on a canvas four times as large."""

    def __init__(self, canvas: Image.Image) -> None:
        self._draw = ImageDraw.Draw(canvas)

    def polygon(self, points, fill: Colour, outline: Colour | None = None) -> None:
        width = 3 if outline else 0
        self._draw.polygon([(x * _SCALE, y * _SCALE) for x, y in points], fill, outline, width)

    def box(self, x0, y0, x1, y1, fill: Colour, outline: Colour | None = None) -> None:
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill, outline)

    def disc(self, x, y, rx, fill: Colour, outline: Colour | None = None, ry: float | None = None) -> None:
        ry = rx if ry is None else ry
        corners = [(x - rx) * _SCALE, (y - ry) * _SCALE, (x + rx) * _SCALE, (y + ry) * _SCALE]
        self._draw.ellipse(corners, fill, outline, 3 if outline else 0)

    def line(self, points, fill: Colour, width: float = 1.0) -> None:
        self._draw.line([(x * _SCALE, y * _SCALE) for x, y in points], fill, round(width * _SCALE), joint="curve")

    def arc(self, x, y, r, start, end, fill: Colour, width: float) -> None:
        corners = [(x - r) * _SCALE, (y - r) * _SCALE, (x + r) * _SCALE, (y + r) * _SCALE]
        self._draw.arc(corners, start, end, fill, round(width * _SCALE))


def _mix(a: Colour, b: Colour, t: float) -> Colour:
    return tuple(round(x + (y - x) * t) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def _dim(colour: Colour, shade: float) -> Colour:
    """A colour in the light of the hour: the darker, the bluer."""
    return _mix((20, 22, 66), colour, shade)


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
            _GROUND_MARKS[kind](pen, x, y + rng.uniform(-1, 1), mark)


def _wave(pen: _Pen, x, y, mark) -> None:
    pen.line([(x + 1.1 * i, y + 0.9 * math.sin(i * 1.15)) for i in range(9)], mark, 0.9)


def _drift(pen: _Pen, x, y, mark) -> None:
    pen.disc(x, y, 6, mark, ry=0.7)


def _tuft(pen: _Pen, x, y, mark) -> None:
    for lean in (-1.4, 0, 1.4):
        pen.line([(x, y + 1), (x + lean, y - 2)], mark, 0.8)


def _ripple(pen: _Pen, x, y, mark) -> None:
    pen.arc(x, y + 9, 10, 235, 305, mark, 0.8)


_GROUND_MARKS = {"sea": _wave, "snow": _drift, "grass": _tuft, "sand": _ripple}


# What hangs in the sky: (pen, x, y), about 14 units wide.


def _sun(pen: _Pen, x, y) -> None:
    for i in range(12):
        a = math.tau * i / 12
        pen.line([(x + 6 * math.cos(a), y + 6 * math.sin(a)), (x + 8.6 * math.cos(a), y + 8.6 * math.sin(a))], (255, 226, 70), 1.3)
    pen.disc(x, y, 5.4, (255, 236, 96), (240, 160, 30))


def _moon(pen: _Pen, x, y) -> None:
    outer = [(x + 7 * math.cos(a), y + 7 * math.sin(a)) for a in (math.radians(d) for d in range(-150, 151, 10))]
    inner = [(x - 3.2 + 5.4 * math.cos(a), y + 5.4 * math.sin(a)) for a in (math.radians(d) for d in range(140, -141, -10))]
    pen.polygon([(2 * x - px, py) for px, py in outer + inner], (250, 246, 222), (150, 140, 120))


def _cloud(pen: _Pen, x, y) -> None:
    puffs = ((-6, 1.6, 4), (-1.5, -1.4, 5), (4.2, 0.4, 4.4), (8, 2.4, 3.2))
    for dx, dy, r in puffs:
        pen.disc(x + dx, y + dy, r + 0.6, (168, 178, 198))
    for dx, dy, r in puffs:
        pen.disc(x + dx, y + dy - 0.2, r, (252, 252, 255))


def _stars(pen: _Pen, x, y) -> None:
    for dx, dy, r in ((-9, 1, 4.2), (0.5, -4, 3.6), (8.5, 2, 4.4)):
        tips = [(r if i % 2 == 0 else r * 0.45, -math.pi / 2 + math.pi * i / 5) for i in range(10)]
        pen.polygon([(x + dx + q * math.cos(a), y + dy + q * math.sin(a)) for q, a in tips], (255, 238, 110), (210, 150, 40))


def _rainbow(pen: _Pen, x, y) -> None:
    bands = ((226, 60, 60), (246, 150, 50), (250, 224, 70), (80, 184, 90), (70, 120, 220), (150, 80, 190))
    for i, colour in enumerate(bands):
        pen.arc(x, y + 12, 16.5 - 1.35 * i, 180, 360, colour, 1.6)


def _balloon(pen: _Pen, x, y) -> None:
    pen.line([(x - 3, y + 3), (x - 1.4, y + 8)], _OUTLINE, 0.6)
    pen.line([(x + 3, y + 3), (x + 1.4, y + 8)], _OUTLINE, 0.6)
    pen.disc(x, y - 1, 6.4, (238, 92, 52), _OUTLINE)
    pen.disc(x, y - 1, 2.6, (252, 232, 190), ry=6)
    pen.box(x - 1.9, y + 7, x + 1.9, y + 10, (140, 92, 50), _OUTLINE)


_SKY_ITEMS = {"sun": _sun, "moon": _moon, "cloud": _cloud, "stars": _stars, "rainbow": _rainbow, "balloon": _balloon}


# What stands on the horizon: (pen, shade, rng).


def _mountains(pen: _Pen, shade, rng) -> None:
    rock, cap = _dim((118, 122, 142), shade), _dim((246, 248, 252), max(shade, 0.8))
    for i in range(4):
        x, top, half = -2 + 22 * i + rng.uniform(-3, 3), rng.uniform(21, 24), rng.uniform(14, 16)
        pen.polygon([(x - half, _HORIZON), (x, top), (x + half, _HORIZON)], _mix(rock, (255, 255, 255), 0.08 * (i % 2)))
        pen.polygon(
            [(x - half * 0.36, top + 5.4), (x, top), (x + half * 0.36, top + 5.4), (x + 1.5, top + 4), (x - 1.5, top + 5.6)], cap
        )


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


# The main object: (pen, x of its middle, y of its foot, height, paint).


def _boat(pen: _Pen, x, y, h, paint) -> None:
    pen.line([(x - 0.04 * h, y - 0.25 * h), (x - 0.04 * h, y - h)], (92, 64, 42), 1.0)
    pen.polygon(
        [(x + 0.02 * h, y - 0.98 * h), (x + 0.45 * h, y - 0.36 * h), (x + 0.02 * h, y - 0.36 * h)], (250, 248, 240), _OUTLINE
    )
    pen.polygon([(x - 0.1 * h, y - 0.86 * h), (x - 0.1 * h, y - 0.36 * h), (x - 0.42 * h, y - 0.36 * h)], paint, _OUTLINE)
    pen.polygon([(x - 0.56 * h, y - 0.3 * h), (x + 0.56 * h, y - 0.3 * h), (x + 0.36 * h, y), (x - 0.36 * h, y)], paint, _OUTLINE)


def _tent(pen: _Pen, x, y, h, paint) -> None:
    h *= 0.9
    pen.polygon([(x, y - h), (x + 0.64 * h, y), (x - 0.64 * h, y)], paint, _OUTLINE)
    pen.polygon([(x, y - 0.7 * h), (x + 0.22 * h, y), (x - 0.22 * h, y)], (52, 44, 54))


def _house(pen: _Pen, x, y, h, paint) -> None:
    pen.box(x + 0.2 * h, y - 0.98 * h, x + 0.34 * h, y - 0.6 * h, (120, 84, 76), _OUTLINE)
    pen.box(x - 0.42 * h, y - 0.56 * h, x + 0.42 * h, y, paint, _OUTLINE)
    pen.polygon(
        [(x - 0.54 * h, y - 0.52 * h), (x, y - 0.98 * h), (x + 0.54 * h, y - 0.52 * h)], _mix(paint, _OUTLINE, 0.4), _OUTLINE
    )
    pen.box(x - 0.3 * h, y - 0.36 * h, x - 0.06 * h, y, (86, 58, 46))
    pen.box(x + 0.08 * h, y - 0.38 * h, x + 0.3 * h, y - 0.18 * h, (255, 240, 170))


def _car(pen: _Pen, x, y, h, paint) -> None:
    h *= 0.86
    body = [(-0.66, -0.16), (-0.66, -0.46), (-0.42, -0.5), (-0.28, -0.8), (0.26, -0.8), (0.44, -0.5), (0.66, -0.44), (0.66, -0.16)]
    pen.polygon([(x + px * h, y + py * h) for px, py in body], paint, _OUTLINE)
    pen.polygon(
        [(x - 0.26 * h, y - 0.52 * h), (x - 0.2 * h, y - 0.72 * h), (x + 0.2 * h, y - 0.72 * h), (x + 0.3 * h, y - 0.52 * h)],
        (206, 232, 246),
    )
    for side in (-0.38, 0.38):
        pen.disc(x + side * h, y - 0.17 * h, 0.18 * h, (40, 40, 46))
        pen.disc(x + side * h, y - 0.17 * h, 0.08 * h, (196, 196, 204))


def _lighthouse(pen: _Pen, x, y, h, paint) -> None:
    def width(v):
        return (0.23 - 0.09 * v) * h

    for i in range(5):
        low, high = i / 5 * 0.72, (i + 1) / 5 * 0.72
        fill = paint if i % 2 == 0 else _mix(paint, (255, 255, 255) if paint != COLOURS["white"] else (130, 134, 150), 0.72)
        pen.polygon(
            [
                (x - width(low / 0.72), y - low * h),
                (x + width(low / 0.72), y - low * h),
                (x + width(high / 0.72), y - high * h),
                (x - width(high / 0.72), y - high * h),
            ],
            fill,
        )
    pen.line([(x - width(0), y), (x - width(1), y - 0.72 * h)], _OUTLINE, 0.7)
    pen.line([(x + width(0), y), (x + width(1), y - 0.72 * h)], _OUTLINE, 0.7)
    pen.box(x - 0.11 * h, y - 0.87 * h, x + 0.11 * h, y - 0.72 * h, (255, 240, 140), _OUTLINE)
    pen.polygon([(x - 0.17 * h, y - 0.86 * h), (x, y - h), (x + 0.17 * h, y - 0.86 * h)], paint, _OUTLINE)


def _castle(pen: _Pen, x, y, h, paint) -> None:
    h *= 0.96
    pen.box(x - 0.36 * h, y - 0.56 * h, x + 0.36 * h, y, paint, _OUTLINE)
    for side in (-0.42, 0.42):
        pen.box(x + (side - 0.14) * h, y - 0.76 * h, x + (side + 0.14) * h, y, paint, _OUTLINE)
        for notch in (-0.14, 0.05):
            pen.box(x + (side + notch) * h, y - 0.9 * h, x + (side + notch + 0.09) * h, y - 0.74 * h, paint, _OUTLINE)
    pen.disc(x, y - 0.24 * h, 0.12 * h, (60, 46, 50))
    pen.box(x - 0.12 * h, y - 0.24 * h, x + 0.12 * h, y, (60, 46, 50))


def _windmill(pen: _Pen, x, y, h, paint) -> None:
    pen.polygon([(x - 0.26 * h, y), (x - 0.13 * h, y - 0.66 * h), (x + 0.13 * h, y - 0.66 * h), (x + 0.26 * h, y)], paint, _OUTLINE)
    pen.disc(x, y - 0.66 * h, 0.14 * h, _mix(paint, _OUTLINE, 0.4), _OUTLINE)
    for i in range(4):
        a = math.pi / 4 + i * math.pi / 2
        c, s, q = math.cos(a), math.sin(a), 0.07 * h
        hub = (x, y - 0.64 * h)
        blade = [(0.1 * h, -q), (0.46 * h, -q), (0.46 * h, q), (0.1 * h, q)]
        pen.polygon([(hub[0] + u * c - v * s, hub[1] + u * s + v * c) for u, v in blade], (252, 250, 244), _OUTLINE)
    pen.disc(x, y - 0.64 * h, 0.07 * h, _OUTLINE)


def _tree(pen: _Pen, x, y, h, paint) -> None:
    pen.box(x - 0.08 * h, y - 0.42 * h, x + 0.08 * h, y, (112, 76, 48), _OUTLINE)
    crown = ((-0.24, -0.5, 0.2), (0.24, -0.5, 0.2), (0, -0.72, 0.27), (0, -0.48, 0.2))
    for dx, dy, r in crown:
        pen.disc(x + dx * h, y + dy * h, r * h + 0.7, _OUTLINE)
    for dx, dy, r in crown:
        pen.disc(x + dx * h, y + dy * h, r * h, paint)


_OBJECTS = {
    "boat": _boat, "tent": _tent, "house": _house, "car": _car,
    "lighthouse": _lighthouse, "castle": _castle, "windmill": _windmill, "tree": _tree,
}  # fmt: skip


# What stands beside the object: (pen, x, y of its foot), about 12 units high.


def _dog(pen: _Pen, x, y) -> None:
    fur = (150, 94, 48)
    for dx in (-3.4, -1.8, 1.6, 3.2):
        pen.box(x + dx - 0.6, y - 3.6, x + dx + 0.7, y, fur)
    pen.disc(x - 0.2, y - 4.6, 4.6, fur, _OUTLINE, ry=2.5)
    pen.line([(x - 4.2, y - 5.4), (x - 6, y - 8.4)], fur, 1.3)
    pen.disc(x + 4, y - 7.8, 2.5, fur, _OUTLINE)
    pen.disc(x + 2.9, y - 8.2, 1.0, (84, 50, 28), ry=1.9)


def _flag(pen: _Pen, x, y) -> None:
    pen.line([(x - 3, y), (x - 3, y - 14)], (90, 70, 56), 1.2)
    pen.box(x - 2.6, y - 14, x + 5, y - 10.7, (240, 70, 130))
    pen.box(x - 2.6, y - 10.7, x + 5, y - 7.6, (255, 246, 250))


def _ball(pen: _Pen, x, y) -> None:
    pen.disc(x, y - 4.6, 4.9, (255, 250, 240), _OUTLINE)
    corners = [(x - 4.1, y - 8.7), (x + 4.1, y - 0.5)]
    for start, colour in ((0, (238, 90, 60)), (120, (66, 140, 226)), (240, (250, 200, 60))):
        pen._draw.pieslice([(px * _SCALE, py * _SCALE) for px, py in corners], start, start + 62, colour)


def _lamp(pen: _Pen, x, y) -> None:
    pen.line([(x, y), (x, y - 9)], (48, 48, 56), 1.5)
    pen.box(x - 2.2, y - 0.9, x + 2.2, y, (48, 48, 56))
    pen.disc(x, y - 11, 3.6, (255, 222, 90), (48, 48, 56))
    pen.disc(x, y - 11, 1.7, (255, 250, 214))


def _snowman(pen: _Pen, x, y) -> None:
    pen.disc(x, y - 3.7, 3.9, (250, 252, 255), (92, 104, 130))
    pen.disc(x, y - 9.3, 2.8, (250, 252, 255), (92, 104, 130))
    pen.box(x - 2, y - 14.2, x + 2, y - 11.6, (38, 38, 48))
    pen.line([(x - 3, y - 11.6), (x + 3, y - 11.6)], (38, 38, 48), 0.9)
    pen.polygon([(x, y - 9.8), (x + 3, y - 9), (x, y - 8.5)], (240, 130, 40))


_COMPANIONS = {"dog": _dog, "flag": _flag, "ball": _ball, "lamp": _lamp, "snowman": _snowman}


# What runs along the lower edge: (pen, rng).


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
            a = math.tau * k / 5
            pen.disc(x + 1.7 * math.cos(a), y + 1.7 * math.sin(a), 1.45, (250, 130, 190))
        pen.disc(x, y, 1.2, (255, 214, 70))


_FOREGROUNDS = {"fence": _fence, "stones": _stones, "hedge": _hedge, "flowers": _flowers}
