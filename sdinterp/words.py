"""Which rows of two prompts hold words, and which words are the same: read off the labels that a model's `tokens` gives."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from sdinterp.plans import Coupling

START, END, PAD = "<start>", "<end>", "<pad>"
"""Labels of the rows that hold no word."""


def word_rows(tokens_a: Sequence[str], tokens_b: Sequence[str]) -> Bool[Tensor, " n"]:
    """The rows that hold a word in either of two prompts, as a mask.

    >>> word_rows(["<start>", "red", "<end>", "<pad>"], ["<start>", "red", "boat", "<end>"])
    tensor([False,  True,  True, False])
    """
    if len(tokens_a) != len(tokens_b):
        raise ValueError(f"the prompts have {len(tokens_a)} and {len(tokens_b)} rows; they must come from one model")
    return _holds_word(tokens_a) | _holds_word(tokens_b)


def row_groups(tokens: Sequence[str]) -> dict[str, list[int]]:
    """The rows of a prompt by what they hold: start, words, end and padding.

    >>> row_groups(["<start>", "red", "boat", "<end>", "<pad>"])
    {'start': [0], 'words': [1, 2], 'end': [3], 'padding': [4]}
    """
    groups = {"start": [], "words": [], "end": [], "padding": []}
    for row, token in enumerate(tokens):
        groups[{START: "start", END: "end", PAD: "padding"}.get(token, "words")].append(row)
    return groups


def equal_words(tokens_a: Sequence[str], tokens_b: Sequence[str]) -> Bool[Tensor, "n m"]:
    """Which word of A is the same as which word of B, as a mask of pairs of rows.

    >>> equal_words(["<start>", "a", "boat"], ["<start>", "boat", "<end>"]).nonzero().tolist()
    [[2, 1]]
    """
    same = torch.tensor([[a == b for b in tokens_b] for a in tokens_a])
    return same & _holds_word(tokens_a)[:, None]


def aligned(to: Int[Tensor, " n"], tokens_a: Sequence[str], tokens_b: Sequence[str]) -> tuple[float, float]:
    """Of the words of A, the share that a permutation (n,) sends to an equal word, and the share that it sends to no word at all.

    >>> aligned(torch.tensor([0, 2, 1]), ["<start>", "red", "boat"], ["<start>", "boat", "<end>"])
    (0.5, 0.5)
    """
    words, there = _holds_word(tokens_a), _holds_word(tokens_b)[to]
    met = equal_words(tokens_a, tokens_b)[torch.arange(len(to)), to]
    return met[words].double().mean().item(), (~there)[words].double().mean().item()


def met_by(coupling: Coupling, tokens_a: Sequence[str], tokens_b: Sequence[str]) -> list[tuple[str, str, float]]:
    """For each word of A the label of B that gets most of its mass by a coupling of the prompts' clouds, and what share of it."""
    most: dict[int, tuple[float, int]] = {}
    for i, j, mass in zip(*(column.tolist() for column in coupling.pairs()), strict=True):
        most[i] = max(most.get(i, (0.0, j)), (mass * len(tokens_a), j))
    words = _holds_word(tokens_a)
    return [(tokens_a[i], tokens_b[j], share) for i, (share, j) in sorted(most.items()) if words[i]]


def _holds_word(tokens: Sequence[str]) -> Bool[Tensor, " n"]:
    return torch.tensor([token not in (START, END, PAD) for token in tokens])
