r"""Embeddings to pictures with a latent diffusion model: the door to diffusers.

The denoiser reads the text by cross-attention, $\sum_i w_i e^{q \cdot k_i} v_i / \sum_i w_i e^{q \cdot k_i}$, a function
of the measure $\sum_i w_i \delta_{x_i}$ of the embedding's rows. So a model here renders any weighted point cloud of rows, in
any order and number.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
from jaxtyping import Float
from safetensors import SafetensorError
from torch import Tensor

from sdinterp.checks import check_guidance, check_seed, check_whole, meant
from sdinterp.prompts import PromptEncoder

POSTCARDS = Path(__file__).parent / "postcards" / "weights"

REVISIONS = {
    "stable-diffusion-v1-5/stable-diffusion-v1-5": "451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
    "CompVis/stable-diffusion-v1-4": "133a221b8aa7292a167afc5127cb63fb5005638b",
    "stabilityai/stable-diffusion-2-1-base": "5ede9e4bf3e3fd1cb0ef2f7a3fff13ee514fdf06",
}
"""Hub models that load by name alone, each at the commit we name; others need `revision`."""

_PARTS = ("tokenizer", "text_encoder", "unet", "vae", "scheduler")

_DOWNLOADED = ["model_index.json", "*/*config.json", "tokenizer/*", "text_encoder/model.safetensors"]
_DOWNLOADED += [f"{part}/diffusion_pytorch_model.safetensors" for part in ("unet", "vae")]


class ModelUnavailable(ValueError):
    """A model that is neither in the package, nor a folder, nor to be had from the hub."""


class WeightedAttention:
    """Attention against a measure: the masses of the rows enter as log-weights on the logits of cross-attention.

    Each layer has its own. It keeps the keys and values of the text it read last, which do not change from one
    step of the sampler to the next. (Where gradients are wanted it keeps nothing.)
    """

    def __init__(self) -> None:
        self._text: weakref.ref[Tensor] | None = None
        self._version = 0
        self._kept: tuple[Tensor, Tensor] | None = None

    def __call__(
        self,
        attn: Any,
        hidden_states: Float[Tensor, "b q c"],
        encoder_hidden_states: Float[Tensor, "b n d"] | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        log_weights: Float[Tensor, "b n"] | None = None,
    ) -> Float[Tensor, "b q c"]:
        """Called by diffusers in each attention layer; `log_weights` come from `cross_attention_kwargs`."""
        mask = None
        if encoder_hidden_states is not None and log_weights is not None:
            mask = log_weights.to(hidden_states.dtype)[:, None, None, :]
        query = _heads(attn, attn.to_q(hidden_states))
        if encoder_hidden_states is None:
            key, value = _keys_and_values(attn, hidden_states)
        else:
            key, value = self._of_text(attn, encoder_hidden_states)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return attn.to_out[0](mixed.transpose(1, 2).flatten(2))

    def _of_text(self, attn: Any, text: Float[Tensor, "b n d"]) -> tuple[Tensor, Tensor]:
        if torch.is_grad_enabled():
            return _keys_and_values(attn, text)
        if self._kept is None or self._text is None or self._text() is not text or self._version != text._version:
            self._text, self._version, self._kept = weakref.ref(text), text._version, _keys_and_values(attn, text)
        return self._kept


class SharedStart:
    """Does what a denoiser does before it first reads text once for all copies of a latent.

    Guided and unguided pictures are copies in this sense: their latents are the same, only their text is not.
    """

    def __init__(self, unet: Any) -> None:
        self._copies = 1
        for layer in _before_text(unet):
            layer.register_forward_pre_hook(self._first)
            layer.register_forward_hook(self._all)

    @contextmanager
    def of(self, copies: int) -> Iterator[None]:
        """Within, each batch that the denoiser is given holds so many copies of its first latents, one after the other."""
        self._copies = copies
        try:
            yield
        finally:
            self._copies = 1

    def _first(self, _: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(batch[: len(batch) // self._copies] for batch in inputs)

    def _all(self, _: Any, __: Any, output: Tensor) -> Tensor:
        return torch.cat([output] * self._copies) if self._copies > 1 else output


class DiffusionModel:
    """A text-to-image diffusion model that renders point clouds of embedding rows.

    Make one with `load_model`.
    """

    def __init__(
        self,
        folder: Path,
        device: torch.device,
        dtype: torch.dtype,
        *,
        name: str,
        guidance: float,
        known_words: Sequence[str] | None,
    ) -> None:
        self.name, self.device, self.dtype, self.default_guidance = name, device, dtype, guidance
        self._prompts = PromptEncoder(folder, device, dtype, known_words)
        self.unet: Any = _part(UNet2DConditionModel, folder / "unet")
        self.vae: Any = _part(AutoencoderKL, folder / "vae")
        for part in (self.unet, self.vae):
            torch.nn.Module.to(part, device, dtype)  # diffusers' own .to() warns of layers in float32 even where there are none
        self.unet.to(memory_format=torch.channels_last)  # the faster one on CPUs and GPUs
        self.unet.set_attn_processor({name: WeightedAttention() for name in self.unet.attn_processors})
        self._start = SharedStart(self.unet)
        self._schedule: Any = DPMSolverMultistepScheduler.load_config(folder / "scheduler")

    def encode(self, prompts: str | Sequence[str]) -> Float[Tensor, "b 77 d"]:
        """The embeddings of one prompt or several; words the model does not know are warned of."""
        return self._prompts([prompts] if isinstance(prompts, str) else prompts)

    def tokens(self, prompt: str) -> list[str]:
        """The labels of the rows of a prompt's embedding: `<start>`, its words, `<end>`, `<pad>` to the last row."""
        return self._prompts.tokens(prompt)

    @cached_property
    def _empty(self) -> Float[Tensor, "1 77 d"]:
        return self.encode([""])

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the noise that a picture starts from; 4 x 64 x 64 for Stable Diffusion 1.x."""
        side = self.unet.config.sample_size
        return self.unet.config.in_channels, side, side

    @property
    def default_batch(self) -> int:
        """Pictures at a time: 24 where latents are small, which was the fastest on two cores; 8 where memory counts."""
        return 24 if self.latent_shape[2] <= 16 else 8

    def noise(self, seed: int) -> Float[Tensor, "1 c h w"]:
        """The initial latent of a seed, N(0, 1): the same on every device."""
        check_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        return torch.randn((1, *self.latent_shape), generator=generator)

    @torch.no_grad()
    def render(
        self,
        embeddings: Float[Tensor, "b n d"],
        weights: Float[Tensor, "b n"] | None = None,
        *,
        seed: int = 0,
        noise: Float[Tensor, "b c h w"] | None = None,
        steps: int = 20,
        guidance: float | None = None,
        batch_size: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Float[Tensor, "b 3 h w"]:
        """Pictures in [-1, 1], one for each embedding, by a deterministic sampler (DPM-Solver++, second order).

        Args:
            embeddings: (b, n, d) rows of text; n may differ from 77.
            weights: (b, n) masses of the rows, non-negative, each sum positive; none means all equal.
            seed: of the initial noise, which all pictures share.
            noise: the initial noise itself, (1, c, h, w) shared or (b, c, h, w), instead of a seed.
            steps: of the sampler, at least 1.
            guidance: scale of classifier-free guidance; 1 is none. Without it, the model's own default.
            batch_size: pictures at a time; without it, the model's `default_batch`. A picture does not depend on it beyond
                rounding (about 1e-5 in float32; up to 5e-3 where a path is about to jump from one picture to another and the
                sampler magnifies it).
            progress: called with the number of pictures done after each batch.

        Raises:
            ValueError: shapes that do not match the model, or settings out of range.
        """
        guidance = self.default_guidance if guidance is None else guidance
        batch_size = self.default_batch if batch_size is None else batch_size
        count = self._check_render(embeddings, weights, noise, steps, guidance, batch_size)
        noise = self.noise(seed) if noise is None else noise
        noise = noise.to(self.device, self.dtype)
        pictures = []
        for start in range(0, count, batch_size):
            chunk = slice(start, start + batch_size)
            part = embeddings[chunk].to(self.device, self.dtype)
            masses = None if weights is None else weights[chunk].to(self.device)
            start_from = noise if len(noise) == 1 else noise[chunk]
            pictures.append(self._decode(self._sample(part, masses, start_from, steps, guidance)))
            if progress:
                progress(len(part))
        return torch.cat(pictures)

    def _sample(self, rows: Tensor, weights: Tensor | None, latents: Tensor, steps: int, guidance: float) -> Tensor:
        """Denoise: at each time one call of the network, the unguided pictures before the guided ones.

        From one noise all pictures start alike: in the first call all latents are one, and one unguided picture serves them all.
        """
        count, alike = len(rows), len(latents) == 1
        rows, log_weights = self._with_empty(rows, weights) if guidance != 1 else (rows, _log(weights))
        scheduler: Any = DPMSolverMultistepScheduler.from_config(self._schedule)
        scheduler.set_timesteps(steps, device=self.device)
        latents = (latents * scheduler.init_noise_sigma).expand(count, -1, -1, -1)
        for number, time in enumerate(scheduler.timesteps):
            one = alike and number == 0
            unguided = 0 if guidance == 1 else 1 if one else count
            batch = torch.cat([latents[:unguided], latents])
            text = rows if len(rows) == len(batch) else rows[-len(batch) :]
            attention = None if log_weights is None else {"log_weights": log_weights[-len(batch) :]}
            with self._start.of(len(batch) // (1 if one else count)):
                guess = self.unet(scheduler.scale_model_input(batch, time), time, text, cross_attention_kwargs=attention).sample
            if unguided:
                guess = guess[:unguided] + guidance * (guess[unguided:] - guess[:unguided])
            latents = scheduler.step(guess, time, latents).prev_sample
        return latents

    def _with_empty(self, rows: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Stack the empty prompt before the rows; where the sizes differ, both are filled up with rows of no mass."""
        empty = self._empty.expand(len(rows), -1, -1)
        if weights is None and rows.shape[1] == empty.shape[1]:
            return torch.cat([empty, rows]), None
        size = max(rows.shape[1], empty.shape[1])
        masses = torch.ones(rows.shape[:2], device=rows.device) / rows.shape[1] if weights is None else weights
        plain = torch.ones(empty.shape[:2], device=rows.device, dtype=masses.dtype) / empty.shape[1]
        rows = torch.cat([F.pad(cloud, (0, 0, 0, size - cloud.shape[1])) for cloud in (empty, rows)])
        return rows, _log(torch.cat([F.pad(mass, (0, size - mass.shape[1])) for mass in (plain, masses)]))

    def _decode(self, latents: Tensor) -> Float[Tensor, "b 3 h w"]:
        return self.vae.decode(latents / self.vae.config.scaling_factor).sample.float().clamp(-1, 1)

    def _check_render(
        self, embeddings: Tensor, weights: Tensor | None, noise: Tensor | None, steps: int, guidance: float, batch_size: int
    ) -> int:
        width = self.unet.config.cross_attention_dim
        if not isinstance(embeddings, Tensor):
            raise ValueError(f"embeddings are {type(embeddings).__name__}; {self.name} renders a torch tensor (b, n, {width})")
        if embeddings.ndim != 3 or embeddings.shape[2] != width or 0 in embeddings.shape:
            raise ValueError(f"embeddings have shape {tuple(embeddings.shape)}; {self.name} renders (b, n, {width})")
        if not torch.isfinite(embeddings).all():
            raise ValueError("embeddings hold NaN or infinity")
        if weights is not None:
            if weights.shape != embeddings.shape[:2]:
                raise ValueError(f"weights have shape {tuple(weights.shape)}; these embeddings need {tuple(embeddings.shape[:2])}")
            if not torch.isfinite(weights).all() or (weights < 0).any() or (weights.sum(1) <= 0).any():
                raise ValueError("weights must be finite, not negative, and positive for at least one row of each embedding")
        if noise is not None and (noise.shape[1:] != self.latent_shape or noise.shape[0] not in (1, len(embeddings))):
            raise ValueError(f"noise has shape {tuple(noise.shape)}; it must be (1 or {len(embeddings)}, *{self.latent_shape})")
        if noise is not None and not torch.isfinite(noise).all():
            raise ValueError("noise holds NaN or infinity")
        check_whole("steps", steps, 1, self._schedule["num_train_timesteps"])
        check_whole("batch_size", batch_size, 1)
        check_guidance(guidance)
        return len(embeddings)


