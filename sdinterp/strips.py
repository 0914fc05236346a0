"""From prompts to strips of pictures, one along each coupling, with their measures: the main call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.checks import check_seed, check_whole
from sdinterp.defaults import COUPLINGS, FRAMES
from sdinterp.named import coupling_name
from sdinterp.paths import DisplacementPath
from sdinterp.perception import DEFAULT_NET, check_net
from sdinterp.plans import Coupling
from sdinterp.rendering import Renderer, Trip, prompt_paths, render_trips
from sdinterp.smoothness import MEASURES

TITLES = {"cost_p1": "cost (p=1)", "w2_length": "W2 length", **{measure.name: measure.title for measure in MEASURES}}
"""What heads the entries of `Strip.measures` where people read."""


@dataclass(frozen=True, eq=False)
class Strip:
    """The pictures along one coupling, or along one after the other where a walk has several legs.

    Attributes:
        name: of the coupling.
        legs: the paths of embeddings, one from each prompt to the next.
        times: (F,) from 0, at the first prompt, to the number of legs.
        frames: (F, 3, h, w) in [-1, 1], as the model painted them: what is measured.
        squared_distances: (F - 1,) perceptual, of neighbouring frames.
        ends: squared perceptual distance of the first frame and the last.
        enlarge: makes frames larger for the eye; see `DiffusionModel.enlarge`.
    """

    name: str
    legs: tuple[DisplacementPath, ...]
    times: Float[Tensor, " f"]
    frames: Float[Tensor, "f 3 h w"]
    squared_distances: Float[Tensor, " f-1"]
    ends: float
    enlarge: Callable[[Tensor], Tensor] = lambda small: small

    @cached_property
    def shown(self) -> Float[Tensor, "f 3 H W"]:
        """The frames as players and sheets show them: enlarged where the model can."""
        return self.enlarge(self.frames)

    @property
    def path(self) -> DisplacementPath:
        """The path of embeddings; of a walk of several legs, the first."""
        return self.legs[0]

    @property
    def coupling(self) -> Coupling:
        """The coupling that the strip follows; of a walk of several legs, the first."""
        return self.path.coupling

    @property
    def cost_so_far(self) -> list[float]:
        """The couplings' cost (p=1) from the start to each frame, that of a leg shared out evenly over its time."""
        costs, so_far = [path.coupling.cost(p=1) for path in self.legs], []
        for t in self.times.tolist():
            leg = min(int(t), len(costs) - 1)
            so_far.append(sum(costs[:leg]) + (t - leg) * costs[leg])
        return so_far

    @property
    def measures(self) -> dict[str, float]:
        """The couplings' cost and the paths' length in Wasserstein-2 space, over all legs, and the perceptual measures."""
        return {
            "cost_p1": sum(path.coupling.cost(p=1) for path in self.legs),
            "w2_length": sum(path.length for path in self.legs),
            **{measure.name: measure.of(self) for measure in MEASURES},
        }


@dataclass(frozen=True, eq=False)
class Strips(Mapping[str, Strip]):
    """Strips past the same prompts, by the name of their coupling, and how they were made."""

    prompts: tuple[str, ...]
    strips: dict[str, Strip]
    settings: dict[str, object]
    seconds: float

    @property
    def letters(self) -> list[str]:
        """What the prompts are called."""
        return [letter(k) for k in range(len(self.prompts))]

    @property
    def way(self) -> str:
        """The prompts in their order, as a title can say it: “a boat” to “a tent”."""
        return " to ".join(f"“{prompt}”" for prompt in self.prompts)

    def __getitem__(self, name: str) -> Strip:
        return self.strips[coupling_name(name)]

    def __iter__(self):
        return iter(self.strips)

    def __len__(self) -> int:
        return len(self.strips)


