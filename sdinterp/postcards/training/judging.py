"""The judge, trained apart from the model: drawings in, ten attributes out."""

from __future__ import annotations

import random

import torch
import torch.nn.functional as F
from torch import Tensor

from sdinterp.postcards.drawing import draw, to_tensor
from sdinterp.postcards.judge import Judge, labels
from sdinterp.postcards.scenes import random_scene


def judge_loss(step: int, judge: Judge, batch: int = 64) -> Tensor:
    """Cross-entropy, summed over the attributes, on new drawings with a little noise on half of them."""
    rng, device = random.Random(f"judge 7 {step}"), next(judge.parameters()).device
    scenes = [random_scene(rng) for _ in range(batch)]
    pictures = to_tensor(draw(scene, rng) for scene in scenes).to(device)
    pictures[::2] += 0.1 * torch.randn_like(pictures[::2])
    truth = labels(scenes).to(device).T
    return torch.stack([F.cross_entropy(scores, own) for scores, own in zip(judge(pictures), truth, strict=True)]).sum()
