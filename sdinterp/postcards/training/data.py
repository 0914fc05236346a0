"""Scenes drawn once and learned from many times."""

from __future__ import annotations

import random
from collections.abc import Iterable

from jaxtyping import Float
from PIL import Image
from torch import Tensor
from tqdm import trange

from sdinterp.postcards.drawing import draw, to_tensor
from sdinterp.postcards.scenes import Scene, random_scene


class Pool:
    """A pool of scenes and their pictures.

    Args:
        count: how many scenes.
        seed: the pool is a function of it: training takes even seeds, judges and tests odd ones.
    """

    def __init__(self, count: int, seed: int) -> None:
        rng = random.Random(seed)
        self.scenes: list[Scene] = []
        self._drawn: list[Image.Image] = []
        for _ in trange(count, desc="drawing", mininterval=2):
            self.scenes.append(random_scene(rng))
            self._drawn.append(draw(self.scenes[-1], rng))

    def __len__(self) -> int:
        return len(self.scenes)

    def pictures(self, indices: Iterable[int]) -> Float[Tensor, "b 3 h w"]:
        """The pictures at `indices`, in [-1, 1]."""
        return to_tensor(self._drawn[i] for i in indices)