def interpolate_prompts(
    prompt_a: str | Sequence[str], prompt_b: str | None = None, couplings: str | Sequence[str] = COUPLINGS, frames: int = FRAMES, *,
    model: str | Path | Renderer | Callable[[], Renderer] = "postcards", seed: int = 0, coupling_seed: int = 0,
    steps: int | None = None, guidance: float | None = None, negative_prompt: str = "", net: str = DEFAULT_NET,
    batch_size: int | None = None, progress: Callable[[int, int], object] | None = None,
) -> Strips:  # fmt: skip
    """Walk from the picture of one prompt to the picture of another along several couplings of their embeddings.

    All frames start from the same noise. The pictures of the prompts themselves are rendered once.

    Args:
        prompt_a, prompt_b: the prompts at t=0 and t=1. A walk past more is `interpolate_prompts([first, second, third], …)`.
        couplings: one name or several, of `named.NAMES`: optimal, standard (or clip), random, random_words, …
        frames: pictures from one prompt to the next, both ends included; at least 2.
        model: a name for `load_model`, a model, or what makes one once all else has been looked at.
        seed: of the noise. coupling_seed: of the random couplings.
        steps, guidance, batch_size: of the sampler, see `DiffusionModel.render`; without them the model's own.
        negative_prompt: what guidance leads away from, in every frame.
        net: of the perceptual distance, see `perception`.
        progress: called with (pictures done, pictures in all).

    Raises:
        ValueError: fewer than two prompts, frames < 2, an unknown or repeated coupling, no coupling at all, what `render`
            refuses, or a model whose pictures hold no numbers.

    Source: in the spirit of Karris et al. (2025); the talk's slides S5 and S7. Chapter: Three roads, the same two ends.
    """
    prompts = [*_several(prompt_a), *([] if prompt_b is None else [prompt_b])]
    if len(prompts) < 2:
        raise ValueError(f"prompts are {prompts}; a walk needs two at least")
    names = [coupling_name(name) for name in _several(couplings)]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"couplings are {names}; name at least one, and each once")
    check_whole("frames", frames, 2)
    check_seed(coupling_seed, "coupling_seed")
    check_net(net)
    if isinstance(model, str | Path):
        from sdinterp.models import load_model

        model = load_model(model)
    elif callable(model):
        model = model()
    began = time.perf_counter()
    legs = [prompt_paths(model, a, b, {name: (name, coupling_seed) for name in names}) for a, b in pairwise(prompts)]
    steps = model.default_steps if steps is None else steps
    negative = model.clouds([negative_prompt])[0] if negative_prompt else None
    trip = Trip({name: tuple(leg[name] for leg in legs) for name in names}, seed)
    walks = render_trips(
        model, [trip], frames, steps=steps, guidance=guidance, negative=negative, batch_size=batch_size, progress=progress
    )
    if not walks.pictures.isfinite().all():
        raise ValueError(f"{model.name} gave pictures that hold no numbers, in {model.dtype}; try it in float32")
    times = torch.linspace(0, len(legs), len(legs) * (frames - 1) + 1, dtype=torch.float64)
    strips = {
        name: Strip(name, tuple(leg[name] for leg in legs), times, walks.frames(name), *measured, model.enlarge)
        for name, measured in walks.distances(net).items()
    }
    made = {
        "model": model.name, "frames": frames, "seed": seed, "coupling_seed": coupling_seed, "steps": steps,
        "guidance": model.default_guidance if guidance is None else guidance, "negative_prompt": negative_prompt, "net": net,
        "width": walks.pictures.shape[3], "height": walks.pictures.shape[2],
    }  # fmt: skip
    return Strips(tuple(prompts), strips, made, time.perf_counter() - began)


def letter(k: int) -> str:
    """What the prompt in a place of a walk is called: A, B and so on, and past Z by its number."""
    return ascii_uppercase[k] if k < len(ascii_uppercase) else str(k + 1)


def _several(values: Any) -> list[Any]:
    """One value or several as a list."""
    return list(values) if isinstance(values, Iterable) and not isinstance(values, str | bytes) else [values]
