"""Couplings by name."""

from __future__ import annotations

from collections.abc import Sequence

from sdinterp.checks import meant
from sdinterp.clouds import ArrayLike, PointCloud
from sdinterp.couplings import entropic_coupling, optimal_coupling, random_coupling, random_words_coupling, standard_coupling
from sdinterp.plans import Coupling
from sdinterp.rivals import RIVALS, rival_coupling
from sdinterp.words import word_rows

NAMES = ("optimal", "standard", "random", "random_words", "entropic", *RIVALS)
"""The couplings that `coupling_named` makes; `standard` is also called `identity` and, in the talk, `clip`."""

_ALIASES = {"identity": "standard", "clip": "standard", "ot": "optimal"}


def coupling_named(
    name: str, a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, *,
    tokens: tuple[Sequence[str], Sequence[str]] | None = None, seed: int = 0, p: float = 2, reg: float = 0.05,
) -> Coupling:  # fmt: skip
    """The coupling with a name of `NAMES` or one of its aliases; what a kind does not use of the arguments is not read.

    Args:
        name: of the coupling.
        a, b: the clouds.
        tokens: the labels of the rows of both, for those couplings that look at words.
        seed: of a random coupling.
        p: exponent of the ground cost. reg: of the entropic coupling.

    Raises:
        ValueError: an unknown name, no tokens for a coupling that looks at words, or what the coupling itself refuses.
    """
    kind = coupling_name(name)
    if kind == "optimal":
        return optimal_coupling(a, b, p)
    if kind == "standard":
        return standard_coupling(a, b)
    if kind == "random":
        return random_coupling(a, b, seed=seed)
    if kind == "entropic":
        return entropic_coupling(a, b, reg=reg, p=p)
    if tokens is None:
        raise ValueError(f"the {kind} coupling looks at words: give tokens=(model.tokens(prompt_a), model.tokens(prompt_b))")
    if kind == "random_words":
        return random_words_coupling(a, b, word_rows(*tokens), seed=seed)
    return rival_coupling(kind, a, b, tokens, p)


def coupling_name(name: str) -> str:
    """The name in `NAMES` that a name, an alias or a spelling with a hyphen stands for.

    >>> coupling_name("clip"), coupling_name("random-words")
    ('standard', 'random_words')
    """
    key = str(name).strip().lower().replace("-", "_")
    key = _ALIASES.get(key, key)
    if key not in NAMES:
        raise ValueError(f"unknown coupling {name!r}{meant(key, (*NAMES, *_ALIASES))}; choose from {', '.join(NAMES)}")
    return key
