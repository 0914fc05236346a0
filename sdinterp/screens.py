"""Figures as files: as they are, and once more for a phone where they are too wide for it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sdinterp.extras import needs_extras
from sdinterp.pictures import data_uri, webp_uri

with needs_extras():
    from PIL import Image

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

PHONE = 4.2
"""Inches of a figure that fits a phone."""


@dataclass(frozen=True)
class Drawn:
    """A figure without its margins.

    Attributes:
        file: the bytes of a file.
        source: the address of a picture that holds it.
        width, height: in pixels of a page.
        stacked: whether panels that stood side by side stand below one another.
    """

    file: bytes
    source: str
    width: int
    height: int
    stacked: bool = False


def for_each_screen(fig: Figure, kind: Literal["svg", "png"]) -> tuple[Drawn, Drawn | None]:
    """A figure as a file and, where it is too wide for a phone, once more with its panels below one another, as it then stays."""
    _fold_legends(fig, fig.get_figwidth())
    engine, wide = fig.get_layout_engine(), _drawn(fig, kind)
    if fig.get_figwidth() <= PHONE:
        return wide, None
    fig.set_layout_engine(engine)
    _fold_legends(fig, PHONE)
    stacked = _stack(fig)
    return wide, replace(_drawn(fig, kind), stacked=stacked)


def _drawn(fig: Figure, kind: Literal["svg", "png"]) -> Drawn:
    for _ in range(2):  # lays the figure out for good (axes and ticks depend on each other), so that its margins can be cut
        fig.draw_without_rendering()
    fig.set_layout_engine("none")
    box = fig.get_tightbbox().padded(0.05)
    fig.savefig(file := io.BytesIO(), format=kind, bbox_inches=box, metadata={"Date": None} if kind == "svg" else None)
    # a page carries photographs as WebP, a tenth of their PNG
    source = data_uri(file.getvalue(), "image/svg+xml") if kind == "svg" else webp_uri(Image.open(file), quality=85)
    return Drawn(file.getvalue(), source, round(96 * box.width), round(96 * box.height))


def _fold_legends(fig: Figure, wide: float) -> None:
    """Gives a legend below all panels that is wider than so many inches as many columns as fit, as evenly filled as can be."""
    for legend in fig.legends[:]:
        handles, names = _entries(legend, fig.axes)
        columns = len(names)
        while columns > 1 and legend.get_window_extent().width > wide * fig.dpi:
            columns = -(-len(names) // -(-len(names) // (columns - 1)))
            legend.remove()
            legend = fig.legend(handles, names, loc="outside lower center", ncols=columns)


def _entries(legend: Legend, panels: Iterable[Axes]) -> tuple[list[Any], list[str]]:
    """What a legend shows and how it calls it: as it was drawn in a panel, and where it was not, as it is in the legend."""
    drawn = {name: handle for ax in panels for handle, name in zip(*ax.get_legend_handles_labels(), strict=True)}
    names = [text.get_text() for text in legend.get_texts()]
    return [drawn.get(name, shown) for name, shown in zip(names, legend.legend_handles, strict=True)], names


def _stack(fig: Figure) -> bool:
    """Makes a figure as wide as a phone; whether its panels came to stand below one another, up to three, or more two by two."""
    for ax in fig.axes:
        if (legend := ax.get_legend()) and legend.get_window_extent().width > 0.8 * fig.dpi * PHONE:
            title = legend.get_title().get_text()
            ax.legend(*_entries(legend, [ax]), title=title, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    panels = {ax: place for ax in fig.axes if (place := ax.get_subplotspec())}
    rows, columns = next(iter(panels.values())).get_gridspec().get_geometry() if panels else (1, 1)
    wide, high = fig.get_size_inches()
    if columns == 1:
        fig.set_size_inches(PHONE, high)
        return False
    beside = 1 if columns < 4 else 2
    lines = -(-len(panels) // beside)
    grid = fig.add_gridspec(lines, beside)
    for k, ax in enumerate(panels):
        ax.set_subplotspec(grid[k])
        ax.tick_params(labelleft=True)
    fig.set_size_inches(PHONE, lines * min(high / rows, PHONE / beside * high * columns / (rows * wide)))
    return True
