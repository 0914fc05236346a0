"""From two prompts to strips of pictures, one along each coupling, with their measures: the main call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.couplings import Coupling, coupling_name, coupling_named
from sdinterp.diffusion import DiffusionModel, load_model
from sdinterp.paths import DisplacementPath, displacement_path
from sdinterp.perception import DEFAULT_NET, perceptual_features
from sdinterp.prompts import word_rows
from sdinterp.smoothness import largest_jump, perceptual_length, perceptual_path_length, straightness


@dataclass(frozen=True, eq=False)
class Strip:
    """The pictures along one coupling.

    Attributes:
        name: of the coupling.
        path: the path of embeddings; `path.coupling` is the coupling.
        times: (F,) from 0 to 1.
        frames: (F, 3, h, w) in [-1, 1].
        steps: (F - 1,) squared perceptual distances of neighbouring frames.
        ends: squared perceptual distance of the first frame and the last.
    """

    name: str
    path: DisplacementPath
    times: Float[Tensor, " f"]
    frames: Float[Tensor, "f 3 h w"]
    steps: Float[Tensor, " f-1"]
    ends: float

    @property
    def coupling(self) -> Coupling:
        """The coupling that the strip follows."""
        return self.path.coupling

    @property
    def measures(self) -> dict[str, float]:
        """The coupling's cost, the path's length in Wasserstein-2 space, and the perceptual measures of the pictures."""
        return {
            "cost_p1": self.coupling.cost(p=1),
            "w2_length": self.path.length,
            "perceptual_path_length": perceptual_path_length(self),
            "perceptual_length": perceptual_length(self),
            "largest_jump": largest_jump(self),
            "straightness": straightness(self),
        }


@dataclass(frozen=True, eq=False)
class Strips(Mapping[str, Strip]):
    """Strips between the same two prompts, by the name of their coupling, and how they were made."""

    prompts: tuple[str, str]
    strips: dict[str, Strip]
    settings: dict[str, object]
    seconds: float

    def __getitem__(self, name: str) -> Strip:
        return self.strips[coupling_name(name)]

    def __iter__(self):
        return iter(self.strips)

    def __len__(self) -> int:
        return len(self.strips)


def interpolate_prompts(
    prompt_a: str, prompt_b: str, couplings: Sequence[str] = ("optimal", "standard", "random"), frames: int = 9, *,
    model: str | DiffusionModel = "postcards", seed: int = 0, coupling_seed: int = 0, steps: int = 12,
    guidance: float | None = None, net: str = DEFAULT_NET, batch_size: int = 8,
    progress: Callable[[int, int], object] | None = None,
) -> Strips:  # fmt: skip
    """Walk from the picture of one prompt to the picture of another along several couplings of their embeddings.

    All frames start from the same noise. The two end pictures are those of the plain prompts and are rendered once.

    Args:
        prompt_a, prompt_b: the prompts at t=0 and t=1.
        couplings: names: optimal, standard (or clip), random, random_words, entropic.
        frames: pictures on each strip, the ends included; at least 2.
        model: a name for `load_model`, or a model.
        seed: of the noise. coupling_seed: of the random couplings.
        steps, guidance, batch_size: of the sampler, see `DiffusionModel.render`.
        net: of the perceptual distance, see `perception`.
        progress: called with (pictures done, pictures in all).

    Raises:
        ValueError: frames < 2, an unknown or repeated coupling, no coupling at all, or what `render` refuses.

    Source: in the spirit of Karris et al. (2025); the talk's slides S5 and S7. Chapter: Three roads, the same two ends.
    """
    names = [coupling_name(name) for name in couplings]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"couplings are {list(couplings)}; name at least one, and each once")
    if frames < 2:
        raise ValueError(f"frames is {frames}; a strip has its two ends at least")
    if not isinstance(model, DiffusionModel):
        model = load_model(model)
    began = time.perf_counter()
    a, b = model.encode([prompt_a, prompt_b])
    words = word_rows(model.tokens(prompt_a), model.tokens(prompt_b))
    paths = {name: displacement_path(coupling_named(name, a, b, words=words, seed=coupling_seed)) for name in names}
    total, done = 2 + len(paths) * (frames - 2), 0

    def report(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, total)

    settings = {"seed": seed, "steps": steps, "guidance": guidance, "batch_size": batch_size, "progress": report}
    first, last = model.render(torch.stack([a, b]), **settings)
    times = torch.linspace(0, 1, frames, dtype=torch.float64)
    strips = {}
    for name, path in paths.items():
        pictures = [first[None], last[None]]
        if frames > 2:
            clouds = [path(t) for t in times[1:-1].tolist()]
            weights = None if clouds[0].uniform else torch.stack([cloud.weights for cloud in clouds])
            between = model.render(torch.stack([cloud.points for cloud in clouds]), weights, **settings)
            pictures.insert(1, between)
        strips[name] = _measured(name, path, times, torch.cat(pictures), net)
    guidance = model.default_guidance if guidance is None else guidance
    made = {
        "model": model.name, "frames": frames, "seed": seed, "coupling_seed": coupling_seed, "steps": steps,
        "guidance": guidance, "net": net,
    }  # fmt: skip
    return Strips((prompt_a, prompt_b), strips, made, time.perf_counter() - began)


def _measured(name: str, path: DisplacementPath, times: Tensor, frames: Tensor, net: str) -> Strip:
    features = perceptual_features(frames, net)
    steps = features.diff(dim=0).square().sum(1)
    return Strip(name, path, times, frames, steps, float((features[-1] - features[0]).square().sum()))
