"""How things look wherever they are shown: figures, players and pages read their colours, lines and markers here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SOURCE, TARGET, GREY = "#0072B2", "#D55E00", "#767676"

VIRIDIS = (
    "#440154", "#48186a", "#472d7b", "#424086", "#3b528b", "#33638d", "#2c728e", "#26828e", "#21918c",
    "#1fa088", "#28ae80", "#3fbc73", "#5ec962", "#84d44b", "#addc30", "#d8e219", "#fde725",
)  # fmt: skip
"""Time along a path: viridis at equal steps from t=0 to t=1."""


@dataclass(frozen=True)
class Look:
    """What tells one coupling from another, even without its colour.

    Attributes:
        colour: #rrggbb.
        line: matplotlib's name for how its line is broken.
        dashes: the same for SVG.
        marker: matplotlib's name for the shape of its points.
    """

    colour: str
    line: str
    dashes: str
    marker: str


LOOKS: dict[str, Look] = {
    "optimal": Look("#009E73", "-", "", "o"),
    "standard": Look("#CC79A7", "--", "7 4", "s"),
    "random": Look("#56B4E9", "-.", "9 3 2 3", "^"),
    "random_words": Look("#E69F00", ":", "2 3", "D"),
    "entropic": Look("#8468C8", "--", "14 3", "v"),
}
"""How each coupling looks, in the order in which they are shown."""

OTHER = Look(GREY, ":", "2 3", "x")


def look(name: str) -> Look:
    """How a coupling looks; one that has no look of its own is dotted and grey."""
    return LOOKS.get(name, OTHER)


def looks_apart(names: Iterable[str]) -> list[Look]:
    """A look for each of at most five names, no two alike: those without one of their own take dotted grey and then what is left.

    >>> [one.colour for one in looks_apart(["optimal", "mine", "yours"])]
    ['#009E73', '#767676', '#8468C8']
    """
    names = list(names)
    free = [OTHER, *(one for name, one in reversed(LOOKS.items()) if name not in names)]
    return [LOOKS[name] if name in LOOKS else free.pop(0) for name in names]


def tokens() -> dict[str, str]:
    """The colours as properties of CSS, which players carry and the site's style repeats.

    >>> tokens()["--sdi-random-words"]
    '#e69f00'
    """
    colours = {"source": SOURCE, "target": TARGET, "grey": GREY} | {name: one.colour for name, one in LOOKS.items()}
    return {f"--sdi-{name.replace('_', '-')}": colour.lower() for name, colour in colours.items()}


def time_colour(t: float) -> str:
    """The colour of time t in [0, 1] along a path, as #rrggbb.

    >>> time_colour(0), time_colour(0.5), time_colour(1)
    ('#440154', '#21918c', '#fde725')
    """
    place = float(t) * (len(VIRIDIS) - 1)
    step = min(int(place), len(VIRIDIS) - 2)
    before, after = ([int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in VIRIDIS[step : step + 2])
    return "#" + "".join(f"{round(low + (place - step) * (high - low)):02x}" for low, high in zip(before, after, strict=True))
