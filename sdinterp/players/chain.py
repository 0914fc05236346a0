"""The chain: steps from a cause to its effect, each with its numbers by coupling."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image

from sdinterp.looks import GREY
from sdinterp.players.figure import Player, decimals_of, drawn_as, player, svg_still, webp


@dataclass(frozen=True)
class Link:
    """One link of a chain.

    Attributes:
        name: one to three words, such as "keys".
        says: what happens there, in one to three sentences.
        measure: what is measured there.
        values: by coupling, what was measured, at least 0.
        pictures: by coupling, a picture of it; none where the numbers say enough.
    """

    name: str
    says: str
    measure: str
    values: Mapping[str, float]
    pictures: Mapping[str, Image.Image] = field(default_factory=dict)


def chain_diagram(links: Sequence[Link], *, title: str = "") -> Player:
    """A chain of links to click: each says what happens there and shows its numbers by coupling as bars.

    Args:
        links: two at least, from the cause to the effect, with values of at most five couplings together. Pictures wider or higher
            than 256 px are made smaller.
        title: stands above the chain.

    Raises:
        ValueError: fewer than two links, a link without values, more than five couplings, values that are not finite and at least
            0, pictures of couplings without a value, or a player above `MOST_BYTES`.

    >>> words = Link("words", "Words meet words.", "share of words with the same partner", {"optimal": 1.0, "standard": 0.6})
    >>> rows = Link("rows", "Rows shrink halfway.", "length of a row halfway", {"optimal": 0.93, "standard": 0.91})
    >>> chain_diagram([words, rows]).title
    'A chain: words, then rows.'

    Chapter: Why does the coupling matter?
    """
    if len(links) < 2:
        raise ValueError(f"{len(links)} links given; a chain has two at least")
    names = list(dict.fromkeys(name for link in links for name in link.values))
    for link in links:
        if not link.values or not set(link.pictures) <= set(link.values):
            raise ValueError(
                f"link {link.name!r} has values of {list(link.values)} and pictures of {list(link.pictures)}; "
                "give one value at least, and pictures only beside values"
            )
        if not all(math.isfinite(value) and value >= 0 for value in link.values.values()):
            raise ValueError(f"link {link.name!r} has the values {dict(link.values)}; they must be finite and at least 0")
    data = {
        "couplings": drawn_as(names),
        "links": [
            {
                "name": link.name, "says": link.says, "measure": link.measure, "decimals": decimals_of(list(link.values.values())),
                "bars": [
                    {"coupling": names.index(name), "value": float(value),
                     "picture": webp(link.pictures[name], 256) if name in link.pictures else None}
                    for name, value in link.values.items()
                ],
            }
            for link in links
        ],
    }  # fmt: skip
    chained = [link.name for link in links]
    alt = f"{title or 'A chain'}: {', then '.join(chained)}."
    still = svg_still("chain", 40 * len(links), names=chained, colour=GREY)
    return player("chain", data, still, alt=alt, title=title, parts=["looks"], lighter="give fewer or smaller pictures")
