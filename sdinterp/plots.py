"""Figures of clouds, couplings and paths: the door to matplotlib.

Every `draw_` function draws on the Axes it is given and returns it. Those that draw no named lines note in words what they drew.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from sdinterp.clouds import ArrayLike, PointCloud, as_cloud
from sdinterp.extras import needs_extras
from sdinterp.looks import GREY, LOOKS, SOURCE, TARGET, look, time_colour
from sdinterp.paths import DisplacementPath
from sdinterp.plans import Coupling

with needs_extras():
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image

_AREA = 480  # of a dot of weight 1, in square points: equal areas are equal masses in every figure
_MIN_AREA = 4
_SHAPES = {"o": "dots", "s": "squares", "D": "diamonds"}


def use_style() -> None:
    """Set matplotlib up for light and dark pages: transparent, mid-grey, colour-blind safe, sharp on any screen."""
    text = ("text.color", "axes.labelcolor", "axes.titlecolor", "axes.edgecolor", "xtick.color", "ytick.color")
    plt.rcParams.update(
        {
            **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), "none"),
            **dict.fromkeys((*text, "hatch.color", "patch.edgecolor"), GREY),
            **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False),
            **dict.fromkeys(("axes.titlesize", "font.size"), 11),
            "axes.prop_cycle": plt.cycler(color=[SOURCE, TARGET, *(one.colour for one in LOOKS.values())]),
            "figure.constrained_layout.use": True, "figure.constrained_layout.h_pad": 0.1, "savefig.dpi": 192,
            "svg.hashsalt": "sdinterp", "image.cmap": "viridis",
        }
    )  # fmt: skip


def note(ax: Axes, what: str) -> Axes:
    """Add to an axes' label, which is not drawn, what it shows: `shown.in_words` reads it where a figure has no description."""
    ax.set_label(f"{ax.get_label()}; {what}" if ax.get_label() else what)
    return ax


def draw_cloud(
    ax: Axes, cloud: PointCloud | ArrayLike, *, colour: str = SOURCE, marker: str = "o", label: str | None = None,
    names: Sequence[str] | None = None, sides: ArrayLike | None = None,
) -> Axes:  # fmt: skip
    """Draw a planar cloud as dots whose areas are their masses, on axes whose two units are equally long.

    Args:
        cloud: (n, 2) points, or a cloud of them.
        colour, marker, label: as in matplotlib.
        names: a short text beside each dot, such as its row number.
        sides: (n, 2) of 1, 0 and -1, at which corner or side of its dot each name stands; right above it without.

    Raises:
        ValueError: points that do not lie in the plane.
    """
    points, weights = _plane(cloud)
    areas = np.maximum(_AREA * weights, _MIN_AREA)
    ax.scatter(*points.T, s=areas, c=colour, marker=marker, label=label, edgecolors=GREY, linewidths=0.6, zorder=3)
    across, along = {-1: "right", 0: "center", 1: "left"}, {-1: "top", 0: "center", 1: "baseline"}
    sides = np.ones_like(points) if sides is None else np.asarray(sides)
    for point, area, name, side in zip(points, areas, names or [""] * len(points), sides, strict=True):
        beside = side * (1 + area**0.5 / 2, 1 + area**0.5 / 2.5)
        ax.annotate(name, point, xytext=beside, textcoords="offset points", color=colour, zorder=4, fontsize=10,
                    ha=across[side[0]], va=along[side[1]])  # fmt: skip
    ax.set_aspect("equal")
    ax.margins(0.15 if names else 0.1)
    return note(ax, f"{len(points)} {_SHAPES.get(marker, 'marks')}{f', {label}' if label else ''}")


def draw_clouds(
    ax: Axes, a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, halfway: PointCloud | ArrayLike | None = None, *,
    names: bool = False, plan: ArrayLike | None = None,
) -> Axes:  # fmt: skip
    """Draw A as blue dots, B as orange squares, and a cloud halfway between them, if there is one, as diamonds.

    Args:
        a, b, halfway: planar clouds.
        names: number the rows of A and B, clear of all dots.
        plan: (n, m), of a coupling whose lines the numbers keep clear of, too.
    """
    x, y = _plane(a)[0], _plane(b)[0]
    i, j = np.nonzero(np.zeros((len(x), len(y))) if plan is None else np.asarray(plan))
    lines = x[i] + np.linspace(0, 1, 33)[:, None, None] * (y[j] - x[i])
    crowd = [x, y, lines.reshape(-1, 2)] + ([] if halfway is None else [_plane(halfway)[0]])
    sides = np.split(_free_sides(np.vstack([x, y]), np.vstack(crowd)), [len(x)]) if names else (None, None)
    draw_cloud(ax, a, label="A", names=_rows("a", len(x)) if names else None, sides=sides[0])
    draw_cloud(ax, b, colour=TARGET, marker="s", label="B", names=_rows("b", len(y)) if names else None, sides=sides[1])
    return ax if halfway is None else draw_cloud(ax, halfway, colour=time_colour(0.5), marker="D", label="halfway")


