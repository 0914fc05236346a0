"""The loop that every stage of the training goes through, and checkpoints that survive a kill."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import EMAModel
from torch import Tensor, nn
from tqdm import trange

from sdinterp.files import whole
from sdinterp.models import native_bfloat16


def train(
    checkpoint: Path, model: nn.Module, loss: Callable[[int], Tensor], steps: int, lr: float, *,
    decay: float = 0.01, clip: float | None = None, average: bool = False, save_every: int = 250,
) -> None:  # fmt: skip
    """Train what a model's gradients reach, from its checkpoint if there is one.

    Args:
        checkpoint: a file; give more `steps` to train on from it.
        model: changed in place, on the device and in the mode that it is in.
        loss: of a step, by its number. What a step draws at random hangs on the number, or on PyTorch's own generator, which the
            checkpoint keeps: on a CPU, a training that was killed ends where an undisturbed one does.
        steps: in all, those of the checkpoint included; AdamW at `lr`, with a cosine to zero at the last step.
        decay: of the weights. clip: the largest norm of a gradient.
        average: keep an exponential moving average of the weights, in the checkpoint's `ema`.
        save_every: steps between two checkpoints.
    """
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=lr, weight_decay=decay)
    kept: dict[str, Any] = {"model": model, "optimizer": optimizer}
    if average:
        kept["ema"] = EMAModel(weights, decay=0.9995, use_ema_warmup=True, power=0.75, foreach=True)
    first = 0
    if saved := load_checkpoint(checkpoint):
        for name, part in kept.items():
            part.load_state_dict(saved[name])
        if average:
            kept["ema"].to(weights[0].device)
        torch.set_rng_state(saved["random"])
        first = saved["step"]
    schedule = one_cycle(optimizer, lr, first, steps)
    for step in (bar := trange(first, steps, initial=first, total=steps, desc=checkpoint.stem, mininterval=2)):
        value = loss(step)
        optimizer.zero_grad()
        value.backward()
        if clip:
            nn.utils.clip_grad_norm_(weights, clip)
        optimizer.step()
        schedule.step()
        if average:
            kept["ema"].step(weights)
        if step % 20 == 0:
            bar.set_postfix(loss=f"{value.item():.4f}")
        if (step + 1) % save_every == 0 or step + 1 == steps:
            states = {name: part.state_dict() for name, part in kept.items()}
            save_checkpoint(checkpoint, states | {"random": torch.get_rng_state(), "step": step + 1})


def one_cycle(optimizer: torch.optim.Optimizer, lr: float, first: int, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """A learning rate that rises to `lr` over 300 steps (a fifth where there are few), then falls to zero along a cosine."""
    rise = max(1, min(300, steps // 5))
    for group in optimizer.param_groups:
        group["initial_lr"] = lr

    def share(step: int) -> float:
        return min(1.0, (step + 1) / rise) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, share, last_epoch=first - 1)


def half_precision(device: torch.device) -> torch.autocast:
    """Run what follows in bfloat16 where the device has instructions for it, and in float32 where it would only imitate them."""
    gpu = device.type == "cuda"
    native = torch.cuda.is_bf16_supported(including_emulation=False) if gpu else native_bfloat16()
    return torch.autocast(device.type, torch.bfloat16, enabled=native)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint wholly or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as unfinished:
        torch.save(state, unfinished)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The checkpoint at `path`, on the CPU wherever it was written, or None where there is none yet."""
    return torch.load(path, weights_only=True, map_location="cpu") if path.exists() else None
