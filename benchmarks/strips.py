"""Three strips of nine frames between two prompts: ours against the diffusers pipeline, as people call it for such strips."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline
from torch import Tensor

from benchmarks.timing import table, take_turns
from sdinterp import load_model
from sdinterp.diffusion import DiffusionModel
from sdinterp.models import POSTCARDS, native_bfloat16
from sdinterp.pictures import to_pil
from sdinterp.rendering import Trip, prompt_paths, render_trips

PROMPTS = "a small red boat at sea at noon", "a big yellow tent on the snow at night"
COUPLINGS = {name: (name, 0) for name in ("optimal", "standard", "random")}
OURS, HALF = "sdinterp, float32", "sdinterp, bfloat16"
TOLERANCE = 5e-3
"""Of a pixel in [-1, 1], between our pictures and the pipeline's."""


def pipeline(folder: Path, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Any:
    """The diffusers pipeline of a folder, with the sampler that we use."""
    pipe = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, requires_safety_checker=False).to(device, dtype)
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def ours(model: DiffusionModel, frames: int, steps: int, guidance: float, batch: int | None = None) -> Tensor:
    """All frames of all strips, strip after strip, from the two prompts on."""
    trip = Trip(prompt_paths(model, *PROMPTS, COUPLINGS))
    walks = render_trips(model, [trip], frames, steps=steps, guidance=guidance, batch_size=batch)
    return torch.cat([walks.frames(name) for name in COUPLINGS])


def theirs(pipe: Any, rows: Tensor, empty: Tensor, noise: Tensor, steps: int, guidance: float, batch: int) -> Tensor:
    """The same frames by the pipeline, which is given the embeddings for nothing, so many at a time."""
    call = partial(pipe, num_inference_steps=steps, guidance_scale=guidance, output_type="pt")
    parts = [
        call(prompt_embeds=some, negative_prompt_embeds=empty.expand_as(some), latents=noise.expand(len(some), -1, -1, -1)).images
        for some in rows.split(batch)
    ]
    return torch.cat(parts).cpu() * 2 - 1


def given(model: DiffusionModel, frames: int, steps: int, guidance: float) -> dict[str, Any]:
    """What `theirs` is given: embeddings of all frames of all strips, noise and settings."""
    times = torch.linspace(0, 1, frames).tolist()
    rows = torch.stack([path(t).points for path in prompt_paths(model, *PROMPTS, COUPLINGS).values() for t in times])
    empty = model.encode("")
    return {"rows": rows.to(empty), "empty": empty, "noise": model.noise(0).to(empty), "steps": steps, "guidance": guidance}


def to_disk(pipe: Any, rows: Tensor, empty: Tensor, noise: Tensor, steps: int, guidance: float, strips: int) -> None:
    """The way of stable-diffusion-videos: a straight line between the embeddings, batch by batch, each frame a file on disk."""
    per_strip = len(rows) // strips
    with tempfile.TemporaryDirectory() as folder:
        for strip in range(strips):
            a, b = rows[strip * per_strip], rows[(strip + 1) * per_strip - 1]
            line = torch.stack([torch.lerp(a, b, t.item()) for t in torch.linspace(0, 1, per_strip)])
            pictures = theirs(pipe, line, empty, noise, steps, guidance, batch=per_strip)
            for k, picture in enumerate(to_pil(pictures)):
                picture.save(Path(folder, f"{strip}-{k:06}.png"))


def compare(
    folder: str | Path, frames: int = 9, steps: int = 10, guidance: float = 4.0, rounds: int = 3, bfloat16: bool = True
) -> dict[str, Any]:
    """Time ours and theirs on one model. Pictures that are not equal stop it: there is nothing to time then."""
    model = load_model(folder, device="cpu", dtype=torch.float32)
    pipe = pipeline(POSTCARDS if str(folder) == "postcards" else Path(folder))
    same = given(model, frames, steps, guidance)
    every = len(same["rows"])
    expected = ours(model, frames, steps, guidance)
    error = (theirs(pipe, **same, batch=every) - expected).abs().max().item()
    if not error < TOLERANCE:
        raise ValueError(f"the pictures differ by {error:.2g}, more than {TOLERANCE}: no timing")
    contestants: dict[str, Callable[[], Any]] = {
        OURS: partial(ours, model, frames, steps, guidance),
        "pipeline, once a frame": partial(theirs, pipe, **same, batch=1),
        "pipeline, all frames in one batch": partial(theirs, pipe, **same, batch=every),
        "as stable-diffusion-videos: a strip a batch, files on disk": partial(to_disk, pipe, **same, strips=len(COUPLINGS)),
    }
    found: dict[str, Any] = {"error": error, "frames": frames, "steps": steps, "guidance": guidance}
    if bfloat16:
        half = load_model(folder, device="cpu", dtype=torch.bfloat16)
        apart = (ours(half, frames, steps, guidance) - expected).abs()
        found["bfloat16"] = {"mean": apart.mean().item(), "largest": apart.max().item(), "native": native_bfloat16()}
        contestants[HALF] = partial(ours, half, frames, steps, guidance)
    return {"lines": table(take_turns(contestants, rounds), OURS), **found}
