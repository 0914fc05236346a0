"""What stands before the denoisers of today: which rows their pipelines make of a prompt, and what an encoder lets a row know.

Both are facts of code, not of weights. What a pipeline does with its padding is looked up in the source of diffusers; what a row
knows is tried on encoders that are tiny and were never trained.

Chapter: Do today's models read a cloud?
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

import torch

from sdinterp.extras import needs_extras

with needs_extras():
    import transformers


@dataclass(frozen=True)
class Padding:
    """What a pipeline of diffusers does with the rows after the last word.

    Attributes:
        name: of the models.
        function: the class and the method that encode a prompt.
        rows: how many there are at most; None for as many as the prompt has.
        fate: what becomes of the padding.
        says: words that stand in the function's source, which show it.
    """

    name: str
    function: str
    rows: int | None
    fate: str
    says: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether padding has mass."""
        return self.fate.startswith("counts")

    def mass(self, tokens: int) -> str:
        """What share of the mass a prompt of some tokens has in its words."""
        return f"{tokens / self.rows:.0%}" if self.counts and self.rows else "all"

    def missing(self) -> list[str] | None:
        """Those of the words that the installed diffusers does not have; None where it lacks the pipeline."""
        try:
            source = inspect.getsource(resolve_name(f"diffusers:{self.function}"))
        except AttributeError:
            return None
        return [words for words in self.says if words not in source]


_FULL = 'padding="max_length"'

PADDINGS = (
    Padding("SDXL", "StableDiffusionXLPipeline.encode_prompt", 77, "counts as rows",
            (_FULL, "tokenizer.model_max_length", "truncation=True")),
    Padding("SD 3", "StableDiffusion3Pipeline._get_t5_prompt_embeds", 77 + 256, "counts as rows",
            (_FULL, "max_sequence_length: int = 256", "truncation=True")),
    Padding("FLUX.1", "FluxPipeline._get_t5_prompt_embeds", 512, "counts as rows",
            (_FULL, "max_sequence_length: int = 512", "truncation=True")),
    Padding("AuraFlow", "AuraFlowPipeline.encode_prompt", 256, "counts as rows of zeros",
            ("prompt_embeds * prompt_attention_mask", "max_sequence_length: int = 256")),
    Padding("Wan", "WanPipeline._get_t5_prompt_embeds", 512, "counts as rows of zeros", ("new_zeros", "u[:v]")),
    Padding("PixArt-α", "PixArtAlphaPipeline.encode_prompt", 120, "masked",
            ("prompt_attention_mask", "max_sequence_length: int = 120", _FULL)),
    Padding("Sana", "SanaPipeline._get_gemma_prompt_embeds", 300, "masked", ("prompt_attention_mask", "truncation=True")),
    Padding("Lumina 2", "Lumina2Pipeline._get_gemma_prompt_embeds", 256, "masked",
            ("prompt_attention_mask", "max_sequence_length: int = 256")),
    Padding("Qwen-Image", "QwenImagePipeline._get_qwen_prompt_embeds", None, "cut off", ("_extract_masked_hidden", "padding=True")),
    Padding("FLUX.2", "Flux2Pipeline._get_mistral_3_small_prompt_embeds", 512, "counts as rows",
            (_FULL, "max_sequence_length: int = 512")),
)  # fmt: skip
"""The pipelines whose source was read."""


def _small(kind: str, config: str, **more: Any) -> Callable[[], Any]:
    """What builds a tiny encoder with random weights."""
    sizes = {"vocab_size": 99, "hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 3, "num_attention_heads": 4}
    given = more if "d_model" in more else sizes | more
    return lambda: getattr(transformers, kind)(getattr(transformers, config)(**given)).eval()


ENCODERS = {
    "CLIP (SDXL, SD 3)": _small("CLIPTextModel", "CLIPTextConfig", bos_token_id=97, eos_token_id=98),
    "T5 (SD 3, FLUX.1, PixArt, Wan)":
        _small("T5EncoderModel", "T5Config", vocab_size=99, d_model=32, d_kv=8, d_ff=37, num_layers=3, num_heads=4),
    "Gemma 2 (Sana, Lumina 2)": _small("Gemma2Model", "Gemma2Config", num_key_value_heads=2, head_dim=8),
    "Qwen 2 (its successor: Qwen-Image)": _small("Qwen2Model", "Qwen2Config", num_key_value_heads=2),
}  # fmt: skip
"""The kinds of encoders, and which models have them."""


@dataclass(frozen=True)
class Knows:
    """What the rows of an encoder are like.

    Attributes:
        before: how far the rows before the last token move when that token is another: 0 where a row knows nothing of what follows.
        spread: of the lengths of the rows, in the last layer and one layer earlier: their standard deviation over their mean.
    """

    before: float
    spread: tuple[float, float]


@torch.no_grad()
def what_rows_know(name: str, seed: int = 0) -> Knows:
    """Build an encoder of a kind, named as in `ENCODERS`, with weights of a seed, and change the last of eight tokens."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = ENCODERS[name]()
    tokens = torch.tensor([[5, 17, 23, 42, 7, 61, 33, last] for last in (80, 12)])
    found = encoder(input_ids=tokens, output_hidden_states=True)
    one, other = found.last_hidden_state[:, :7]
    lengths = [rows[0].norm(dim=1) for rows in (found.last_hidden_state, found.hidden_states[-2])]
    last, earlier = ((own.std() / own.mean()).item() for own in lengths)
    return Knows((one - other).abs().max().item(), (last, earlier))