def load_model(
    name: str | Path = "postcards",
    *,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
    revision: str | None = None,
) -> DiffusionModel:
    """Load a text-to-image model.

    Args:
        name: `"postcards"`, the bundled model; a local diffusers folder; or the hub id of a Stable Diffusion 1.x or 2.x checkpoint.
        device: without it a GPU where there is one, else the CPU. The bundled model is small and stays on the CPU, so that its
            pictures are the same everywhere.
        dtype: without it float32 on the CPU and for the bundled model, float16 on a GPU.
        revision: the commit of a hub model. Ids in `REVISIONS` have one already.

    Raises:
        ModelUnavailable: no such folder, no network, a hub id without a pinned revision, or weights that cannot be read.
        ValueError: a device that is not there, or a dtype that no model runs in.
    """
    bundled = str(name) == "postcards"
    device = find_device(device or ("cpu" if bundled else None))
    dtype = dtype or (torch.float32 if bundled or device.type == "cpu" else torch.float16)
    if dtype not in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        raise ValueError(f"dtype is {dtype}; a model runs in torch.float32, float16, bfloat16 or float64")
    from sdinterp.postcards.captions import vocabulary

    folder = model_folder(name, revision)
    guidance, known_words = (4.0, vocabulary()) if folder == POSTCARDS else (7.5, None)
    try:
        return DiffusionModel(folder, device, dtype, name=str(name), guidance=guidance, known_words=known_words)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        reason = str(error).strip().partition("\n")[0]
        raise ModelUnavailable(f"{name} cannot be loaded as a Stable Diffusion folder ({reason})") from error


