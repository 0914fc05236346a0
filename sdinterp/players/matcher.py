"""The word matcher: two columns of tokens, and where each coupling sends them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from sdinterp.looks import LOOKS
from sdinterp.plans import Coupling
from sdinterp.players.figure import MOST_BYTES, Player, checked_size, drawn_as, player, svg_still


def word_matcher(
    labels_a: Sequence[str], labels_b: Sequence[str], couplings: Mapping[str, Coupling], *, title: str = ""
) -> Player:  # fmt: skip
    """Two columns of tokens: hover, tap or focus one to see where its row goes under each coupling, and how far.

    Runs of three or more equal tokens, such as padding, are drawn as one with their number.

    Args:
        labels_a, labels_b: what each row of the source and of the target is called, as `DiffusionModel.tokens` gives it.
        couplings: one to five permutations by name, all between the clouds that the labels name. The first is drawn at first.
        title: stands above the picture.

    Raises:
        ValueError: no coupling or more than five, plans that split mass, labels that do not fit the clouds, or a player
            above `MOST_BYTES` / 5.

    Chapter: Who is matched with whom?
    """
    if not 1 <= len(couplings) <= len(LOOKS):
        raise ValueError(f"{len(couplings)} couplings given; a word matcher shows one to {len(LOOKS)}")
    sides, drawn = [_runs(labels_a), _runs(labels_b)], []
    for (name, coupling), look in zip(couplings.items(), drawn_as(couplings), strict=True):
        if coupling.permutation is None:
            raise ValueError(f"coupling {name!r} splits mass; a word matcher draws permutations, such as optimal_coupling gives")
        sizes = len(coupling.source), len(coupling.target)
        if sizes != (len(labels_a), len(labels_b)):
            raise ValueError(f"coupling {name!r} joins {sizes} rows; there are {len(labels_a)} and {len(labels_b)} labels")
        x, y = (cloud.points.detach().to("cpu", torch.float64) for cloud in (coupling.source, coupling.target))
        far = (x - y[coupling.permutation.cpu()]).norm(dim=1)
        lines = {"to": coupling.permutation.tolist(), "far": [float(f"{one:.4g}") for one in far.tolist()]}
        drawn.append({**look, **lines})
    same = [sum(labels_a[i] == labels_b[j] for i, j in enumerate(one["to"])) for one in drawn]
    kept = ", ".join(f"{one['name']} {count} of {len(labels_a)}" for one, count in zip(drawn, same, strict=True))
    alt = (
        f"{title or 'Matched tokens'}. The tokens of A on the left, those of B on the right, joined by the couplings. "
        f"Rows that go to a row with the same token: {kept}."
    )
    data, still = {"sides": sides, "couplings": drawn}, _still(sides, drawn)
    made = player("matcher", data, still, alt=alt, title=title, parts=["looks", "columns"])
    return checked_size(made, MOST_BYTES // 5, "word matcher", "give fewer or shorter labels")


def _runs(labels: Sequence[str]) -> list[tuple[str, int, int]]:
    """Neighbouring rows with one label as (label, first row, number of rows); runs of two stay apart."""
    runs = []
    for label, rows in itertools.groupby(range(len(labels)), key=lambda row: labels[row]):
        first, *others = rows
        parts = [(first, 1 + len(others))] if len(others) > 1 else [(row, 1) for row in (first, *others)]
        runs += [(str(label), row, count) for row, count in parts]
    return runs


def _still(sides: Sequence[Sequence[tuple[str, int, int]]], couplings: Sequence[Mapping[str, Any]]) -> str:
    """Two columns of tokens, runs of equal ones as one, and for each coupling a line between all tokens that it joins."""
    place = [[16 * k + 20 for k, (_, _, count) in enumerate(side) for _ in range(count)] for side in sides]
    lines = []
    for k, one in enumerate(couplings):
        shift = 2 * k - (len(couplings) - 1)
        ends = sorted({(place[0][i], place[1][j]) for i, j in enumerate(one["to"])})
        lines += [(start + shift, end + shift, one) for start, end in ends]
    called = [[_printable(label[:14]) + (f" × {count}" if count > 1 else "") for label, _, count in side] for side in sides]
    return svg_still("matcher", 16 * max(map(len, sides)) + 30, lines=lines, sides=called)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
