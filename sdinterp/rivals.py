"""Couplings that part what the optimal one joins: it is cheap, and it pairs equal words. Which of the two makes a strip smooth?

Each is a permutation of the rows of two prompts, found by one rule: among the permutations that please most, the cheapest.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Shaped
from torch import Tensor

from sdinterp.clouds import ArrayLike, PointCloud
from sdinterp.couplings import assignment, same_size, scaled_costs
from sdinterp.plans import Coupling
from sdinterp.words import equal_words, word_rows

RIVALS = ("optimal_words", "equal_words", "unequal_words", "through_padding", "dearest")


def preferred_coupling(
    a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, preference: Shaped[Tensor, "n n"], p: float = 2
) -> Coupling:
    r"""The cheapest of those permutations $\sigma$ that please most, $\max_\sigma \sum_i \mathrm{preference}_{i \sigma(i)}$.

    Args:
        a, b: uniform clouds of n points.
        preference: (n, n) whole numbers or booleans: how much it pleases that row i of A goes to row j of B.
        p: exponent of the ground cost, at least 1.

    Raises:
        ValueError: clouds of different size, or not uniform; a table of another shape.

    >>> a, b = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.1], [1.1]])
    >>> preferred_coupling(a, b, torch.tensor([[0, 1], [0, 0]])).permutation
    tensor([1, 0])
    """
    a, b = same_size(a, b, "preferred", uniform=True)
    if preference.shape != (len(a), len(b)):
        raise ValueError(f"preference has shape {tuple(preference.shape)}; these clouds need ({len(a)}, {len(b)})")
    cost = scaled_costs(a, b, p)
    most = 2 * len(a) * cost.max().clamp(min=torch.finfo(cost.dtype).tiny)  # so that all costs are less than one preference
    return Coupling(a, b, permutation=assignment(cost / most - preference.double()))


def rival_coupling(
    name: str, a: PointCloud | ArrayLike, b: PointCloud | ArrayLike, tokens: tuple[Sequence[str], Sequence[str]], p: float = 2
) -> Coupling:
    """A coupling of `RIVALS` between the embeddings of two prompts.

    - `optimal_words`: optimal among the rows that hold words; start, end and padding stay where they are.
    - `equal_words`: as many words as can be go to an equal word, and all else is as cheap as that allows.
    - `unequal_words`: cheap, but no word goes to an equal one.
    - `through_padding`: no word goes to a word; words go into the padding, and come out of it.
    - `dearest`: of all permutations the one that costs most.

    Args:
        name: of the rival.
        a, b: (n, d) embeddings.
        tokens: the labels of their rows, as a model's `tokens` gives them.
        p: exponent of the ground cost.
    """
    if name == "dearest":
        a, b = same_size(a, b, "dearest", uniform=True)
        return Coupling(a, b, permutation=assignment(scaled_costs(a, b, p), dearest=True))
    words, same = word_rows(*tokens), equal_words(*tokens)
    preference = {
        "optimal_words": words[:, None] & words | torch.diag(~words),
        "equal_words": same,
        "unequal_words": ~same,
        "through_padding": ~(words[:, None] & words),
    }
    return preferred_coupling(a, b, preference[name], p)
