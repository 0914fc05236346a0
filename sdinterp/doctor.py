"""Is this installation in order? Versions, extras, device, the bundled weights, and a strip whose numbers are known."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from sdinterp.extras import DISTRIBUTION, EXTRAS, install, installed

KNOWN = Path(__file__).parent / "postcards" / "known_strip.json"
"""The numbers of `known_strip`, as they were when the weights were committed; `python -m sdinterp.doctor` writes them."""

PACKAGES = (DISTRIBUTION, "torch", "diffusers", "transformers", "numpy", "scipy", "POT", "pandas", "statsmodels", "pillow")
"""What results depend on."""

TOLERANCE = {"costs": 1e-4, "distances": 2e-2, "colours": 1e-2}
"""How far from the known numbers is still rounding, relative to the largest of a kind: other versions of PyTorch sum otherwise."""


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str | None]:
    """The installed version of each package, None for those that are not there."""
    found: dict[str, str | None] = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def known_strip() -> dict[str, list[float]]:
    """The numbers of one small strip: costs of couplings, squared perceptual distances, and mean colours of its pictures."""
    from sdinterp.strips import interpolate_prompts

    prompts = "a small red boat on the sea at noon", "a big yellow tent on the snow at night"
    strips = interpolate_prompts(*prompts, ("optimal", "standard", "random"), 3, steps=6)
    return {
        "costs": [strip.coupling.cost(p) for strip in strips.values() for p in (1, 2)],
        "distances": [step for strip in strips.values() for step in strip.squared_distances.tolist()],
        "colours": [colour for strip in strips.values() for colour in strip.frames.mean((2, 3)).flatten().tolist()],
    }


def check() -> Iterator[tuple[str, str]]:
    """What `sdinterp doctor` prints, as (what, finding); the model and its strip are left out where only the core is installed.

    Raises:
        ValueError: torchvision is of another PyTorch, weights are not those of the model card, or the strip is not the known one.
    """
    yield "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield from ((name, number or "not installed") for name, number in versions((*PACKAGES, "lpips", "ray")).items())
    for extra in EXTRAS:
        yield f"[{extra}]", "there" if installed(extra) else f"not there: {install(extra)}"
    gpus = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    yield "device", ", ".join(gpus) or f"CPU, {torch.get_num_threads()} threads"
    _check_torchvision()
    if installed("pictures"):
        yield "weights", _weights()
        yield "known strip", _strip()


def _weights() -> str:
    from sdinterp.models import POSTCARDS, fingerprint

    weights, card = fingerprint(POSTCARDS), json.loads((POSTCARDS / "measures.json").read_text())["weights"]
    if weights != card:
        raise ValueError(
            f"the bundled weights are {weights[:12]}, and those of the model card {card[:12]}: install the package anew"
        )
    return f"{weights[:12]}, as in the model card"


def _strip() -> str:
    known, worst = json.loads(KNOWN.read_text()), 0.0
    for kind, values in known_strip().items():
        wanted = torch.tensor(known[kind], dtype=torch.float64)
        apart = float((torch.tensor(values, dtype=torch.float64) - wanted).abs().max() / wanted.abs().max())
        worst = max(worst, apart / TOLERANCE[kind])
        if not apart <= TOLERANCE[kind]:
            raise ValueError(f"the {kind} of the known strip are off by {apart:.1e}, more than rounding ({TOLERANCE[kind]:g})")
    return f"the same, to {worst:.1%} of what is allowed for rounding"


def _check_torchvision() -> None:
    """One that was built for another PyTorch keeps transformers from loading."""
    try:
        import torchvision  # noqa: F401
    except ModuleNotFoundError:
        return
    except (ImportError, RuntimeError) as error:
        found = f"torchvision {version('torchvision')} was not built for torch {torch.__version__} ({error})"
        raise ValueError(f"{found}: install both from one index, or uninstall torchvision") from error


if __name__ == "__main__":
    KNOWN.write_text(json.dumps({kind: [round(v, 7) for v in values] for kind, values in known_strip().items()}, indent=1) + "\n")
