"""The judge's own training, apart from the model's: drawings in, ten attributes out."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from tqdm import trange

from sdinterp.postcards.drawing import draw
from sdinterp.postcards.judge import Judge, judging_loss
from sdinterp.postcards.scenes import random_scene
from sdinterp.postcards.training.data import CPU, load_checkpoint, one_cycle, save_checkpoint, stack, to_unit


def train_judge(work: Path, steps: int, batch: int = 64, seed: int = 7, device: torch.device = CPU) -> Judge:
    """Train the judge on scenes drawn as it goes, with a little noise on half of the pictures."""
    torch.manual_seed(seed)
    judge = Judge().to(device)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=0.01)
    checkpoint, first = work / "judge.pt", 0
    if saved := load_checkpoint(checkpoint):
        judge.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]
    schedule = one_cycle(optimizer, 2e-3, first, steps)
    for step in (bar := trange(first, steps, initial=first, total=steps, desc="judge", mininterval=2)):
        rng = random.Random(f"judge {seed} {step}")
        scenes = [random_scene(rng) for _ in range(batch)]
        pictures = to_unit(stack([draw(scene, rng) for scene in scenes])).to(device)
        pictures[::2] += 0.1 * torch.randn_like(pictures[::2])
        loss = judging_loss(judge, pictures, scenes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 20 == 0:
            bar.set_postfix(loss=f"{loss.item():.3f}")
        if (step + 1) % 250 == 0 or step + 1 == steps:
            save_checkpoint(checkpoint, {"model": judge.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1})
    return judge.eval()
