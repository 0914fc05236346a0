"""What every stage of the training shares: a pool of drawn scenes, and checkpoints that survive a kill."""

from __future__ import annotations

import math
import os
import random
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from sdinterp.models import native_bfloat16
from sdinterp.postcards.drawing import SIZE, draw
from sdinterp.postcards.scenes import Scene, random_scene

CPU = torch.device("cpu")


def to_unit(pictures: UInt8[Tensor, "b h w 3"]) -> Float[Tensor, "b 3 h w"]:
    """Pictures of bytes as float pictures in [-1, 1]."""
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1


def stack(pictures: list[Image.Image]) -> UInt8[Tensor, "b h w 3"]:
    """PIL pictures as one tensor of bytes."""
    return torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures]))


class Pool:
    """Scenes drawn once and used many times.

    Args:
        count: how many scenes.
        seed: the pool is a function of it: training takes even seeds, judges and tests odd ones.
    """

    def __init__(self, count: int, seed: int) -> None:
        rng = random.Random(seed)
        self.scenes: list[Scene] = []
        self.pictures: UInt8[Tensor, "b h w 3"] = torch.empty(count, SIZE, SIZE, 3, dtype=torch.uint8)
        for i in tqdm(range(count), desc="drawing", mininterval=2):
            scene = random_scene(rng)
            self.scenes.append(scene)
            self.pictures[i] = torch.from_numpy(np.array(draw(scene, rng)))

    def batch(self, indices: Tensor) -> tuple[Float[Tensor, "b 3 h w"], list[Scene]]:
        """The pictures at `indices`, in [-1, 1], and their scenes."""
        return to_unit(self.pictures[indices]), [self.scenes[i] for i in indices.tolist()]


def half_precision(device: torch.device) -> torch.autocast:
    """Run what follows in bfloat16 where the device has instructions for it, and in float32 where it would only imitate them."""
    gpu = device.type == "cuda"
    native = torch.cuda.is_bf16_supported(including_emulation=False) if gpu else native_bfloat16()
    return torch.autocast(device.type, torch.bfloat16, enabled=native)


def one_cycle(optimizer: torch.optim.Optimizer, lr: float, first: int, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """A learning rate that rises to `lr` over 300 steps (a fifth where there are few), then falls to zero along a cosine."""
    rise = max(1, min(300, steps // 5))
    for group in optimizer.param_groups:
        group["initial_lr"] = lr

    def share(step: int) -> float:
        return min(1.0, (step + 1) / rise) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, share, last_epoch=first - 1)


def save_checkpoint(path: Path, state: dict) -> None:
    """Write a checkpoint wholly or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    torch.save(state, unfinished)
    os.replace(unfinished, path)


def load_checkpoint(path: Path) -> dict | None:
    """The checkpoint at `path`, on the CPU wherever it was written, or None where there is none yet."""
    return torch.load(path, weights_only=True, map_location="cpu") if path.exists() else None
