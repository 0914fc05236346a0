r"""Attention against a measure.

A denoiser reads the text by cross-attention,

$$\frac{\sum_i w_i e^{q \cdot k_i} v_i}{\sum_i w_i e^{q \cdot k_i}},$$

a function of the measure $\sum_i w_i \delta_{x_i}$ of the embedding's rows: their order does not enter, and a row that comes twice
is a row of twice the mass. Diffusers' attention has no masses. Here they are added as log-weights to the logits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


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
