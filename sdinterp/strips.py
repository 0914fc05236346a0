"""From two prompts to strips of pictures, one along each coupling, with their measures: the main call."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.checks import check_seed, check_whole
from sdinterp.clouds import PointCloud
from sdinterp.defaults import COUPLINGS, FRAMES, STEPS
from sdinterp.named import coupling_name, coupling_named
from sdinterp.paths import DisplacementPath, displacement_path
from sdinterp.perception import DEFAULT_NET, check_net, perceptual_features
from sdinterp.plans import Coupling
from sdinterp.smoothness import MEASURES

Key = TypeVar("Key", bound=Hashable)

TITLES = {"cost_p1": "cost (p=1)", "w2_length": "W2 length", **{measure.name: measure.title for measure in MEASURES}}
"""What heads the entries of `Strip.measures` where people read."""


class Renderer(Protocol):
    """What strips need of a model; `DiffusionModel` is one."""

    name: str
    default_guidance: float

    def encode(self, prompts: str | Sequence[str]) -> Float[Tensor, "b n d"]:
        """The embeddings of prompts."""
        ...

    def tokens(self, prompt: str) -> list[str]:
        """The labels of the rows of a prompt's embedding."""
        ...

    def render(
        self, embeddings: Float[Tensor, "b n d"], weights: Float[Tensor, "b n"] | None = None, *, seed: int = 0, steps: int = STEPS,
        guidance: float | None = None, batch_size: int | None = None, progress: Callable[[int], object] | None = None,
    ) -> Float[Tensor, "b 3 h w"]:  # fmt: skip
        """Pictures of embeddings, all from the same noise."""
        ...


