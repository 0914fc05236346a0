"""Does a picture show what its prompt says? A classifier of the ten attributes, trained on drawings and on nothing else.

The model under judgement never sees the judge, and the judge never sees the model's pictures before it judges them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from safetensors.torch import load_file
from torch import Tensor, nn

from sdinterp.postcards.captions import describe
from sdinterp.postcards.image_encoder import halving
from sdinterp.postcards.scenes import ATTRIBUTES, Scene, random_scene

WEIGHTS = Path(__file__).parent / "weights" / "judge.safetensors"

_SIZES = [len(values) for values in ATTRIBUTES.values()]


class Judge(nn.Module):
    """A small convolutional network from pictures (b, 3, 64, 64) in [-1, 1] to scores of every value of every attribute."""

    def __init__(self) -> None:
        super().__init__()
        channels = (3, 32, 64, 128, 128)
        self.body = nn.Sequential(
            *(halving(a, b, nn.BatchNorm2d) for a, b in pairwise(channels)),
            nn.Flatten(), nn.Dropout(0.2), nn.Linear(channels[-1] * 16, sum(_SIZES)),
        )  # fmt: skip

    def forward(self, pictures: Float[Tensor, "b 3 h w"]) -> tuple[Tensor, ...]:
        """The logits of each attribute, (b, number of its values)."""
        return self.body(pictures).split(_SIZES, dim=1)

    @torch.no_grad()
    def reads(self, pictures: Float[Tensor, "b 3 h w"]) -> tuple[Int[Tensor, "b 10"], Float[Tensor, "b 10"]]:
        """The value of each attribute in each picture, as class indices, and the probability that the judge gives it."""
        device = next(self.parameters()).device
        likely = [[scores.softmax(1).max(1) for scores in self(part.to(device))] for part in pictures.split(64)]
        values = torch.cat([torch.stack([best.indices for best in part], 1) for part in likely])
        return values.cpu(), torch.cat([torch.stack([best.values for best in part], 1) for part in likely]).cpu()

    def sees(self, pictures: Float[Tensor, "b 3 h w"]) -> Int[Tensor, "b 10"]:
        """The value of each attribute in each picture, as class indices."""
        return self.reads(pictures)[0]

    def agrees(self, pictures: Float[Tensor, "b 3 h w"], scenes: list[Scene]) -> Bool[Tensor, "b 10"]:
        """For each picture and attribute, whether the judge sees the scene's value."""
        return self.sees(pictures) == labels(scenes)


@dataclass(frozen=True)
class Verdict:
    """How often a set of pictures shows what its scenes say, by attribute and all ten at once."""

    by_attribute: dict[str, float]
    all_ten: float


def labels(scenes: list[Scene]) -> Int[Tensor, "b 10"]:
    """Scenes as class indices."""
    return torch.tensor([scene.labels() for scene in scenes])


def verdict(judge: Judge, pictures: Float[Tensor, "b 3 h w"], scenes: list[Scene]) -> Verdict:
    """Judge pictures against the scenes that they should show."""
    right = judge.agrees(pictures, scenes)
    rates = dict(zip(ATTRIBUTES, right.float().mean(0).tolist(), strict=True))
    return Verdict(rates, right.all(1).float().mean().item())


def load_judge() -> Judge:
    """The judge that comes with the package, in float32."""
    judge = Judge()
    judge.load_state_dict(load_file(WEIGHTS))
    return judge.eval()


def held_out_prompts(count: int, seed: int = 1) -> tuple[list[Scene], list[str]]:
    """Scenes that no training pool holds by its seed, and prompts in free word order that name all ten attributes of each."""
    rng = random.Random(f"held out {seed}")
    scenes = [random_scene(rng) for _ in range(count)]
    return scenes, [describe(scene, rng, "free") for scene in scenes]
