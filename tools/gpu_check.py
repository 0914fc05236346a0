"""What only a GPU and a network can prove: `make gpu-check`, or `python tools/gpu_check.py [MODEL] [--revision COMMIT]`.

Loads Stable Diffusion, or another model that `load_model` takes, checks that its pictures do not depend on the order of the rows
(where its family reads a cloud), that the ends of a strip are the plain prompts' pictures and that a picture does not depend on its
batch, all in half precision; renders one strip and times it. Prints one line for each check with the number found and the limit,
and exits 1 if any fails.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from sdinterp import DiffusionModel, PointCloud, interpolate_prompts, load_model
from sdinterp.clouds import PromptCloud
from sdinterp.pictures import save

PROMPTS = "a photograph of a small red boat on a lake at noon", "a photograph of a yellow tent in the snow at night"


def main() -> int:
    """Run the checks; 0 if all pass, 1 if one fails, 2 where they cannot be run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="stable-diffusion-v1-5/stable-diffusion-v1-5")
    parser.add_argument("--revision", help="commit of a hub model that the package does not pin")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else None)
    parser.add_argument("--variant", help="of a hub model's weights: fp16")
    parser.add_argument("--offload", choices=("model", "sequential"))
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--out", type=Path, default=Path("gpu-check.png"))
    options = parser.parse_args()
    if options.device is None:
        print("there is no GPU here; --device cpu tries the checks themselves, slowly")
        return 2
    began = time.perf_counter()
    try:
        dtype = torch.float32 if options.device == "cpu" else None
        how = {name: getattr(options, name) for name in ("device", "revision", "variant", "offload")}
        model = load_model(options.model, dtype=dtype, **how)
    except ValueError as error:
        print(error)
        return 2
    print(f"{model.name} on {model.device} in {model.dtype}, loaded in {time.perf_counter() - began:.1f} s")
    failed = False

    def check(what: str, found: float, limit: float) -> None:
        nonlocal failed
        failed |= not found <= limit
        print(f"{'ok  ' if found <= limit else 'FAIL'} {what}: {found:.2g} (at most {limit:g})")

    settings = {"seed": 0, "steps": options.steps}
    clouds = model.clouds(PROMPTS)

    def painted(*chosen: PointCloud, order: torch.Tensor | slice = slice(None), **how: Any) -> torch.Tensor:
        beside = [one.vector for one in chosen if isinstance(one, PromptCloud) and one.vector is not None]
        rows = torch.stack([one.points[order] for one in chosen])
        return model.render(rows, **settings, **how, **({"vectors": torch.stack(beside)} if beside else {}))

    alone = torch.cat([painted(cloud, batch_size=1) for cloud in clouds])
    ends = painted(*clouds) if len({len(cloud) for cloud in clouds}) == 1 else alone
    apart = (ends[0] - ends[1]).abs().mean().item()
    check("a picture in another batch, mean difference over that of two prompts", (ends - alone).abs().mean().item() / apart, 0.05)
    if model.reads_cloud:
        order = torch.randperm(len(clouds[0]), generator=torch.Generator().manual_seed(0))
        moved = (painted(clouds[0], order=order) - alone[:1]).abs().mean().item()
        check("rows shuffled, mean difference of the pictures over that of two prompts", moved / apart, 0.05)
    if isinstance(model, DiffusionModel):
        check_denoiser(model, clouds, check)
    check("black pictures", float((ends <= -1 + 4 / 255).flatten(1).all(1).sum()), 0)

    same = len(clouds[0]) == len(clouds[1])
    names = ("optimal", "standard", "random") if model.reads_cloud and same else ("optimal" if model.reads_cloud else "standard",)
    strips = interpolate_prompts(*PROMPTS, names, model=model, net="efficientnet-lite0", **settings)
    for place, name in ((0, "first"), (-1, "last")):
        gaps = [(strip.frames[place].cpu() - ends[place].cpu()).abs().mean().item() / apart for strip in strips.values()]
        check(f"the {name} frame against the plain prompt's picture", max(gaps), 0.05)
    count = 2 + sum(len(strip.frames) - 2 for strip in strips.values())
    save(strips, options.out)
    print(f"{len(strips)} strips, {count} pictures of {options.steps} steps in {strips.seconds:.1f} s: {options.out}")
    if model.device.type == "cuda":
        print(
            f"{torch.cuda.get_device_name(model.device)}, {torch.cuda.max_memory_allocated(model.device) / 2**30:.1f} GiB at most"
        )
    return int(failed)


def check_denoiser(model: DiffusionModel, clouds: Sequence[PointCloud], check: Callable[[str, float, float], None]) -> None:
    """Check one call of the denoiser: rows shuffled, and every row twice."""
    rows = torch.stack([cloud.points for cloud in clouds]).to(model.device, model.dtype)
    noise = model.noise(0).to(model.device, model.dtype)
    order = torch.randperm(rows.shape[1], generator=torch.Generator().manual_seed(0)).to(rows.device)
    with torch.no_grad():
        variants = rows[:1], rows[:1, order], torch.cat([rows[:1], rows[:1]], 1), rows[1:]
        plain, shuffled, doubled, other = (model.unet(noise, 500, cloud).sample.float() for cloud in variants)
    scale = (plain - other).abs().max().item()
    check("rows shuffled, share of what another prompt changes", (plain - shuffled).abs().max().item() / scale, 0.05)
    check("every row twice, the same share", (plain - doubled).abs().max().item() / scale, 0.05)


if __name__ == "__main__":
    sys.exit(main())