@dataclass(frozen=True, eq=False)
class Strip:
    """The pictures along one coupling.

    Attributes:
        name: of the coupling.
        path: the path of embeddings; `path.coupling` is the coupling.
        times: (F,) from 0 to 1.
        frames: (F, 3, h, w) in [-1, 1].
        squared_distances: (F - 1,) perceptual, of neighbouring frames.
        ends: squared perceptual distance of the first frame and the last.
    """

    name: str
    path: DisplacementPath
    times: Float[Tensor, " f"]
    frames: Float[Tensor, "f 3 h w"]
    squared_distances: Float[Tensor, " f-1"]
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
            **{measure.name: measure.of(self) for measure in MEASURES},
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
    prompt_a: str, prompt_b: str, couplings: str | Sequence[str] = COUPLINGS, frames: int = FRAMES, *,
    model: str | Renderer = "postcards", seed: int = 0, coupling_seed: int = 0, steps: int = STEPS,
    guidance: float | None = None, net: str = DEFAULT_NET, batch_size: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Strips:  # fmt: skip
    """Walk from the picture of one prompt to the picture of another along several couplings of their embeddings.

    All frames start from the same noise. The two end pictures are those of the plain prompts and are rendered once.

    Args:
        prompt_a, prompt_b: the prompts at t=0 and t=1.
        couplings: one name or several: optimal, standard (or clip), random, random_words, entropic.
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
    names = [coupling_name(name) for name in ([couplings] if isinstance(couplings, str) else couplings)]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"couplings are {list(couplings)}; name at least one, and each once")
    check_whole("frames", frames, 2)
    check_seed(coupling_seed, "coupling_seed")
    check_net(net)
    if isinstance(model, str):
        from sdinterp.models import load_model

        model = load_model(model)
    began = time.perf_counter()
    paths = prompt_paths(model, prompt_a, prompt_b, {name: (name, coupling_seed) for name in names})
    walks = render_paths(model, paths, frames, seed=seed, steps=steps, guidance=guidance, batch_size=batch_size, progress=progress)
    times = torch.linspace(0, 1, frames, dtype=torch.float64)
    strips = {
        name: Strip(name, paths[name], times, walks.frames(name), *measured) for name, measured in walks.distances(net).items()
    }
    guidance = model.default_guidance if guidance is None else guidance
    made = {
        "model": model.name, "frames": frames, "seed": seed, "coupling_seed": coupling_seed, "steps": steps,
        "guidance": guidance, "net": net,
    }  # fmt: skip
    return Strips((prompt_a, prompt_b), strips, made, time.perf_counter() - began)


def prompt_paths(
    model: Renderer, prompt_a: str, prompt_b: str, couplings: Mapping[Key, tuple[str, int]], p: float = 2
) -> dict[Key, DisplacementPath]:
    """The paths between the embeddings of two prompts along several couplings.

    Args:
        model: whose embeddings.
        prompt_a, prompt_b: the prompts at t=0 and t=1.
        couplings: under any key, a coupling's name and the seed of its draw.
        p: exponent of the ground cost of the optimal coupling.
    """
    a, b = model.encode([prompt_a, prompt_b])
    tokens = model.tokens(prompt_a), model.tokens(prompt_b)
    return {
        key: displacement_path(coupling_named(name, a, b, tokens=tokens, seed=seed, p=p)) for key, (name, seed) in couplings.items()
    }


@dataclass(frozen=True, eq=False)
class Walks(Generic[Key]):
    """The pictures along several paths between the same two ends, every one of them once.

    Attributes:
        pictures: (m, 3, h, w) in [-1, 1]: the first end, the last end, then what lies between.
        places: for each path, which pictures make its strip.
    """

    pictures: Float[Tensor, "m 3 h w"]
    places: dict[Key, tuple[int, ...]]

    def frames(self, key: Key) -> Float[Tensor, "f 3 h w"]:
        """The pictures of one strip."""
        return self.pictures[list(self.places[key])]

    def distances(self, net: str = DEFAULT_NET, batch_size: int = 16) -> dict[Key, tuple[Float[Tensor, " f-1"], float]]:
        """For each path the squared perceptual distances of its steps, and of its ends: every picture is looked at once."""
        ends = perceptual_features(self.pictures[:2], net)
        apart = float((ends[1] - ends[0]).square().sum())
        steps = {}
        for places in set(self.places.values()):
            at, found = ends[:1], []
            for batch in self.pictures[list(places[1:-1])].split(batch_size) if len(places) > 2 else ():
                features = torch.cat([at, perceptual_features(batch, net)])
                found.append(features.diff(dim=0).square().sum(1))
                at = features[-1:]
            steps[places] = torch.cat([*found, (ends[1:] - at).square().sum(1)])
        return {key: (steps[places], apart) for key, places in self.places.items()}


def render_paths(
    model: Renderer, paths: Mapping[Key, DisplacementPath], frames: int, *, seed: int = 0, steps: int = STEPS,
    guidance: float | None = None, batch_size: int | None = None, progress: Callable[[int, int], object] | None = None,
) -> Walks[Key]:  # fmt: skip
    """Render the pictures along several paths between the same two clouds, from the same noise, as one list.

    Paths along equal permutations are one path and share their pictures.

    Args:
        model: what renders.
        paths: which all have the same source and the same target.
        frames: pictures along each path, at least 2; the ends are those of source and target and rendered once.
        seed, steps, guidance, batch_size: see `DiffusionModel.render`.
        progress: called with (pictures done, pictures in all).
    """
    coupling = next(iter(paths.values())).coupling
    times = torch.linspace(0, 1, frames, dtype=torch.float64).tolist()[1:-1]
    clouds = [coupling.source, coupling.target]
    places = {}
    for key, path in paths.items():
        twin = next((other for other in places if _same_way(paths[other].coupling, path.coupling)), None)
        if twin is None:
            places[key] = (0, *range(len(clouds), len(clouds) + len(times)), 1)
            clouds += [path(t) for t in times]
        else:
            places[key] = places[twin]
    pictures: list[Tensor | None] = [None] * len(clouds)
    done = 0

    def report(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, len(clouds))

    for alike in _of_one_kind(clouds):
        weights = None if clouds[alike[0]].uniform else torch.stack([clouds[k].weights for k in alike])
        rows = torch.stack([clouds[k].points for k in alike])
        rendered = model.render(rows, weights, seed=seed, steps=steps, guidance=guidance, batch_size=batch_size, progress=report)
        for k, picture in zip(alike, rendered, strict=True):
            pictures[k] = picture
    return Walks(torch.stack([picture for picture in pictures if picture is not None]), places)


def _of_one_kind(clouds: Sequence[PointCloud]) -> list[list[int]]:
    """The indices of clouds that can be rendered in one batch: of one size, all uniform or all weighted."""
    kinds: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for k, cloud in enumerate(clouds):
        kinds[len(cloud), cloud.uniform].append(k)
    return list(kinds.values())


def _same_way(one: Coupling, other: Coupling) -> bool:
    return one.permutation is not None and other.permutation is not None and torch.equal(one.permutation, other.permutation)
