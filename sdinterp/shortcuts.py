"""What is quicker and changes nothing: a denoiser need not compute twice what stays the same.

From one step of the sampler to the next the text stays the same, and so do its keys and values in every layer. And where a latent
is read with several texts, the empty prompt's among them, all that the network does before it first reads text is the same for all.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.attention import Text, WeightedAttention, project


class KeptText(WeightedAttention):
    """Keeps the keys and values of the text that its layer read last. (Where gradients are wanted it keeps nothing.)"""

    def __init__(self) -> None:
        self._text: weakref.ref[Tensor] | None = None
        self._version = 0
        self._kept: tuple[Tensor, Tensor] | None = None

    def read(self, attn: Any, rows: Float[Tensor, "b n d"]) -> tuple[Float[Tensor, "b h n c"], Float[Tensor, "b h n c"]]:
        """The keys and values of the text, computed only if it is another text, or has changed."""
        if torch.is_grad_enabled():
            return project(attn, rows)
        if self._kept is None or self._text is None or self._text() is not rows or self._version != rows._version:
            self._text, self._version, self._kept = weakref.ref(rows), rows._version, project(attn, rows)
        return self._kept


class Denoiser:
    """A denoiser that reads each latent with several texts, and does what comes before the text once a latent.

    Args:
        unet: a `UNet2DConditionModel`. It is given `KeptText` as its attention, and stays usable by itself.
    """

    def __init__(self, unet: Any) -> None:
        self.unet, self._copies = unet, 1
        unet.set_attn_processor({name: KeptText() for name in unet.attn_processors})
        for layer in _before_text(unet):
            layer.register_forward_pre_hook(self._first)
            layer.register_forward_hook(self._all)

    def __call__(self, latents: Float[Tensor, "b c h w"], time: Tensor, text: Text) -> Float[Tensor, "b*k c h w"]:
        """What the network predicts for b latents, each with k texts: all latents with their first text, then with the second."""
        self._copies = len(text) // len(latents)
        try:
            batch = latents.repeat(self._copies, 1, 1, 1)
            return self.unet(batch, time, text.rows, cross_attention_kwargs=_masses(text)).sample
        finally:
            self._copies = 1

    def _first(self, _: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(batch[: len(batch) // self._copies] for batch in inputs)

    def _all(self, _: Any, __: Any, output: Tensor) -> Tensor:
        return output.repeat(self._copies, 1, 1, 1)


class CompiledDenoiser:
    """A denoiser compiled as one graph: on a GPU that saves more than the shortcuts do, and it does without them.

    Each shape of its inputs is compiled when it first comes, which takes a minute or more.

    Args:
        unet: a `UNet2DConditionModel`. It is given `WeightedAttention`, and stays usable by itself.
        backend: of `torch.compile`.
    """

    def __init__(self, unet: Any, backend: str | Callable[..., Any] = "inductor") -> None:
        unet.set_attn_processor(WeightedAttention())
        self._unet: Any = torch.compile(unet, backend=backend)

    def __call__(self, latents: Float[Tensor, "b c h w"], time: Tensor, text: Text) -> Float[Tensor, "b*k c h w"]:
        """What `Denoiser` gives.

        Raises:
            ValueError: it cannot be compiled on this machine.
        """
        from torch._dynamo.exc import TorchDynamoException  # slow to import

        batch = latents.repeat(len(text) // len(latents), 1, 1, 1)
        try:
            given = batch, time.repeat(len(batch)), text.rows
            return self._unet(*given, cross_attention_kwargs=_masses(text), return_dict=False)[0]
        except TorchDynamoException as error:
            reason = " ".join(str(error).partition("\n\n")[0].split())
            raise ValueError(f"the denoiser cannot be compiled here ({reason}); do without compile") from error


def _masses(text: Text) -> dict[str, Tensor] | None:
    """What `WeightedAttention` is told of the rows' masses."""
    return None if text.log_weights is None else {"log_weights": text.log_weights}


def _before_text(unet: Any) -> Iterator[torch.nn.Module]:
    """The layers of a denoiser, in order, up to the first that reads text."""
    yield unet.conv_in
    for block in unet.down_blocks:
        for resnet in block.resnets:
            yield resnet
            if hasattr(block, "attentions"):
                return
        yield from block.downsamplers or ()
