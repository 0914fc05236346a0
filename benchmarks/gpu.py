"""What a GPU makes of it: strips on a model of Stable Diffusion 1.5's shape, larger and larger batches, memory, and a study.

One script that needs no network, and less than six minutes on a large card: `python -m benchmarks gpu`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import strips
from benchmarks.floor import matmul_rate
from benchmarks.full_size import write_folder
from benchmarks.timing import table, take_turns
from sdinterp import load_model
from sdinterp.diffusion import DiffusionModel
from sdinterp.models import find_device
from sdinterp.study.run import run_study
from sdinterp.study.settings import Settings

OURS = "sdinterp"


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        side: of the latents.
        frames, steps, guidance: of the strips.
        rounds: of the contestants.
        batches, small_batches: pictures at a time, of that model and of the bundled one.
        pairs, one_by_one: at each of two levels of the study, computed together and one after the other.
        workers: processes that compute them together, on one GPU.
        square: side of the matrices whose products are the floor.
    """

    side: int = 64
    frames: int = 9
    steps: int = 10
    guidance: float = 7.5
    rounds: int = 2
    batches: Sequence[int] = (1, 2, 4, 8, 16, 32)
    small_batches: Sequence[int] = (30, 120, 480, 1920)
    pairs: int = 200
    one_by_one: int = 30
    workers: Sequence[int] = (1, 4)
    square: int = 8192


def measure(
    size: Size = Size(), device: str = "cuda", dtype: torch.dtype = torch.float16, folder: Path | None = None
) -> dict[str, Any]:
    """All of it, on a model in a folder; without one, on random numbers in Stable Diffusion's shape."""
    began, place = time.perf_counter(), str(find_device(device))
    name = torch.cuda.get_device_name(place) if place.startswith("cuda") else place
    with tempfile.TemporaryDirectory() as temporary:
        folder = folder or write_folder(Path(temporary), size.side)
        found = compare(folder, size, place, dtype)
        model = load_model(folder, device=place, dtype=dtype)
        found["growth"] = growth(model, size.batches, size.steps)
    del model
    found["postcards"] = growth(load_model("postcards", device=place), size.small_batches, size.steps)
    found["study"] = study(size, place)
    how = {
        "device": name, "dtype": str(dtype).removeprefix("torch."), "side": size.side, "frames": size.frames, "steps": size.steps,
    }  # fmt: skip
    return {**how, **found, "took": time.perf_counter() - began}


def compare(folder: Path, size: Size, device: str, dtype: torch.dtype) -> dict[str, Any]:
    """Three strips by us and by the pipeline, as they are and compiled; their first calls and memory; the floor."""
    model = load_model(folder, device=device, dtype=dtype)
    pipe, compiled_pipe = (strips.pipeline(folder, device, dtype) for _ in range(2))
    compiled_pipe.unet = torch.compile(compiled_pipe.unet)
    settings = size.frames, size.steps, size.guidance
    same = strips.given(model, *settings)
    every, pictures = len(same["rows"]), 2 + len(strips.COUPLINGS) * (size.frames - 2)
    ours = partial(strips.ours, model, *settings)
    contestants: dict[str, Callable[[], Any]] = {
        OURS: ours,
        f"{OURS}, in one batch": partial(ours, pictures),
        f"{OURS}, compiled, in one batch": partial(
            strips.ours, load_model(folder, device=device, dtype=dtype, compile=True), *settings, pictures
        ),
        "pipeline, once a frame": partial(strips.theirs, pipe, **same, batch=1),
        "pipeline, a strip a batch": partial(strips.theirs, pipe, **same, batch=size.frames),
        "pipeline, all frames in one batch": partial(strips.theirs, pipe, **same, batch=every),
        "pipeline, compiled, all frames in one batch": partial(strips.theirs, compiled_pipe, **same, batch=every),
    }
    expected, first = ours(), {}
    for name, run in contestants.items():
        first[name] = first_call(run, device, expected)
    with FlopCounterMode(display=False) as counter:
        ours()
    rate = matmul_rate(size.square, device=device, dtype=dtype)
    floor = {"flops": counter.get_total_flops(), "rate": rate, "seconds": counter.get_total_flops() / rate}
    return {"lines": table(take_turns(contestants, size.rounds), OURS), "first": first, "floor": floor}


def first_call(run: Callable[[], torch.Tensor], device: str, expected: torch.Tensor) -> dict[str, float]:
    """Seconds of a first call, GiB that it takes beside the weights, and how far its pictures are from those expected."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
    held, began = most_memory(device), time.perf_counter()
    apart = (run() - expected).abs()
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "memory": most_memory(device) - held, "mean": apart.mean().item(), "largest": apart.max().item()}


def most_memory(device: str) -> float:
    """The most GiB of a GPU that were held since that was reset; 0 of a processor, which does not tell."""
    return torch.cuda.max_memory_allocated(device) / 2**30 if device.startswith("cuda") else 0.0


def growth(model: DiffusionModel, batches: Sequence[int], steps: int) -> list[dict[str, Any]]:
    """Seconds a picture, each from a noise of its own, by the number of pictures at a time; as far as there is memory."""
    row, lines = model.encode(strips.PROMPTS[0]), []
    with suppress(torch.OutOfMemoryError):
        for batch in batches:
            render = partial(model.render, row.expand(batch, -1, -1), seed=range(batch), steps=steps, batch_size=batch)
            render()
            began = time.perf_counter()
            render()
            lines.append({"batch": batch, "a_picture": (time.perf_counter() - began) / batch})
    return lines


def study(size: Size, device: str) -> list[dict[str, Any]]:
    """Pairs a minute of the study on the bundled model: as many together as fill a batch, and one by one."""
    alone = 2 + len(Settings().runs) * (Settings().frames - 2)
    lines = [
        {"who": "together", "workers": workers, **pairs_a_minute(size.pairs, size.steps, device, workers)}
        for workers in size.workers
    ]
    return [*lines, {"who": "one by one", "workers": 1, **pairs_a_minute(size.one_by_one, size.steps, device, 1, alone)}]


def pairs_a_minute(per_level: int, steps: int, device: str, workers: int, batch: int | None = None) -> dict[str, float]:
    """How many pairs a study of two levels has, and at which rate they come once the first is there."""
    times: list[float] = []
    settings = Settings(levels=(2.0, 4.0), per_level=per_level, steps=steps)
    with tempfile.TemporaryDirectory() as folder:
        run_study(
            settings, Path(folder, "run"), device=device, workers=workers, batch_size=batch,
            progress=lambda *_: times.append(time.perf_counter()),
        )  # fmt: skip
    _, first, *_, last = times  # it is called once before any is done
    return {"pairs": len(times) - 1, "pairs_a_minute": 60 * (len(times) - 2) / (last - first)}
