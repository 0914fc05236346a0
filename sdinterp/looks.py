"""How things look wherever they are shown: colours of clouds and of time, colour and line of each coupling."""

from __future__ import annotations

from matplotlib import colormaps

SOURCE, TARGET, GREY = "#0072B2", "#D55E00", "#808080"
COUPLING_STYLE: dict[str, tuple[str, str]] = {
    "optimal": ("#009E73", "-"),
    "standard": ("#CC79A7", "--"),
    "random": ("#56B4E9", "-."),
}
"""Colour and line of each coupling, wherever couplings are compared; any other name is dotted grey."""


def time_colour(t: float) -> str:
    """The colour of time t in [0, 1] along a path, viridis, as #rrggbb.

    >>> time_colour(0), time_colour(1)
    ('#440154', '#fde725')
    """
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in colormaps["viridis"](float(t))[:3])
