"""Prompts and their embeddings: the door to transformers."""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.checks import shorten
from sdinterp.extras import needs_extras
from sdinterp.words import END, PAD, START

with needs_extras():
    from safetensors.torch import load_file
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer
    from transformers.utils import logging

_NAMED = 10
"""Unknown words that a warning names."""

_SYNTAX = re.compile(
    r"\(\(+[^()]+\)+\)|\([^()]*:\s*[\d.]+\s*\)|\[[^\[\]]+\]|<\w+:[^<>]+>|\{[^{}]+\}|\b\w+(?:\+\+|--)|(?<=\s)(?:AND|BREAK)(?=\s)"
)
"""What weighs, swaps, joins or loads in other tools: (red:1.3), ((red)), [red], {red}, red++, <lora:x:1>, AND, BREAK."""


class PromptEncoder:
    """A tokenizer and a CLIP text model: prompts in, embeddings and row labels out.

    Args:
        folder: a diffusers folder with `tokenizer` and `text_encoder`.
        device, dtype: where and in which precision the text model runs.
        known_words: the whole vocabulary of a model that knows few words; other words are warned of.
    """

    def __init__(self, folder: Path, device: torch.device, dtype: torch.dtype, known_words: Collection[str] | None = None) -> None:
        self.tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        self.tokenizer.deprecation_warnings["sequence-length-is-longer-than-the-specified-maximum"] = True  # ours says which words
        text_model: Any = load_text_model(folder / "text_encoder")
        self.text_model = text_model.to(device, dtype)
        self.known_words = known_words
        self.length: int = self.text_model.config.max_position_embeddings

    @torch.no_grad()
    def __call__(self, prompts: Sequence[str]) -> Float[Tensor, "b 77 d"]:
        """The embeddings of prompts: the text model's last hidden state, after its final layer norm."""
        if isinstance(prompts, bytes) or not isinstance(prompts, Iterable):
            _check_text(prompts)
        if not (prompts := list(prompts)):
            raise ValueError("there is no prompt to encode")
        for prompt in prompts:
            self._check(prompt)
        ids = self.tokenizer(prompts, padding="max_length", truncation=True, max_length=self.length, return_tensors="pt").input_ids
        return self.text_model(input_ids=ids.to(self.text_model.device)).last_hidden_state

    def tokens(self, prompt: str) -> list[str]:
        """The label of each of the 77 rows of a prompt's embedding: `<start>`, its words, `<end>`, then `<pad>`."""
        _check_text(prompt)
        words = self._labels(self.tokenizer.tokenize(prompt)[: self.length - 2])
        return [START, *words, END, *[PAD] * (self.length - 2 - len(words))]

    def _check(self, prompt: str) -> None:
        """Warn of what the model will not read: words it does not know, and words past its last row."""
        _check_text(prompt)
        pieces = self.tokenizer.tokenize(prompt)
        if found := dict.fromkeys(match[0] for match in _SYNTAX.finditer(prompt)):
            said = ", ".join(list(found)[:_NAMED])
            warnings.warn(f"syntax of other tools, read here as plain words: {shorten(said)}", stacklevel=4)
        if len(pieces) > self.length - 2:
            lost = self._text(pieces[self.length - 2 :])
            warnings.warn(f"the prompt is longer than {self.length - 2} tokens; not read: {shorten(lost)}", stacklevel=4)
        if self.known_words is not None:
            words = dict.fromkeys(re.findall(r"[^\W\d_]+|\d|[^\w\s]+", prompt.lower()))
            if unknown := [word for word in words if word not in self.known_words]:
                warnings.warn(self._unknown_words(unknown), stacklevel=4)

    def _text(self, pieces: Sequence[str]) -> str:
        """What pieces stand for; bytes that make no letter are shown as a replacement character."""
        return self.tokenizer.convert_tokens_to_string(list(pieces)).replace("</w>", " ").strip()

    def _labels(self, pieces: Sequence[str]) -> list[str]:
        """What each piece stands for; those that make a letter only together show it all, and which of how many they are."""
        labels, together = [], []
        for number, piece in enumerate(pieces, start=1):
            together.append(piece)
            text = self._text(together)
            if "\ufffd" not in text or piece.endswith("</w>") or number == len(pieces):
                count = len(together)
                labels += [text] if count == 1 else [f"{text} {k}/{count}" for k in range(1, count + 1)]
                together = []
        return labels

    def _unknown_words(self, words: list[str]) -> str:
        assert self.known_words is not None
        described = []
        for word in words[:_NAMED]:
            near = difflib.get_close_matches(word, self.known_words, n=3, cutoff=0.5)
            described.append(shorten(word) + (f" (near: {', '.join(near)})" if near else ""))
        more = f"; and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
        return f"words that this model never learned: {'; '.join(described)}{more}"


def variant(folder: Path, stem: str) -> str | None:
    """What stands in the names of a folder's weights after their stem where none have the plain name: `fp16`, for example."""
    files = sorted(file.name for file in folder.glob(f"{stem}*.safetensors"))
    found = [re.fullmatch(rf"{stem}(?:\.(\w+))?(?:-\d+-of-\d+)?\.safetensors", name) for name in files]
    variants = [match[1] for match in found if match]
    return None if not variants or None in variants else variants[0]


def load_text_model(folder: Path) -> CLIPTextModel:
    """The CLIP text model of a folder, in float32, with all its weights.

    Their names begin with `text_model.` in files that version 4 of transformers wrote, Stable Diffusion's among them, and not in
    those of version 5. Left to itself each version draws a weight at random whose name it does not know.

    Raises:
        ValueError: a weight is missing.
    """
    model = CLIPTextModel(CLIPTextConfig.from_pretrained(folder, local_files_only=True))
    file = folder / ".".join(part for part in ("model", variant(folder, "model"), "safetensors") if part)
    names = {name.removeprefix("text_model."): name for name in model.state_dict()}
    saved = {name.removeprefix("text_model."): value for name, value in load_file(file).items()}
    if missing := sorted(names.keys() - saved.keys()):
        raise ValueError(f"{folder.name} lacks {len(missing)} weights, for example {missing[0]}")
    model.load_state_dict({whole: saved[name] for name, whole in names.items()})
    return model.eval()


@contextmanager
def without_bars() -> Iterator[None]:
    """Inside it transformers draws no progress bars of its own."""
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.enable_progress_bar()


def _check_text(prompt: object) -> None:
    if not isinstance(prompt, str):
        raise ValueError(f"a prompt is a text, not {type(prompt).__name__}: {shorten(prompt)}")
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"a prompt is not valid Unicode: {error.reason} at letter {error.start + 1}") from None
