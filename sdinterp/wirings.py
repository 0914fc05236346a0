"""How today's pipelines read text: what tells their families apart, and prompts as their own encoders have them.

Chapter: Do today's models read a cloud?
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sdinterp.clouds import PromptCloud
from sdinterp.extras import needs_extras
from sdinterp.words import END, PAD, START

with needs_extras():
    from diffusers.utils import is_bs4_available, is_ftfy_available


@dataclass(frozen=True)
class Wiring:
    """How a family of pipelines reads text.

    Attributes:
        encoders: the endings of the names of those text encoders that make rows, in the order of the rows.
        vector: where in what `encode_prompt` gives the vector beside the rows stands, if there is one.
        mask: where the mask of the padding stands; None where padding counts as rows.
        away: where the rows stand that guidance leads away from; None where it takes no second text.
        joint: "before" or "after" where the picture is read in one sum with the text, before or after it.
        registers: rows of the network's own that are read before the text.
        cloud: whether the order of the rows is without meaning.
        scale: what its call names the scale of guidance; a "true" one guides only where there is a text to lead away from.
        given: what else its call is given.
    """

    encoders: tuple[str, ...] = ("",)
    vector: int | None = None
    mask: int | None = None
    away: int | None = None
    joint: str = ""
    registers: int = 0
    cloud: bool = True
    scale: str = "guidance_scale"
    given: tuple[tuple[str, Any], ...] = ()


_AS_ASKED = (("use_resolution_binning", False),)  # a picture has the size that is asked for

WIRINGS = {
    "StableDiffusionXLPipeline": Wiring(vector=2, away=1),
    "StableDiffusion3Pipeline": Wiring(("", "_3"), vector=2, away=1, joint="before"),
    "FluxPipeline": Wiring(("_2",), vector=1, joint="after"),
    "PixArtAlphaPipeline": Wiring(mask=1, away=2, given=_AS_ASKED),
    "PixArtSigmaPipeline": Wiring(mask=1, away=2, given=_AS_ASKED),
    "SanaPipeline": Wiring(mask=1, away=2, given=_AS_ASKED),
    "AuraFlowPipeline": Wiring(away=2, joint="after", registers=8),
    "Lumina2Pipeline": Wiring(mask=1, away=2, cloud=False),
    "QwenImagePipeline": Wiring(mask=1, cloud=False, scale="true_cfg_scale"),
    "Flux2Pipeline": Wiring(cloud=False),
}
"""The families that are known, by their pipeline's class in diffusers."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """A prompt as a pipeline encodes it.

    Attributes:
        cloud: its rows without those that are masked, and the vector beside them.
        labels: of these rows.
        away: what guidance leads away from where nothing else is said.
    """

    cloud: PromptCloud
    labels: list[str]
    away: PromptCloud | None


class PipelineText:
    """Prompts by a pipeline's own encoders, as the wiring of its family tells."""

    def __init__(self, pipe: Any, wiring: Wiring) -> None:
        self.pipe, self.wiring = pipe, wiring
        self._call = inspect.signature(pipe.__call__).parameters

    @torch.no_grad()
    def __call__(self, prompt: str) -> Encoded:
        """A prompt by the pipeline's own encoders, which are overheard for the labels."""
        heard: dict[str, list[int]] = {}
        hooks = [hook for ending in self.wiring.encoders if (hook := self._overhear(ending, heard))]
        parameters = inspect.signature(self.pipe.encode_prompt).parameters
        how: dict[str, Any] = {name: None for name in ("prompt_2", "prompt_3") if name in parameters}
        kept = "max_sequence_length", "complex_human_instruction", "clean_caption"
        how |= {name: self._call[name].default for name in kept if name in parameters and name in self._call}
        if how.get("clean_caption"):
            how["clean_caption"] = is_bs4_available() and is_ftfy_available()
        try:
            made = self.pipe.encode_prompt(prompt=prompt, **how)
        finally:
            for hook in hooks:
                hook.remove()
        wiring = self.wiring
        cloud = self._cloud(made, 0)
        masked = self._there(made, 0)
        labels = [label for ending in wiring.encoders for label in self._labels(heard.get(ending, []), ending)]
        labels = labels[getattr(self.pipe, "prompt_template_encode_start_idx", 0) :]  # Qwen-Image leaves its instructions out
        if len(labels) > len(masked):  # Sana reads the first row, and as many of the last as there is room for
            labels = labels[:1] + labels[1 - len(masked) :]
        labels += [PAD] * (len(masked) - len(labels))
        shown = [label for label, there in zip(labels, masked.tolist(), strict=True) if there]
        return Encoded(cloud, shown, None if wiring.away is None else self._cloud(made, wiring.away))

    def _cloud(self, made: Sequence[Any], at: int) -> PromptCloud:
        """The cloud whose rows stand in a place of what `encode_prompt` gives, its mask or vector as far behind as the prompt's."""
        beside, rows = self.wiring.vector, made[at][0].float().cpu()[self._there(made, at)]
        return PromptCloud(rows, vector=None if beside is None else made[at + beside][0].float().cpu())

    def _there(self, made: Sequence[Any], at: int) -> Tensor:
        """Which rows are not masked."""
        mask = None if self.wiring.mask is None else made[at + self.wiring.mask]
        return torch.ones(made[at].shape[1], dtype=torch.bool) if mask is None else mask[0].bool().cpu()

    def _overhear(self, ending: str, heard: dict[str, list[int]]) -> Any:
        """Note the first tokens that a text encoder is given."""

        def note(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            ids = args[0] if args else kwargs["input_ids"]
            heard.setdefault(ending, ids[0].tolist())

        encoder = getattr(self.pipe, f"text_encoder{ending}")
        return encoder.register_forward_pre_hook(note, with_kwargs=True) if encoder is not None else None

    def _labels(self, ids: Sequence[int], ending: str) -> list[str]:
        """What tokens stand for; after the end there is padding, whatever its number."""
        tokenizer, labels, ended = getattr(self.pipe, f"tokenizer{ending}"), list[str](), False
        tokenizer = getattr(tokenizer, "tokenizer", tokenizer)  # where it is a processor of pictures, too
        for one in ids:
            if one == tokenizer.pad_token_id and (ended or one != tokenizer.eos_token_id):
                labels.append(PAD)
            elif one in (tokenizer.eos_token_id, tokenizer.bos_token_id):
                labels.append(END if one == tokenizer.eos_token_id else START)
                ended = ended or one == tokenizer.eos_token_id
            else:
                labels.append(tokenizer.decode([one]).strip() or str(tokenizer.convert_ids_to_tokens(one)))
        return labels
