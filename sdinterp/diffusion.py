"""Embeddings to pictures with a latent diffusion model: the door to diffusers.

The denoiser reads a prompt as a measure (see `attention`), so a model here renders any weighted point cloud of rows, in any order
and number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from sdinterp.attention import Text, check_asked
from sdinterp.checks import check_seed, check_whole
from sdinterp.clouds import ArrayLike, PointCloud, as_tensor
from sdinterp.defaults import PIXELS, STEPS, of_model
from sdinterp.enlarging import Enlarger, load_enlarger
from sdinterp.extras import needs_extras
from sdinterp.prompts import PromptEncoder, variant
from sdinterp.shortcuts import CompiledDenoiser, Denoiser

with needs_extras():
    from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel


_OF_THE_MODEL = (
    "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "prediction_type", "timestep_spacing",
    "steps_offset", "rescale_betas_zero_snr",
)  # fmt: skip


class DiffusionModel:
    """A text-to-image diffusion model that renders point clouds of embedding rows.

    Make one with `load_model`.
    """

    default_steps, reads_cloud = STEPS, True

    def __init__(self, folder: Path, device: torch.device, dtype: torch.dtype, *, name: str, compile: bool = False) -> None:
        own = of_model(folder)
        self.name, self.device, self.dtype, self.compiled, self._folder = name, device, dtype, compile, folder
        self.default_guidance: float = own["guidance"]
        self.text = PromptEncoder(folder, device, dtype, own["words"])
        self.unet: Any = _part(UNet2DConditionModel, folder / "unet")
        self.vae: Any = _part(AutoencoderKL, folder / "vae")
        for part in (self.unet, self.vae):
            torch.nn.Module.to(part, device, dtype)  # diffusers' own .to() warns of layers in float32 even where there are none
        if device.type == "cpu":
            for weight in (*self.unet.parameters(), *self.vae.parameters()):
                weight.data = weight.data.clone()  # in a file they lie anywhere, and some processors then add in another order
            self.unet.to(memory_format=torch.channels_last)  # slower on CUDA, which has no group norm for it
        self.schedule = schedule_of(folder)
        self._scale = 2 ** (len(self.vae.config.block_out_channels) - 1)  # pixels to a side for a number of the noise
        self._denoise = (CompiledDenoiser if compile else Denoiser)(self.unet)
        self.set_size()

    def encode(self, prompts: str | Sequence[str]) -> Float[Tensor, "b 77 d"]:
        """The embeddings of one prompt or several; words the model does not know are warned of."""
        return self.text([prompts] if isinstance(prompts, str) else prompts)

    def clouds(self, prompts: Sequence[str]) -> list[PointCloud]:
        """The clouds of prompts, on the CPU."""
        return [PointCloud(rows) for rows in self.encode(prompts).cpu()]

    def tokens(self, prompt: str) -> list[str]:
        """The labels of the rows of a prompt's embedding: `<start>`, its words, `<end>`, `<pad>` to the last row."""
        return self.text.tokens(prompt)

    @cached_property
    def _empty(self) -> Float[Tensor, "1 77 d"]:
        return self.encode([""])

    def set_size(self, width: int | None = None, height: int | None = None) -> None:
        """Set `latent_shape`, channels, height and width of the noise that a picture starts from; 4 x 64 x 64 for Stable Diffusion.

        Args:
            width, height: of the pictures, in pixels; without them those that the model was trained on.

        Raises:
            ValueError: a size that is no multiple of the pixels that a number of the noise stands for, to a side.
        """
        (high, wide), scale = _trained_size(self.unet.config), self._scale
        for name, pixels in {"width": width, "height": height}.items():
            if pixels is not None:
                check_whole(name, pixels, 32)
                if pixels % scale:
                    raise ValueError(f"{name} is {pixels}; it must be a multiple of {scale} for {self.name}")
        high, wide = (side if pixels is None else pixels // scale for side, pixels in ((high, height), (wide, width)))
        self.latent_shape: tuple[int, int, int] = (self.unet.config.in_channels, high, wide)

    @property
    def default_batch(self) -> int:
        """Pictures at a time, see `default_batch`."""
        return default_batch(self.latent_shape[1:], self.device)

    def noise(self, seed: int | Sequence[int]) -> Float[Tensor, "k c h w"]:
        """The initial latent of a seed, N(0, 1), the same on every device; of seeds that differ, one latent for each."""
        seeds = seed if isinstance(seed, Sequence) else [seed]
        latents = {}
        for one in dict.fromkeys(seeds):
            check_seed(one)
            latents[one] = torch.randn((1, *self.latent_shape), generator=torch.Generator().manual_seed(int(one)))
        return torch.cat([latents[one] for one in (seeds if len(latents) > 1 else latents)])

    @torch.no_grad()
    def render(
        self, embeddings: Float[ArrayLike, "b n d"], weights: Float[ArrayLike, "b n"] | None = None, *,
        seed: int | Sequence[int] = 0, noise: Float[ArrayLike, "b c h w"] | None = None, steps: int = STEPS,
        guidance: float | None = None, negative: Float[ArrayLike, "1 n d"] | PointCloud | None = None,
        batch_size: int | None = None, progress: Callable[[int], object] | None = None,
    ) -> Float[Tensor, "b 3 h w"]:  # fmt: skip
        """Pictures in [-1, 1] on the CPU, one for each embedding, by a deterministic sampler (DPM-Solver++, second order).

        Args:
            embeddings: (b, n, d) rows of text; n may differ from 77.
            weights: (b, n) masses of the rows, non-negative, each sum positive; none means all equal.
            seed: of the initial noise, which all pictures share; or one for each picture.
            noise: the initial noise itself, (1, c, h, w) shared or (b, c, h, w), instead of a seed.
            steps: of the sampler, at least 1.
            guidance: scale of classifier-free guidance; 1 is none. Without it, the model's own default.
            negative: (1, n, d) rows of the text that guidance leads away from, or their cloud; without it, those of the empty
                prompt.
            batch_size: pictures at a time; without it, the model's `default_batch`. A picture does not depend on it beyond
                rounding (about 1e-5 in float32; up to 5e-3 where a path is about to jump from one picture to another and the
                sampler magnifies it). A compiled model takes as long for fewer.
            progress: called with the number of pictures done after each batch.

        Raises:
            ValueError: shapes that do not match the model, or settings out of range.
        """
        guidance = self.default_guidance if guidance is None else guidance
        batch_size = self.default_batch if batch_size is None else batch_size
        embeddings = as_tensor(embeddings, "embeddings")
        weights = None if weights is None else as_tensor(weights, "weights")
        noise = self.noise(seed) if noise is None else as_tensor(noise, "noise")
        most = self.schedule.get("num_train_timesteps", 1000)
        width = self.unet.config.cross_attention_dim
        check_asked(embeddings, weights, steps, guidance, batch_size, width=width, name=self.name, most_steps=most)
        self._check_noise(noise, len(embeddings))
        if isinstance(negative, PointCloud):
            negative = negative.points[None]
        away = self._empty if negative is None else self._one_text(as_tensor(negative, "negative"))
        noise = noise.to(self.device, self.dtype)
        if self.compiled:
            noise = noise.expand(len(embeddings), -1, -1, -1)
        pictures = []
        for chunk in torch.arange(len(embeddings)).split(batch_size):
            count = len(chunk)
            if self.compiled:  # for one shape, so the last picture fills its batch up
                chunk = F.pad(chunk, (0, batch_size - count), value=int(chunk[-1]))
            text = Text.weighted(embeddings[chunk].to(self.device, self.dtype), None if weights is None else weights[chunk])
            first = noise[chunk] if self.compiled or len(noise) > 1 else noise
            pictures.append(self._decode(self._sample(text, away, first, steps, guidance)[:count]))
            if progress:
                progress(count)
        return torch.cat(pictures)

    def _sample(
        self, text: Text, away: Float[Tensor, "1 n d"], latents: Float[Tensor, "k c h w"], steps: int, guidance: float
    ) -> Float[Tensor, "b c h w"]:
        """From noise to latents: DPM-Solver++ along the times of the schedule.

        All pictures may start from one latent (k = 1); then each becomes its own, as the text pulls them apart.

        Source: Lu et al. (2022), DPM-Solver++, algorithm 2.
        """
        scheduler: Any = DPMSolverMultistepScheduler(**self.schedule)
        scheduler.set_timesteps(steps, device=self.device)
        latents = latents * scheduler.init_noise_sigma
        both = text if guidance == 1 else text.after(Text(away.expand(len(text), -1, -1)))
        for time in scheduler.timesteps:
            unguided = 0 if guidance == 1 else len(latents)  # one picture away from the text for each latent
            guess = self._denoise(scheduler.scale_model_input(latents, time), time, both.last(unguided + len(text)))
            if unguided:
                guess = guess[:unguided] + guidance * (guess[unguided:] - guess[:unguided])
            latents = scheduler.step(guess, time, latents.expand_as(guess)).prev_sample
        return latents

    def _decode(self, latents: Tensor) -> Float[Tensor, "b 3 h w"]:
        """Pictures of latents, as many at a time as have `PIXELS`."""
        at_once = max(1, PIXELS // (math.prod(latents.shape[2:]) * self._scale**2))
        parts = (latents / self.vae.config.scaling_factor).split(at_once)
        return torch.cat([self.vae.decode(part).sample.float().clamp(-1, 1).cpu() for part in parts])

    @cached_property
    def _enlarger(self) -> Enlarger | None:
        return load_enlarger(self._folder)

    @torch.no_grad()
    def enlarge(self, pictures: Float[ArrayLike, "b 3 h w"]) -> Float[Tensor, "b 3 H W"]:
        """Pictures at twice their side, to look at, if the model's folder has an enlarger; as they are if it has none.

        Args:
            pictures: in [-1, 1], painted by this model. Measures are taken of these, never of the larger ones.
        """
        small = as_tensor(pictures, "pictures")
        return self._enlarger(small.float()).clamp(-1, 1) if self._enlarger else small

    def _one_text(self, rows: Tensor) -> Float[Tensor, "1 n d"]:
        """The rows of a negative prompt, where the model is."""
        if rows.ndim != 3 or len(rows) != 1 or rows.shape[2] != self.unet.config.cross_attention_dim:
            raise ValueError(f"negative has shape {tuple(rows.shape)}; it must be (1, n, {self.unet.config.cross_attention_dim})")
        if not torch.isfinite(rows).all():
            raise ValueError("negative holds NaN or infinity")
        return rows.to(self.device, self.dtype)

    def _check_noise(self, noise: Tensor, count: int) -> None:
        if noise.shape[1:] != self.latent_shape or noise.shape[0] not in (1, count):
            raise ValueError(f"noise has shape {tuple(noise.shape)}; it must be (1 or {count}, *{self.latent_shape})")
        if not torch.isfinite(noise).all():
            raise ValueError("noise holds NaN or infinity")


def default_batch(size: Sequence[int], device: torch.device) -> int:
    """Pictures at a time for latents of a height and width on a device.

    24 where they are small, which was the fastest on two cores, 512 to fill a GPU; 8 where memory counts.
    """
    small = math.prod(size) <= 256
    return 8 if not small else 512 if device.type == "cuda" else 24


def latent_size(folder: Path) -> tuple[int, int]:
    """Height and width of the latents that the model in a folder was trained on."""
    config: Any = UNet2DConditionModel.load_config(folder / "unet")
    return _trained_size(config)


def _trained_size(config: Mapping[str, Any]) -> tuple[int, int]:
    own = config.get("sample_size") or 64
    return (own[0], own[1]) if isinstance(own, Sequence) else (own, own)


def sizes(unet: Any, vae: Any, text: Any) -> dict[str, int | str]:
    """How large a model of Stable Diffusion's kind is, as its parts' configurations say; they may be without weights."""
    side, reads = unet.config.sample_size, [kind.startswith("Cross") for kind in unet.config.down_block_types]
    places = [side // 2**level for level, there in enumerate(reads) if there or level == len(reads) - 1]
    wide = side * 2 ** (len(vae.config.block_out_channels) - 1)
    parts = {"text encoder": text, "denoiser": unet, "autoencoder": vae}
    return {
        "rows of an embedding, n": text.config.max_position_embeddings, "width of a row, d": unet.config.cross_attention_dim,
        "latents": f"{unet.config.in_channels} x {side} x {side}", "picture": f"{wide} x {wide}",
        "sides at which the denoiser reads the text": ", ".join(map(str, places)),
        **{f"{name}, million numbers": f"{sum(p.numel() for p in part.parameters()) / 1e6:.1f}" for name, part in parts.items()},
    }  # fmt: skip


def schedule_of(folder: Path) -> dict[str, Any]:
    """What a folder's scheduler says of the model: its noise schedule, what it predicts, and at which times it is asked.

    All else a scheduler may say (another algorithm, noise added at every step) belongs to the sampler, and that is ours.
    """
    config: Any = DPMSolverMultistepScheduler.load_config(folder / "scheduler")
    schedule = {name: config[name] for name in _OF_THE_MODEL if name in config}
    DPMSolverMultistepScheduler(**schedule)  # which refuses a noise schedule that it does not know
    return schedule


def _part(kind: Any, folder: Path) -> Any:
    """A network with its weights, all of them: what a file lacks would be drawn at random."""
    how = {"use_safetensors": True, "low_cpu_mem_usage": False, "variant": variant(folder, "diffusion_pytorch_model")}
    network, found = kind.from_pretrained(folder, output_loading_info=True, **how)
    if missing := found["missing_keys"]:
        raise ValueError(f"{folder.name} lacks {len(missing)} weights, for example {sorted(missing)[0]}")
    return network.eval()
