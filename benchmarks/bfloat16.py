"""Our pictures in bfloat16 against those in float32: how much quicker, how far apart, and do they still show what they should?

Only on a processor with instructions for bfloat16 does the time mean anything: `python -m benchmarks bfloat16`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from benchmarks.timing import table, take_turns
from sdinterp import load_model
from sdinterp.models import native_bfloat16
from sdinterp.postcards.judge import held_out_prompts, load_judge, verdict

FULL, HALF = "float32", "bfloat16"


def compare(count: int = 48, steps: int = 12, rounds: int = 3) -> dict[str, Any]:
    """Render pictures of so many scenes in both, and let the judge of Postcards read them."""
    scenes, prompts = held_out_prompts(count)
    judge, renders = load_judge(), {}
    for dtype in (FULL, HALF):
        model = load_model("postcards", device="cpu", dtype=dtype)
        renders[dtype] = partial(model.render, model.encode(prompts), seed=range(count), steps=steps)
    pictures = {dtype: render() for dtype, render in renders.items()}
    apart = (pictures[FULL] - pictures[HALF]).abs()
    seen = [judge.sees(own) for own in pictures.values()]
    return {
        "lines": table(take_turns(renders, rounds), FULL), "native": native_bfloat16(), "pictures": count, "steps": steps,
        "mean": apart.mean().item(), "largest": apart.max().item(),
        "read_alike": torch.eq(*seen).float().mean().item(),
        "all_ten": {dtype: verdict(judge, own, scenes).all_ten for dtype, own in pictures.items()},
    }  # fmt: skip
