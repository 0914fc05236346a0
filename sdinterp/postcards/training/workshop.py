"""Where a training happens: what was asked of it, and what it has so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import torch
from diffusers import AutoencoderKL
from jaxtyping import Float
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from sdinterp.postcards.captions import vocabulary
from sdinterp.postcards.image_encoder import ImageEncoder, load_image_encoder
from sdinterp.postcards.training.data import Pool
from sdinterp.postcards.training.loop import load_checkpoint, save_checkpoint
from sdinterp.postcards.training.pictures import mean_latents, new_autoencoder
from sdinterp.postcards.training.text import new_text_encoder
from sdinterp.postcards.training.tokenizer import write_tokenizer
from sdinterp.prompts import load_text_model

Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class Workshop:
    """The folders of a training and its options. A part that no stage has trained here is the one that `out` holds.

    Attributes:
        work: checkpoints. out: the model's folder, where `export` writes.
        scenes: in a pool. keep_words: see `text_loss`.
        stitched: the denoiser begins as the bundled one, made to read the new text encoder.
        device: where it trains.
        seed: of the first weights and of the scenes; another one trains another model by the same recipe.
    """

    work: Path
    out: Path
    scenes: int
    keep_words: bool
    stitched: bool
    device: torch.device
    seed: int = 0

    def pool(self, number: int) -> Pool:
        """Scenes to learn from; pools of even numbers are for training."""
        return Pool(self.scenes, number + 4 * self.seed)

    def checkpoint(self, stage: str) -> Path:
        """The file of a stage's checkpoint."""
        return self.work / f"{stage}.pt"

    def reached(self, stage: str, module: Module, part: str = "") -> Module | None:
        """A module with the weights that a stage has reached, in a `part` of its own, or None where the stage was not run."""
        if (saved := load_checkpoint(self.checkpoint(stage))) is None:
            return None
        module.load_state_dict({name.removeprefix(part): value for name, value in saved["model"].items() if name.startswith(part)})
        return module.eval()

    def place(self, module: Module) -> Module:
        """A module, on the device."""
        nn.Module.to(module, self.device)
        return module

    @cached_property
    def tokenizer(self) -> CLIPTokenizer:
        """The tokenizer of the world's words."""
        write_tokenizer(self.work / "tokenizer", vocabulary())
        return CLIPTokenizer.from_pretrained(self.work / "tokenizer")

    def text_encoder(self) -> CLIPTextModel:
        """The text encoder so far."""
        return self.reached("text", new_text_encoder(self.tokenizer), "text.") or load_text_model(self.out / "text_encoder")

    def image_encoder(self) -> ImageEncoder:
        """The image encoder so far."""
        new = ImageEncoder()
        trained = self.reached("image", new, "image.") or self.reached("text", new, "image.")
        return trained or load_image_encoder(self.out / "image_encoder.safetensors")

    def autoencoder(self) -> AutoencoderKL:
        """The autoencoder so far, its decoder not yet tuned alone."""
        new = self.reached("autoencoder", new_autoencoder())
        return new or AutoencoderKL.from_pretrained(self.out / "vae", low_cpu_mem_usage=False).float()

    def latents(self, pool: Pool) -> Float[Tensor, "n 4 16 16"]:
        """The latents of a pool's pictures, scaled to unit variance; computed once."""
        cache = load_checkpoint(self.checkpoint("latents"))
        if cache is None or len(cache["latents"]) != len(pool):
            latents = mean_latents(self.place(self.autoencoder()), pool)
            cache = {"latents": latents / latents.std(), "factor": 1 / latents.std().item()}
            save_checkpoint(self.checkpoint("latents"), cache)
        return cache["latents"]
