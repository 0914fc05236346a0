"""Models of today: text-to-image pipelines of diffusers that take embeddings, each rendered by its own call.

That is slower than `diffusion`, and right for every family alike; what tells these apart stands in `wirings`.

Chapter: Do today's models read a cloud?
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from sdinterp.attention import Weighing, check_asked
from sdinterp.checks import check_seed
from sdinterp.clouds import ArrayLike, PromptCloud, as_tensor
from sdinterp.defaults import PIXELS
from sdinterp.extras import needs_extras
from sdinterp.prompts import variant, without_bars
from sdinterp.wirings import WIRINGS, PipelineText

with needs_extras():
    import diffusers


OFFLOADS = ("model", "sequential")
"""How diffusers can keep parts of a model off the GPU while they wait: whole networks, or layer by layer."""

MASKS = ("prompt_attention_mask", "prompt_embeds_mask")
"""What calls of pipelines name the mask of the text."""


class PipelineModel:
    """A text-to-image pipeline of diffusers as a renderer of clouds.

    Make one with `load_model`.

    Attributes:
        default_steps, default_guidance: those of the pipeline's own call.
        reads_cloud: whether the order of the rows is without meaning.
    """

    def __init__(
        self, folder: Path, device: torch.device, dtype: torch.dtype, *, name: str, offload: str | None = None,
        width: int | None = None, height: int | None = None,
    ) -> None:  # fmt: skip
        if offload not in (None, *OFFLOADS):
            raise ValueError(f"offload is {offload!r}; choose {' or '.join(OFFLOADS)}")
        self.name, self.device, self.dtype = name, device, dtype
        self.pipe: Any = _load(folder, dtype)
        self.wiring = WIRINGS[type(self.pipe).__name__]
        if offload is None:
            self.pipe.to(device)
        else:
            getattr(self.pipe, f"enable_{offload}_cpu_offload")(device=device)
            self.pipe.vae.enable_slicing()  # pictures are decoded one by one
        self._call = defaults_of(type(self.pipe).__name__)
        self.default_steps: int = self._call["num_inference_steps"]
        self.default_guidance: float = self._call[self.wiring.scale]
        self.reads_cloud = self.wiring.cloud
        self._encoded = lru_cache(256)(PipelineText(self.pipe, self.wiring))
        scale, patch = self.pipe.vae_scale_factor, getattr(self._denoiser.config, "patch_size", 1)
        own = (getattr(self.pipe, "default_sample_size", None) or self._denoiser.config.sample_size) * scale
        self.width, self.height = width or own, height or own
        self._place = scale * (2 if type(self.pipe).__name__ == "FluxPipeline" else patch)  # pixels to a side for a row

    @property
    def _denoiser(self) -> Any:
        return getattr(self.pipe, "transformer", None) or self.pipe.unet

    @property
    def default_batch(self) -> int:
        """Pictures at a time: as many as have `PIXELS`."""
        return max(1, PIXELS // (self.width * self.height))

    def enlarge(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 h w"]:
        """Pictures as they are: large enough to look at. See `DiffusionModel.enlarge`."""
        return pictures

    def clouds(self, prompts: Sequence[str]) -> list[PromptCloud]:
        """The clouds of prompts, on the CPU: rows that are masked are none."""
        return [self._encoded(prompt).cloud for prompt in prompts]

    def encode(self, prompts: str | Sequence[str]) -> Float[Tensor, "b n d"]:
        """The rows of one prompt or several.

        Raises:
            ValueError: prompts with different numbers of rows, of which `clouds` gives one each.
        """
        rows = [cloud.points for cloud in self.clouds([prompts] if isinstance(prompts, str) else prompts)]
        if len(sizes := {len(one) for one in rows}) > 1:
            raise ValueError(f"these prompts have {' and '.join(map(str, sorted(sizes)))} rows; take model.clouds(prompts)")
        return torch.stack(rows)

    def tokens(self, prompt: str) -> list[str]:
        """The labels of the rows of a prompt's cloud."""
        return self._encoded(prompt).labels

    @torch.no_grad()
    def render(
        self, embeddings: Float[ArrayLike, "b n d"], weights: Float[ArrayLike, "b n"] | None = None, *,
        vectors: Float[ArrayLike, "b p"] | None = None, seed: int | Sequence[int] = 0, steps: int | None = None,
        guidance: float | None = None, negative: PromptCloud | None = None, batch_size: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Float[Tensor, "b 3 h w"]:  # fmt: skip
        """Pictures in [-1, 1] on the CPU, one for each embedding, by the pipeline's own call.

        Args:
            embeddings: (b, n, d) rows of text.
            weights: (b, n) masses of the rows; none means all equal.
            vectors: (b, p) what is read beside the rows, in families that do.
            seed: of the initial noise, which all pictures share; or one for each picture.
            steps, guidance: of the pipeline; without them those of its call.
            negative: the cloud that guidance leads away from; without it what the pipeline takes.
            batch_size: pictures at a time; without it `default_batch`.
            progress: called with the number of pictures done after each batch.

        Raises:
            ValueError: weights in a family that gives rows places, vectors that are missing, or settings out of range.
        """
        steps = self.default_steps if steps is None else steps
        guidance = self.default_guidance if guidance is None else guidance
        size = self.default_batch if batch_size is None else batch_size
        rows = as_tensor(embeddings, "embeddings")
        masses = None if weights is None else as_tensor(weights, "weights")
        beside = None if vectors is None else as_tensor(vectors, "vectors")
        seeds = list(seed) if isinstance(seed, Sequence) else [seed] * len(rows)
        width = self._encoded("").cloud.points.shape[1]
        check_asked(rows, masses, steps, guidance, size, width=width, name=self.name)
        self._check_beside(masses, beside, seeds, len(rows))
        guided = guidance > 1 and (self.wiring.away is not None or self.wiring.scale != "guidance_scale")
        away = (negative or self._encoded("").away) if guided else None
        pictures = []
        for chunk in torch.arange(len(rows)).split(size):
            mass, vector = (None if every is None else every[chunk] for every in (masses, beside))
            given = self._text(rows[chunk], mass, vector, away)
            logs = given.pop("log_weights")
            noise = [torch.Generator().manual_seed(int(seeds[k])) for k in chunk]
            how = {"num_inference_steps": steps, self.wiring.scale: guidance, "generator": noise, "output_type": "pt"}
            how |= {"width": self.width, "height": self.height, **dict(self.wiring.given)}
            with nullcontext() if logs is None else self._weighing(logs):
                found = self.pipe(**given, **how).images
            pictures.append((2 * found.float() - 1).clamp(-1, 1).cpu())
            if progress:
                progress(len(chunk))
        return torch.cat(pictures)

    def _text(self, rows: Tensor, masses: Tensor | None, beside: Tensor | None, away: PromptCloud | None) -> dict[str, Any]:
        """What the pipeline's call is given of the text, with `log_weights` of the rows, or None where all count alike.

        Where the texts differ in size, rows of no mass fill up the smaller one.
        """
        count = rows.shape[1]
        size = max(count, len(away) if away else 0)
        texts = [("", rows, beside, count)]
        if away is not None:
            vector = None if away.vector is None else away.vector.expand(len(rows), -1)
            texts.append(("negative_", away.points.expand(len(rows), -1, -1), vector, len(away)))
        given: dict[str, Any] = {"negative_prompt": None} if "negative_prompt" in self._call else {}  # "" would be a second text
        mask = next((name for name in MASKS if name in self._call), None)
        logs = []
        for prefix, points, vector, own in texts:
            given[f"{prefix}prompt_embeds"] = F.pad(points, (0, 0, 0, size - own)).to(self.device, self.dtype)
            if vector is not None:
                given[f"{prefix}pooled_prompt_embeds"] = vector.to(self.device, self.dtype)
            there = (torch.arange(size) < own).expand(len(rows), -1)
            if mask:
                given[f"{prefix}{mask}"] = there.long().to(self.device)
            weights = F.pad(masses, (0, size - own)) if masses is not None and not prefix else there.double()
            if masses is not None and not prefix:  # beside a picture the whole mass counts: that of the plain table
                weights = weights / weights.sum(1, keepdim=True) * len(self._encoded("").cloud)
            logs.insert(0, weights.log().float())
        equal = masses is None and (self.wiring.mask is not None or all(own == size for *_, own in texts))
        return given | {"log_weights": None if equal else torch.cat(logs)}

    @contextmanager
    def _weighing(self, logs: Float[Tensor, "b n"]) -> Iterator[None]:
        """Inside it the denoiser, and nothing else of the pipeline, counts rows by masses whose logarithms are given."""
        masses, denoiser = Weighing(logs.to(self.device), *self._around()), self._denoiser
        enter = denoiser.register_forward_pre_hook(lambda *_: masses.__enter__() and None)
        leave = denoiser.register_forward_hook(lambda *_: masses.__exit__(None, None, None), always_call=True)
        try:
            yield
        finally:
            enter.remove()
            leave.remove()

    def _around(self) -> tuple[int, int]:
        """Rows that are read in one sum with the text: those before it, and those after it."""
        places = (self.width // self._place) * (self.height // self._place)
        before = places if self.wiring.joint == "before" else self.wiring.registers
        return before, places if self.wiring.joint == "after" else 0

    def _check_beside(self, masses: Tensor | None, beside: Tensor | None, seeds: list[int], count: int) -> None:
        if masses is not None and not self.wiring.cloud:
            raise ValueError(f"{self.name} gives each row a place and takes no masses; take clouds whose rows weigh alike")
        if self.wiring.vector is not None and (beside is None or len(beside) != count):
            raise ValueError(f"{self.name} reads a vector beside the rows; give vectors=, one an embedding, as clouds() has them")
        if len(seeds) != count:
            raise ValueError(f"there are {len(seeds)} seeds for {count} pictures; give one for all, or one for each")
        for one in seeds:
            check_seed(one)


def defaults_of(family: str) -> dict[str, Any]:
    """What the call of a class of pipelines takes where nothing is said."""
    return {name: one.default for name, one in inspect.signature(getattr(diffusers, family).__call__).parameters.items()}


def _load(folder: Path, dtype: torch.dtype) -> Any:
    """The pipeline of a folder, from safetensors alone."""
    network = "transformer" if (folder / "transformer").is_dir() else "unet"
    with quiet():
        pipe: Any = diffusers.DiffusionPipeline.from_pretrained(
            folder, torch_dtype=dtype, use_safetensors=True, local_files_only=True, low_cpu_mem_usage=False,
            variant=variant(folder / network, "diffusion_pytorch_model"),
        )  # fmt: skip
    pipe.set_progress_bar_config(disable=True)
    pipe.watermark = None  # of SDXL, where it is installed
    return pipe


@contextmanager
def quiet() -> Iterator[None]:
    """Inside it neither diffusers nor transformers draw progress bars of their own."""
    bars: Any = diffusers.utils.logging
    bars.disable_progress_bar()
    try:
        with warnings.catch_warnings(), without_bars():
            warnings.filterwarnings("ignore", "`torch_dtype` is deprecated", FutureWarning)  # older versions know no other name
            yield
    finally:
        bars.enable_progress_bar()