def model_folder(name: str | Path, revision: str | None = None) -> Path:
    """The diffusers folder of a model as `load_model` has it: bundled, local, or from the hub at a pinned commit.

    Raises:
        ModelUnavailable: there is none.
    """
    if str(name) == "postcards":
        return POSTCARDS
    if not str(name).strip() or "\0" in str(name):
        raise ModelUnavailable(f"there is no model {str(name)!r}; the bundled one is 'postcards'")
    folder = Path(name) if Path(name).is_dir() else _download(str(name), revision)
    if not (folder / "model_index.json").is_file():
        raise ModelUnavailable(f"{name} is not a diffusers folder: it has no model_index.json")
    if missing := [part for part in _PARTS if not (folder / part).is_dir()]:
        raise ModelUnavailable(f"{name} is not a Stable Diffusion folder: it has no {missing[0]}")
    return folder


def find_device(device: str | torch.device | None = None) -> torch.device:
    """The device of a name; without one, a GPU where there is one, else the CPU.

    Raises:
        ValueError: no such device on this machine.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    try:
        found = torch.device(device or ("cuda" if gpus else "cpu"))
    except RuntimeError:
        raise ValueError(f"there is no device {device!r}; choose cpu, cuda or cuda:1") from None
    if found.type == "cuda" and (found.index or 0) >= gpus:
        raise ValueError(f"device is {str(found)!r}, and PyTorch finds {gpus} GPUs on this machine; use cpu")
    return found


def native_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16; others imitate it, many times slower."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def _before_text(unet: Any) -> Iterator[torch.nn.Module]:
    """The layers of a denoiser, in order, up to the first that reads text."""
    yield unet.conv_in
    for block in unet.down_blocks:
        for resnet in block.resnets:
            yield resnet
            if hasattr(block, "attentions"):
                return
        yield from block.downsamplers or ()


def _part(kind: Any, folder: Path) -> Any:
    """A network with its weights, all of them: what a file lacks would be drawn at random."""
    network, found = kind.from_pretrained(folder, use_safetensors=True, low_cpu_mem_usage=False, output_loading_info=True)
    if missing := found["missing_keys"]:
        raise ValueError(f"{folder.name} lacks {len(missing)} weights, for example {sorted(missing)[0]}")
    return network.eval()


def _download(name: str, revision: str | None) -> Path:
    """The local copy of a hub model at a pinned commit, safetensors only."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    offline = "the bundled model needs no network: use 'postcards'"
    revision = revision or REVISIONS.get(name)
    if name.count("/") != 1 or os.path.isabs(name) or name.startswith("."):
        raise ModelUnavailable(f"there is no model or folder {name!r}{meant(name, ('postcards', *REVISIONS))}; {offline}")
    if revision is None:
        raise ModelUnavailable(f"say which commit of {name} is meant (revision=…), so that results can be repeated; {offline}")
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=_DOWNLOADED))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelUnavailable(f"cannot get {name} from the hub ({type(error).__name__}); {offline}") from error


def _keys_and_values(attn: Any, rows: Float[Tensor, "b n d"]) -> tuple[Tensor, Tensor]:
    return _heads(attn, attn.to_k(rows)), _heads(attn, attn.to_v(rows))


def _heads(attn: Any, projected: Float[Tensor, "b n c"]) -> Float[Tensor, "b heads n c"]:
    return projected.unflatten(-1, (attn.heads, -1)).transpose(1, 2)


def _log(weights: Tensor | None) -> Tensor | None:
    return None if weights is None else weights.double().log().float()
