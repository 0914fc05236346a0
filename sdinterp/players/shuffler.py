"""The row shuffler: a table's rows in several orders, and what the model paints from each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor

from sdinterp.pictures import to_pil
from sdinterp.players.figure import Player, drawn_as, picture_still, player, webp
from sdinterp.words import PAD


def row_shuffler(
    labels: Sequence[str], orders: Mapping[str, Sequence[int]], ends: Float[Tensor, "k 3 h w"],
    middles: Mapping[str, Float[Tensor, "k 3 h w"]], *, title: str = "", enlarge: Callable[[Tensor], Tensor] = lambda small: small,
) -> Player:  # fmt: skip
    """A button shuffles the rows of a prompt; beside them stand its picture and, along couplings, what lies halfway to it.

    Under each picture stands the largest difference of any of its pixels from the first order's.

    Args:
        labels: what each row is called, as `DiffusionModel.tokens` gives it.
        orders: two at least, by name: the rows' numbers in that order. The first is the order at first.
        ends: the picture of the rows in each order, in [-1, 1].
        middles: by coupling, the picture halfway from another prompt to the rows in each order. Pictures wider or higher than
            256 px are made smaller.
        title: stands above the rows.
        enlarge: makes pictures larger to look at, see `DiffusionModel.enlarge`; differences are those of the pictures given.

    Raises:
        ValueError: fewer than two orders, orders that are not permutations of the rows, not a picture for each order, more than
            five couplings, or a player above `MOST_BYTES`.

    >>> import torch
    >>> orders = {"as encoded": [0, 1, 2], "backwards": [2, 1, 0]}
    >>> row_shuffler(["<start>", "red", "boat"], orders, torch.zeros(2, 3, 8, 8), {}).title
    '3 rows in 2 orders: as encoded, backwards. A picture for each order; the largest difference of a pixel is 0.'

    Chapter: Does the order of the rows matter?
    """
    if len(orders) < 2:
        raise ValueError(f"{len(orders)} orders given; a shuffler needs two at least")
    for name, rows in orders.items():
        if sorted(rows) != list(range(len(labels))):
            raise ValueError(f"order {name!r} has the rows {list(rows)[:5]}…; it must be a permutation of 0 to {len(labels) - 1}")
    for name, pictures in {"ends": ends, **middles}.items():
        if len(pictures) != len(orders):
            raise ValueError(f"{name!r} has {len(pictures)} pictures for {len(orders)} orders; give one for each")
    drawn = drawn_as(middles)
    data = {
        "labels": ["·" if label == PAD else str(label) for label in labels],
        "orders": [{"name": name, "rows": [int(row) for row in rows]} for name, rows in orders.items()],
        "ends": _painted(ends, enlarge),
        "middles": [{**look, **_painted(pictures, enlarge)} for look, pictures in zip(drawn, middles.values(), strict=True)],
    }  # fmt: skip
    alt = (
        f"{len(labels)} rows in {len(orders)} orders: {', '.join(orders)}. A picture for each order; "
        f"the largest difference of a pixel is {max(data['ends']['apart']):.1g}."
    )
    for look, one in zip(drawn, data["middles"], strict=True):
        alt += f" Halfway to it, {look['name']}: {max(one['apart']):.1g}."
    still = picture_still([to_pil(pictures) for pictures in (ends, *middles.values())])
    lighter = "give fewer orders or smaller pictures"
    return player("shuffler", data, still, alt=alt, title=title, parts=["looks"], lighter=lighter)


def _painted(pictures: Float[Tensor, "k 3 h w"], enlarge: Callable[[Tensor], Tensor]) -> dict[str, Any]:
    """The pictures as addresses, and the largest difference of any pixel of each from the first."""
    apart = (pictures - pictures[:1]).abs().flatten(1).amax(1)
    return {"frames": [webp(picture, 256) for picture in to_pil(enlarge(pictures))], "apart": apart.tolist()}