def _free_sides(points: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    """The corner or side of each point at which a short name is farthest from a crowd and from the names before it."""
    sides = np.array([[1, 1], [-1, 1], [1, -1], [-1, -1], [1, 0], [-1, 0], [0, 1], [0, -1]])
    size, chosen = np.ptp(crowd, axis=0).max(), []
    half = size * np.array([0.035, 0.025])  # of a name
    for point in points:
        places = point + size * np.array([0.06, 0.05]) * sides
        gaps = np.linalg.norm(np.maximum(np.abs(places[:, None] - crowd) - half, 0), axis=2).min(axis=1)
        chosen.append(gaps.argmax())
        crowd = np.vstack([crowd, places[chosen[-1]] + half * sides])
    return sides[chosen]


def draw_coupling(
    ax: Axes, coupling: Coupling, *, colour: str = GREY, line: str = "-", names: bool = False, width: float | None = None,
) -> Axes:  # fmt: skip
    """Draw both clouds and a line for every pair that exchanges mass, the wider the more mass.

    Args:
        coupling: between planar clouds.
        colour, line: of the lines, as in matplotlib.
        names: number the rows of both clouds.
        width: of a line of mass 1, in points, where couplings are to be compared; without it the widest line has 2 points.
    """
    x, y = _plane(coupling.source)[0], _plane(coupling.target)[0]
    i, j, mass = (column.numpy() for column in coupling.pairs())
    widths = width * mass if width else 0.5 + 1.5 * mass / mass.max()
    for start, end, wide in zip(x[i], y[j], widths, strict=True):
        ax.plot(*np.stack([start, end]).T, color=colour, linestyle=line, linewidth=wide, zorder=1)
    draw_clouds(ax, coupling.source, coupling.target, names=names, plan=coupling.plan)
    pairs = ", ".join(f"a{start} to b{end}" for start, end in zip(i, j, strict=True))
    return note(ax, f"{len(mass)} lines{f': {pairs}' if names else ''}")


def draw_path(ax: Axes, path: DisplacementPath, *, names: bool = False) -> Axes:
    """Draw a path between planar clouds: its ends, every dot's way coloured by time, and the halfway cloud as diamonds.

    `names` numbers the rows of both ends.
    """
    for t in np.linspace(0, 1, 33):
        ax.scatter(*_plane(path(float(t)))[0].T, s=7, c=time_colour(float(t)), edgecolors=GREY, linewidths=0.3, zorder=2)
    ends = path.coupling.source, path.coupling.target
    draw_clouds(ax, *ends, path(0.5), names=names, plan=path.coupling.plan)
    return note(ax, "a straight way from a dot to a square for every pair")


def draw_map(ax: Axes, places: ArrayLike, paths: Mapping[str, Sequence[int]], *, bar: float) -> Axes:
    """Draw paths on a map on which each cloud is a point: the clouds halfway as diamonds, the ends A and B, and a scale.

    Args:
        places: (k, 2), where each cloud stands.
        paths: by the name of a coupling, the numbers of the clouds from A to B.
        bar: the distance that the scale shows.
    """
    places = np.asarray(places)
    for name, rows in paths.items():
        drawn = look(name)
        ax.plot(*places[rows].T, drawn.line, color=drawn.colour, label=name, linewidth=1.5, marker="o", markersize=4, zorder=1)
        ax.scatter(*places[rows[len(rows) // 2]], s=60, color=drawn.colour, marker="D", edgecolors=GREY, zorder=3)
        note(ax, f"{name}: {len(rows)} points from A to B, at most {np.ptp(places[rows, 1]):.2f} apart in height")
    start, *_, end = next(iter(paths.values()))
    for row, colour, marker, name, beside in ((start, SOURCE, "o", "A", -18), (end, TARGET, "s", "B", 10)):
        ax.scatter(*places[row], s=90, color=colour, marker=marker, zorder=4)
        ax.annotate(name, places[row], xytext=(beside, -4), textcoords="offset points", color=colour, fontsize=12)
    left, low = places.min(axis=0)
    ax.plot([left, left + bar], [low, low], color=GREY, linewidth=2)
    ax.text(left + bar / 2, low + bar / 25, f"{bar:g}", ha="center")
    ax.set_aspect("equal")
    ax.axis("off")
    return ax


def draw_table(
    ax: Axes, table: ArrayLike, *, colour: str = GREY, form: str = "g", rows: Sequence[str] = (), columns: Sequence[str] = ()
) -> Axes:
    """Draw a table of numbers as a grid of cells, the larger a number the stronger its cell's colour.

    Args:
        table: (n, m) numbers, such as a transport plan or a cloud's points.
        colour: of the cells.
        form: how a number is written, as in `format`.
        rows, columns: names beside and above the cells.
    """
    values = np.asarray(table, dtype=float)
    top = np.abs(values).max() or 1
    for (row, column), value in np.ndenumerate(values):
        ax.add_patch(plt.Rectangle((column, row), 1, 1, facecolor=colour, alpha=0.2 * abs(value) / top, linewidth=0))
        ax.add_patch(plt.Rectangle((column, row), 1, 1, fill=False, linewidth=0.6))
        ax.text(column + 0.5, row + 0.5, format(value, form), ha="center", va="center")
    ax.set_xlim(0, values.shape[1])
    ax.set_ylim(values.shape[0], 0)
    ax.set_aspect("equal")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
    return note(ax, "a table with the rows " + ", ".join(" ".join(format(value, form) for value in row) for row in values))


def draw_costs(ax: Axes, costs: ArrayLike, marks: Mapping[str, float], *, p: float) -> Axes:
    """Draw many couplings' costs as a histogram with some of them marked by name.

    Args:
        costs: one cost per coupling.
        marks: name to cost, for example of the standard and the optimal coupling.
        p: the exponent the costs were computed with; it is written on the axis.
    """
    ax.hist(np.asarray(costs), bins=40, color=GREY, alpha=0.6, edgecolor="none")
    for name, cost in marks.items():
        label = f"{name.replace('_', ' ')}, {cost:.2f}"
        ax.axvline(cost, color=look(name).colour, linestyle=look(name).line, linewidth=2.5, label=label)
    ax.set_xlabel(f"cost (p={p:g})")
    ax.set_ylabel("couplings")
    marked = ", ".join(f"{name} at {cost:.2f}" for name, cost in marks.items())
    return note(ax, f"a histogram of {len(costs)} costs from {min(costs):.2f} to {max(costs):.2f}, with {marked}")


def panels(titles: Iterable[str], *, width: float = 7.2, height: float = 3.6, **options: Any) -> tuple[Figure, list[Axes]]:
    """A figure in the book's style with one panel for each title, side by side; options are those of `plt.subplots`."""
    use_style()
    titles = list(titles)
    fig, axes = plt.subplots(1, len(titles), figsize=(width, height), squeeze=False, **options)
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title)
    return fig, list(axes[0])


def draw_trials(ax: Axes, groups: Mapping[Any, ArrayLike]) -> Axes:
    """Draw the numbers of each name in a column, a coupling's in its colour, spread sideways so that they can be told apart."""
    aside = np.random.default_rng(0)
    for place, (name, numbers) in enumerate(groups.items()):
        x, colour = place + aside.uniform(-0.25, 0.25, len(numbers)), LOOKS[name].colour if name in LOOKS else SOURCE
        ax.scatter(x, np.asarray(numbers), s=min(max(7, 120 / len(numbers)), 30), color=colour, alpha=0.7, linewidths=0)
        low, middle, high = np.quantile(numbers, (0, 0.5, 1))
        note(ax, f"{name}: {len(numbers)} dots from {low:.3g} to {high:.3g}, half of them above {middle:.3g}")
    ax.set_xticks(range(len(groups)), [str(name).replace("_", "\n") for name in groups])
    return ax


def picture(draw: Callable[..., object], *given: Any) -> Image.Image:
    """A frame of a player: a square image, on no ground, of what `draw(ax, *given)` draws on Axes that are not shown themselves."""
    use_style()
    fig = plt.figure(figsize=(2, 2), layout="none")
    ax = fig.add_axes((0.03, 0.03, 0.94, 0.94))
    draw(ax, *given)
    ax.axis("off")
    fig.savefig(file := io.BytesIO(), dpi=128, facecolor="none")
    plt.close(fig)
    return Image.open(file)


def _plane(cloud: PointCloud | ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    cloud = as_cloud(cloud)
    if cloud.points.shape[1] != 2:
        raise ValueError(f"the points have dimension {cloud.points.shape[1]}; only clouds in the plane (2) can be drawn")
    return cloud.points.detach().cpu().double().numpy(), cloud.weights.numpy()


def _rows(letter: str, n: int) -> list[str]:
    return [f"{letter}{row}" for row in range(n)]


def draw_lines(ax: Axes, lines: Mapping[str, ArrayLike], x: ArrayLike | None = None, *, marker: str = "") -> Axes:
    """Draw a line for each name: a coupling's in its look, up to four others in colours and strokes that differ.

    Args:
        lines: name to heights, or to one height at all places.
        x: places of the heights; 0, 1, 2, … without it.
        marker: of the single heights, as in matplotlib.
    """
    others = iter(((SOURCE, "-"), (TARGET, "--"), (GREY, "-."), (GREY, ":")))
    for name, heights in lines.items():
        colour, line = (LOOKS[name].colour, LOOKS[name].line) if name in LOOKS else next(others)
        places = np.arange(len(np.atleast_1d(heights))) if x is None else np.asarray(x)
        drawn = ax.plot(places, np.broadcast_to(heights, places.shape), line, color=colour, label=name.replace("_", " "))
        plt.setp(drawn, marker=marker if np.ndim(heights) else "", markersize=5, linewidth=2)
    return ax
