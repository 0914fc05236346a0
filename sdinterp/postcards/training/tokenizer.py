"""A CLIP tokenizer of our own, in CLIP's file format, in which each of our words is one token.

CLIP's tokenizer is a byte-pair encoding: a text is split into letters, then pairs are merged by rank. We give every
word merges of its own. Later merges cannot break earlier words: a pair of lower rank always goes first, and
the words already spelled use only those.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Int
from torch import Tensor
from transformers import CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

LENGTH = 77
"""Tokens of a prompt, filled up or cut, as in Stable Diffusion 1.x."""

START, END = "<|startoftext|>", "<|endoftext|>"
END_OF_WORD = "</w>"


def merges_for(words: list[str]) -> list[tuple[str, str]]:
    """Merges, by rank, after which each word is a single token.

    >>> merges_for(["sea"])
    [('s', 'e'), ('se', 'a</w>')]
    """
    ranks: dict[tuple[str, str], int] = {}
    for word in words:
        pieces = [*word[:-1], word[-1] + END_OF_WORD]
        while len(pieces) > 1:
            pairs = list(pairwise(pieces))
            best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
            ranks.setdefault(best, len(ranks))
            at = pairs.index(best)
            pieces[at : at + 2] = ["".join(best)]
    return list(ranks)


def write_tokenizer(folder: Path, words: list[str]) -> None:
    """Write `vocab.json`, `merges.txt` and the configuration for `CLIPTokenizer.from_pretrained(folder)`.

    Prompts are filled with the end token, as Stable Diffusion 1.x does.
    """
    merges, letters = merges_for(words), bytes_to_unicode()
    alphabet = [letters[byte] for byte in range(256)]
    tokens = [*alphabet, *(a + END_OF_WORD for a in alphabet), *dict.fromkeys("".join(m) for m in merges), START, END]
    config = {
        "tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH,
        "bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *map(" ".join, merges)]) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1))


def tokenize(tokenizer: CLIPTokenizer, captions: list[str]) -> Int[Tensor, "b 77"]:
    """Captions as token ids, filled with the end token."""
    return tokenizer(captions, padding="max_length", truncation=True, max_length=LENGTH, return_tensors="pt").input_ids


def is_word(tokenizer: CLIPTokenizer, ids: Int[Tensor, "b 77"]) -> Bool[Tensor, "b 77"]:
    """Where the ids are those of words, not of the start, the end or padding."""
    special: list[Any] = [tokenizer.bos_token_id, tokenizer.eos_token_id]
    return torch.isin(ids, torch.tensor(special), invert=True)
