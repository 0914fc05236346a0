r"""Attention against a measure.

A denoiser reads the text by cross-attention,

$$\frac{\sum_i w_i e^{q \cdot k_i} v_i}{\sum_i w_i e^{q \cdot k_i}},$$

a function of the measure $\sum_i w_i \delta_{x_i}$ of the embedding's rows: their order does not enter, and a row that comes twice
is a row of twice the mass. Diffusers' attention has no masses. Here they are added as log-weights to the logits: by a processor of
a `UNet2DConditionModel`, which is quick, or inside `Weighing` in any denoiser whose attention is PyTorch's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.overrides import TorchFunctionMode

from sdinterp.checks import check_guidance, check_whole


@dataclass(frozen=True, eq=False)
class Text:
    """What a denoiser reads: a batch of clouds of rows, and the logarithms of their masses where these are not all equal."""

    rows: Float[Tensor, "b n d"]
    log_weights: Float[Tensor, "b n"] | None = None

    @classmethod
    def weighted(cls, rows: Float[Tensor, "b n d"], weights: Float[Tensor, "b n"] | None) -> Text:
        """Rows with masses, of which only the ratios count; None for all equal."""
        return cls(rows, None if weights is None else weights.cpu().double().log().float().to(rows.device))

    def __len__(self) -> int:
        return len(self.rows)

    def last(self, count: int) -> Text:
        """The last clouds of the batch; itself where these are all."""
        if count == len(self):
            return self
        return Text(self.rows[-count:], None if self.log_weights is None else self.log_weights[-count:])

    def after(self, first: Text) -> Text:
        """The batch with another before it; where the clouds differ in size, rows of no mass fill up the smaller ones."""
        if first.log_weights is None and self.log_weights is None and first.rows.shape[1] == self.rows.shape[1]:
            return Text(torch.cat([first.rows, self.rows]))
        size = max(first.rows.shape[1], self.rows.shape[1])
        filled = [batch._filled(size) for batch in (first, self)]
        return Text(torch.cat([rows for rows, _ in filled]), torch.cat([logs for _, logs in filled]))

    def _filled(self, size: int) -> tuple[Tensor, Tensor]:
        missing = size - self.rows.shape[1]
        logs = torch.zeros(self.rows.shape[:2], device=self.rows.device) if self.log_weights is None else self.log_weights
        return F.pad(self.rows, (0, 0, 0, missing)), F.pad(logs, (0, missing), value=-torch.inf)


def check_asked(
    rows: Tensor, weights: Tensor | None, steps: int, guidance: float, batch_size: int, *, width: int, name: str,
    most_steps: int | None = None,
) -> None:  # fmt: skip
    """Raise ValueError unless a model can render what it is asked to.

    Args:
        rows: (b, n, d) embeddings.
        weights: (b, n) masses, or None.
        steps, guidance, batch_size: as asked.
        width: of the rows that the model reads. name: of the model. most_steps: of its sampler, if there is a limit.
    """
    if rows.ndim != 3 or rows.shape[2] != width or 0 in rows.shape:
        raise ValueError(f"embeddings have shape {tuple(rows.shape)}; {name} renders (b, n, {width})")
    if not torch.isfinite(rows).all():
        raise ValueError("embeddings hold NaN or infinity")
    if weights is not None:
        if weights.shape != rows.shape[:2]:
            raise ValueError(f"weights have shape {tuple(weights.shape)}; these embeddings need {tuple(rows.shape[:2])}")
        if not torch.isfinite(weights).all() or (weights < 0).any() or (weights.sum(1) <= 0).any():
            raise ValueError("weights must be finite, not negative, and positive for at least one row of each embedding")
    check_whole("steps", steps, 1, most_steps)
    check_whole("batch_size", batch_size, 1)
    check_guidance(guidance)


class WeightedAttention:
    """An attention processor of diffusers that takes the masses of the rows as `log_weights`, from `cross_attention_kwargs`."""

    def __call__(
        self, attn: Any, hidden_states: Float[Tensor, "b q c"], encoder_hidden_states: Float[Tensor, "b n d"] | None = None,
        attention_mask: Tensor | None = None, temb: Tensor | None = None, log_weights: Float[Tensor, "b n"] | None = None,
    ) -> Float[Tensor, "b q c"]:  # fmt: skip
        """Called by diffusers in each attention layer: attention of a picture's places to the text, or to one another."""
        mask = None
        if encoder_hidden_states is None:
            key, value = project(attn, hidden_states)
        else:
            key, value = self.read(attn, encoder_hidden_states)
            if log_weights is not None:
                mask = log_weights.to(hidden_states.dtype)[:, None, None, :]
        query = heads(attn, attn.to_q(hidden_states))
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return attn.to_out[0](mixed.transpose(1, 2).flatten(2))

    def read(self, attn: Any, rows: Float[Tensor, "b n d"]) -> tuple[Float[Tensor, "b h n c"], Float[Tensor, "b h n c"]]:
        """The keys and values of the text."""
        return project(attn, rows)


def project(attn: Any, rows: Float[Tensor, "b n d"]) -> tuple[Float[Tensor, "b h n c"], Float[Tensor, "b h n c"]]:
    """The keys and values that a layer makes of rows."""
    return heads(attn, attn.to_k(rows)), heads(attn, attn.to_v(rows))


def heads(attn: Any, projected: Float[Tensor, "b n c"]) -> Float[Tensor, "b h n c"]:
    """The same numbers, a head's share of the channels at a time."""
    return projected.unflatten(-1, (attn.heads, -1)).transpose(1, 2)


class Weighing(TorchFunctionMode):
    """Inside it every attention that reads text counts its rows by their masses, in any denoiser that asks PyTorch for attention.

    In joint attention the rows of the text and those of the picture are read in one sum, so that the whole mass of the text counts:
    n rows of mass 1 are what n rows without masses are.

    Args:
        log_weights: logarithms of the masses, of one text for all pictures or of one for each.
        before, after: rows of the picture, or of anything else, that are read in the same sum before and after those of the text;
            none in cross-attention.
    """

    def __init__(self, log_weights: Float[Tensor, "*b n"], before: int = 0, after: int = 0) -> None:
        super().__init__()
        self._logs, self._before, self._after = log_weights, before, after

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        """What PyTorch calls instead of any of its functions."""
        given = dict(kwargs or {})
        if func is not F.scaled_dot_product_attention:
            return func(*args, **given)
        given |= zip(("query", "key", "value", "attn_mask"), args, strict=False)
        bias = self._bias(given["key"])
        if bias is not None:
            mask = given.get("attn_mask")
            if mask is not None and mask.dtype == torch.bool:
                mask = torch.zeros(mask.shape, dtype=bias.dtype, device=bias.device).masked_fill(~mask, -torch.inf)
            given["attn_mask"] = bias if mask is None else mask + bias
        return func(**given)

    def _bias(self, key: Float[Tensor, "b h k c"]) -> Float[Tensor, "#b 1 1 k"] | None:
        """What is added to the logits of an attention, or None where it does not read the text."""
        n, count = self._logs.shape[-1], key.shape[2]
        if count not in (n, n + self._before + self._after):
            return None
        around = (0, 0) if count == n else (self._before, self._after)
        return F.pad(self._logs.to(key).reshape(-1, 1, 1, n), around)
