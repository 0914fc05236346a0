"""Figures with words in them: labels beside dots, and two prompts' tokens in two columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sdinterp.clouds import ArrayLike
from sdinterp.extras import needs_extras
from sdinterp.looks import SOURCE, TARGET, Look
from sdinterp.plans import Coupling
from sdinterp.plots import note
from sdinterp.screens import PHONE
from sdinterp.words import PAD

with needs_extras():
    from matplotlib.axes import Axes


def draw_labels(ax: Axes, points: ArrayLike, labels: Mapping[int, str]) -> Axes:
    """Write labels, by number of dot, beside some of many dots (n, 2), each at the one of six places where it covers least.

    On a phone the dots move together, and the labels keep their places: so it is there that they are to cover least.
    """
    ax.figure.canvas.draw()  # only now is it known where on the page the dots lie
    places = ax.transData.transform(np.asarray(points)) * 72 / ax.figure.dpi
    places[:, 0] *= min(1, 0.8 * PHONE * ax.figure.dpi / ax.bbox.width)
    taken = [(x - 4, x + 4, y - 4) for x, y in places]
    for number, label in labels.items():
        (x, y), wide = places[number], 6 * len(label)
        spots = ((6, -3), (-6 - wide, -3), (5, 6), (5, -13), (-5 - wide, 6), (-5 - wide, -13))
        covered = [
            sum(x + dx < right and left < x + dx + wide and abs(y + dy - low) < 11 for left, right, low in taken)
            for dx, dy in spots
        ]
        dx, dy = spots[int(np.argmin(covered))]
        taken.append((x + dx, x + dx + wide, y + dy))
        ax.annotate(label, np.asarray(points)[number], xytext=(dx, dy), textcoords="offset points", fontsize=10)
    return ax


def draw_match(ax: Axes, coupling: Coupling, labels_a: Sequence[str], labels_b: Sequence[str], look: Look) -> Axes:
    """Draw two prompts' tokens in two columns, the padding as one, and a line for every pair, thick where both are the same word.

    Args:
        coupling: a permutation of the prompts' rows.
        labels_a, labels_b: the rows' tokens.
        look: of the lines.
    """
    rows, partners, _ = coupling.pairs()
    for i, j in zip(rows.tolist(), partners.tolist(), strict=True):
        heights = [-min(row, labels.index(PAD)) for row, labels in ((i, labels_a), (j, labels_b))]
        same = labels_a[i] == labels_b[j] != PAD
        ax.plot([0, 1], heights, look.line, color=look.colour, linewidth=2.2 if same else 1, alpha=1 if same else 0.6)
    for x, labels, colour, marker, side in ((0, labels_a, SOURCE, "o", "right"), (1, labels_b, TARGET, "s", "left")):
        first = labels.index(PAD)
        for row, label in enumerate([*labels[:first], f"{PAD} x{len(labels) - first}"]):
            ax.plot(x, -row, marker, color=colour, markersize=4, zorder=3)
            ax.text(x + (0.06 if x else -0.06), -row, label, ha=side, va="center", fontsize=10)
    ax.set_xlim(-0.95, 2)
    ax.axis("off")
    met = [f"{labels_a[i]} to {labels_b[j]}" for i, j in zip(rows.tolist(), partners.tolist(), strict=True) if labels_a[i] != PAD]
    return note(ax, ", ".join(met))
