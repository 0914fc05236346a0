"""The morph: a cloud on its way along several couplings at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from sdinterp.looks import VIRIDIS, time_colour
from sdinterp.paths import displacement_path
from sdinterp.plans import Coupling
from sdinterp.players.figure import Player, drawn_as, player, svg_still

HALFWAY = 0.5
"""Where the slider stands at first."""


def cloud_morph(couplings: Mapping[str, Coupling]) -> Player:
    """A cloud in the plane on its way from A to B, along several couplings side by side under one slider.

    A ring around each cloud's mean shows its spread, the root mean square distance of its dots from their mean.

    Args:
        couplings: one to five permutations by name, all between the same two uniform clouds in the plane.

    Raises:
        ValueError: no coupling or more than five, or couplings that split mass, of different clouds or not in the plane.

    >>> from sdinterp import optimal_coupling, standard_coupling
    >>> a, b = torch.tensor([[0.0, 0.0], [1.0, 0.0]]), torch.tensor([[1.0, 1.0], [0.0, 1.0]])
    >>> cloud_morph({"optimal": optimal_coupling(a, b), "standard": standard_coupling(a, b)}).title[-32:]
    'Spread: optimal 0.5, standard 0.'

    Chapter: What is half A and half B?
    """
    looks = drawn_as(couplings, least=1)
    first = next(iter(couplings.values()))
    a, b = first.source.points, first.target.points
    for name, coupling in couplings.items():
        if coupling.permutation is None or a.shape[1] != 2:
            raise ValueError(
                f"coupling {name!r} splits mass or is not in the plane; a morph draws permutations of dots in the plane"
            )
        if not (torch.equal(coupling.source.points, a) and torch.equal(coupling.target.points, b)):
            raise ValueError(f"coupling {name!r} is of other clouds than the first; all must join the same two")
    drawn = [{**look, "to": one.pairs()[1].tolist()} for look, one in zip(looks, couplings.values(), strict=True)]
    data = {"a": a.tolist(), "b": b.tolist(), "couplings": drawn, "colours": VIRIDIS, "t": HALFWAY}
    names = [one["name"] for one in drawn]
    clouds = [displacement_path(coupling)(HALFWAY).points for coupling in couplings.values()]
    spreads = [(cloud - cloud.mean(0)).square().sum(1).mean().sqrt().item() for cloud in clouds]
    said = ", ".join(f"{name} {spread:.3g}" for name, spread in zip(names, spreads, strict=True))
    alt = f"A cloud of {len(a)} dots halfway from A to B, side by side along several couplings. Spread: {said}."
    return player("morph", data, _still(clouds, names), alt=alt, parts=["plane", "looks"])


def _still(clouds: Sequence[torch.Tensor], names: Sequence[str]) -> str:
    """Clouds on one scale, side by side."""
    every = torch.cat(tuple(clouds))
    low, wide = every.min(0).values, 360 / len(clouds)
    scale = (wide - 24) / ((every.max(0).values - low).max().item() or 1.0)
    dots = [
        [(round(wide * k + 12 + x, 1), round(wide - 12 - y, 1)) for x, y in ((cloud - low) * scale).tolist()]
        for k, cloud in enumerate(clouds)
    ]
    return svg_still("morph", round(wide) + 24, clouds=dots, wide=wide, names=names, colour=time_colour(HALFWAY))
