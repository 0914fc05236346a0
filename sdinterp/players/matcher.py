"""The word matcher: two columns of tokens, and where each coupling sends them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from sdinterp.plans import Coupling
from sdinterp.players.figure import MOST_BYTES, Player, decimals_of, drawn_as, one_line, player, svg_still
from sdinterp.words import equal_words


def word_matcher(
    labels_a: Sequence[str], labels_b: Sequence[str], couplings: Mapping[str, Coupling], *, title: str = "",
    further: Sequence[tuple[Sequence[str], Mapping[str, Coupling]]] = (), buttons: tuple[str, str] = ("on", "back"),
) -> Player:  # fmt: skip
    """Two columns of tokens: hover, tap or focus one to see where its row goes under each coupling, and how far.

    Runs of three or more equal tokens, such as padding, are drawn as one with their number. With `further` targets a button goes on
    from one to the next; all lines are drawn then, and beside each coupling stands what it costs and how many equal words it joins.

    Args:
        labels_a, labels_b: what each row of the source and of the target is called, as `DiffusionModel.tokens` gives it.
        couplings: one to five permutations by name, all between the clouds that the labels name. The first is drawn at first.
        title: stands above the picture.
        further: other targets of the same source: their labels, and the couplings to them, under the same names.
        buttons: what stands on the buttons that go on and back.

    Raises:
        ValueError: no coupling or more than five, plans that split mass, labels that do not fit the clouds, further couplings of
            other names, or a player above `MOST_BYTES` / 5.

    Chapter: Who is matched with whom?
    """
    for _, others in further:
        if list(others) != list(couplings):
            raise ValueError(f"further couplings are called {list(others)}; they must be {list(couplings)}, as the first are")
    stages = [_stage(labels_a, *one) for one in [(labels_b, couplings), *further]]
    last = stages[-1]
    same = ", ".join(f"{one['name']} {one['same']} of {len(labels_a)}" for one in last["couplings"])
    alt = (
        f"{title or 'Matched tokens'}. The tokens of A on the left, those of B on the right, joined by the couplings. "
        f"Rows that go to a row with the same token: {same}."
    )
    drawn = [one for stage in stages for one in stage["couplings"]]
    decimals = {
        "cost": decimals_of([one["cost"] for one in drawn]),
        "far": decimals_of([far for one in drawn for far in one["far"]]),
    }
    data = {"stages": stages, "buttons": buttons, "decimals": decimals}
    return player(
        "matcher", data, _still(**last), alt=alt, title=title, parts=["looks", "columns"],
        most=MOST_BYTES // 5, lighter="give fewer or shorter labels",
    )  # fmt: skip


def _stage(labels_a: Sequence[str], labels_b: Sequence[str], couplings: Mapping[str, Coupling]) -> dict[str, Any]:
    """Both columns, and each coupling with its lines, its cost, how many words go to an equal word and rows to an equal label."""
    equal, drawn = equal_words(labels_a, labels_b), []
    for (name, coupling), look in zip(couplings.items(), drawn_as(couplings, least=1), strict=True):
        if coupling.permutation is None:
            raise ValueError(f"coupling {name!r} splits mass; a word matcher draws permutations, such as optimal_coupling gives")
        sizes = len(coupling.source), len(coupling.target)
        if sizes != (len(labels_a), len(labels_b)):
            raise ValueError(f"coupling {name!r} joins {sizes} rows; there are {len(labels_a)} and {len(labels_b)} labels")
        x, y = (cloud.points.detach().to("cpu", torch.float64) for cloud in (coupling.source, coupling.target))
        to = coupling.permutation.cpu()
        far = [float(f"{one:.4g}") for one in (x - y[to]).norm(dim=1).tolist()]
        met = int(equal[torch.arange(len(to)), to].sum()), int(equal.any(1).sum())
        same = sum(labels_a[i] == labels_b[j] for i, j in enumerate(to.tolist()))
        drawn.append({**look, "to": to.tolist(), "far": far, "cost": coupling.cost(2), "met": met, "same": same})
    return {"sides": [_runs(labels_a), _runs(labels_b)], "couplings": drawn}


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
    called = [[one_line(label)[:14] + (f" × {count}" if count > 1 else "") for label, _, count in side] for side in sides]
    return svg_still("matcher", 16 * max(map(len, sides)) + 30, lines=lines, sides=called)
