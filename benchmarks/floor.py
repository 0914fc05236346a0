"""How near is a strip to the fastest that the machine's arithmetic allows, and where does the rest of the time go?"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.strips import COUPLINGS, PROMPTS
from sdinterp import load_model
from sdinterp.rendering import Trip, prompt_paths, render_trips


def matmul_rate(size: int = 1536, repeats: int = 15, device: str = "cpu", dtype: torch.dtype = torch.float32) -> float:
    """Floating-point operations a second in square matrix products: the device's measured best."""
    a, b = torch.randn(2, size, size, device=device, dtype=dtype)
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        (a @ b)[0, 0].item()  # which waits for a GPU
        seconds.append(time.perf_counter() - began)
    return 2 * size**3 / min(seconds)


@torch.no_grad()
def measure(frames: int = 9, steps: int = 10, repeats: int = 7) -> dict[str, Any]:
    """Operations of three strips, the time that the matmul rate would allow, the time taken, and the operators that take most."""
    model = load_model("postcards", device="cpu", dtype=torch.float32)
    paths = prompt_paths(model, *PROMPTS, COUPLINGS)

    def strips() -> object:
        return render_trips(model, [Trip(paths)], frames, steps=steps)

    with FlopCounterMode(display=False) as counter:
        strips()
    seconds, rates = [], []
    for _ in range(repeats):
        rates.append(matmul_rate())
        began = time.perf_counter()
        strips()
        seconds.append(time.perf_counter() - began)
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        strips()
    events = sorted(profiler.key_averages(), key=lambda event: -event.self_cpu_time_total)
    total = sum(event.self_cpu_time_total for event in events)
    shares = [(event.key.removeprefix("aten::"), event.self_cpu_time_total / total, event.count) for event in events[:8]]
    flops = counter.get_total_flops()
    times = sorted(taken * rate / flops for taken, rate in zip(seconds, rates, strict=True))  # of the floor, in its own round
    return {
        "flops": flops, "rate": median(rates), "floor": flops / median(rates), "seconds": median(seconds),
        "times_floor": median(times), "lowest": times[0], "highest": times[-1], "shares": shares,
    }  # fmt: skip
