"""Pictures along paths of embeddings, each rendered once and looked at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.clouds import PointCloud
from sdinterp.defaults import STEPS
from sdinterp.named import coupling_named
from sdinterp.paths import DisplacementPath, displacement_path
from sdinterp.perception import DEFAULT_NET, perceptual_features
from sdinterp.plans import Coupling

Key = TypeVar("Key", bound=Hashable)

Legs = tuple[DisplacementPath, ...]
"""The paths of a walk, each from where the one before it ends."""


class Renderer(Protocol):
    """What strips need of a model; `DiffusionModel` is one."""

    name: str
    default_guidance: float
    device: torch.device
    dtype: torch.dtype

    def encode(self, prompts: str | Sequence[str]) -> Float[Tensor, "b n d"]:
        """The embeddings of prompts."""
        ...

    def tokens(self, prompt: str) -> list[str]:
        """The labels of the rows of a prompt's embedding."""
        ...

    def render(
        self, embeddings: Float[Tensor, "b n d"], weights: Float[Tensor, "b n"] | None = None, *, seed: int = 0, steps: int = STEPS,
        guidance: float | None = None, negative: Float[Tensor, "1 n d"] | None = None, batch_size: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Float[Tensor, "b 3 h w"]:  # fmt: skip
        """Pictures of embeddings, all from the same noise, on the CPU."""
        ...


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
    """The pictures along several walks past the same clouds, every one of them once.

    Attributes:
        pictures: (m, 3, h, w) in [-1, 1]: those of the k clouds that the walks pass, in order, then what lies between.
        stops: k.
        places: for each walk, which pictures make its strip.
        device: where perceptual nets run.
    """

    pictures: Float[Tensor, "m 3 h w"]
    stops: int
    places: dict[Key, tuple[int, ...]]
    device: torch.device

    def frames(self, key: Key) -> Float[Tensor, "f 3 h w"]:
        """The pictures of one strip."""
        return self.pictures[list(self.places[key])]

    def distances(self, net: str = DEFAULT_NET, batch_size: int = 16) -> dict[Key, tuple[Float[Tensor, " f-1"], float]]:
        """For each walk the squared perceptual distances of its steps, and of its ends: every picture is looked at once."""
        stops = perceptual_features(self.pictures[: self.stops], net, device=self.device).split(1)
        apart = float((stops[-1] - stops[0]).square().sum())
        steps = {}
        for places in set(self.places.values()):
            found = []
            for here, between, there in zip(stops, self._between(places), stops[1:], strict=False):
                at = here
                for batch in self.pictures[between].split(batch_size) if between else ():
                    features = torch.cat([at, perceptual_features(batch, net, device=self.device)])
                    found.append(features.diff(dim=0).square().sum(1))
                    at = features[-1:]
                found.append((there - at).square().sum(1))
            steps[places] = torch.cat(found)
        return {key: (steps[places], apart) for key, places in self.places.items()}

    def _between(self, places: tuple[int, ...]) -> list[list[int]]:
        """The places between one stop and the next."""
        size = (len(places) - 1) // (self.stops - 1)
        return [list(places[leg * size + 1 : (leg + 1) * size]) for leg in range(self.stops - 1)]


def render_paths(
    model: Renderer, paths: Mapping[Key, DisplacementPath | Legs], frames: int, *, seed: int = 0, steps: int = STEPS,
    guidance: float | None = None, negative: Float[Tensor, "1 n d"] | None = None, batch_size: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Walks[Key]:  # fmt: skip
    """Render the pictures along several walks past the same clouds, from the same noise, as one list.

    Legs along equal permutations are one way and share their pictures.

    Args:
        model: what renders.
        paths: a path for each walk, or its legs; all of them pass the same clouds.
        frames: pictures along each leg, at least 2; those of the clouds that are passed are rendered once.
        seed, steps, guidance, negative, batch_size: see `DiffusionModel.render`.
        progress: called with (pictures done, pictures in all).
    """
    walks = {key: path if isinstance(path, tuple) else (path,) for key, path in paths.items()}
    first = next(iter(walks.values()))
    clouds = [first[0].coupling.source, *(path.coupling.target for path in first)]
    times = torch.linspace(0, 1, frames, dtype=torch.float64).tolist()[1:-1]
    known: list[tuple[int, Coupling, range]] = []
    places: dict[Key, tuple[int, ...]] = {}
    for key, legs in walks.items():
        places[key] = (0,)
        for leg, path in enumerate(legs):
            between = next((own for at, other, own in known if at == leg and _same_way(other, path.coupling)), None)
            if between is None:
                between = range(len(clouds), len(clouds) + len(times))
                clouds += [path(t) for t in times]
                known.append((leg, path.coupling, between))
            places[key] += (*between, leg + 1)
    pictures: list[Tensor] = [torch.empty(0)] * len(clouds)
    done = 0

    def report(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, len(clouds))

    for alike in _of_one_kind(clouds):
        weights = None if clouds[alike[0]].uniform else torch.stack([clouds[k].weights for k in alike])
        rows = torch.stack([clouds[k].points for k in alike])
        rendered = model.render(
            rows, weights, seed=seed, steps=steps, guidance=guidance, negative=negative, batch_size=batch_size, progress=report
        )
        for k, picture in zip(alike, rendered, strict=True):
            pictures[k] = picture
    return Walks(torch.stack(pictures), len(first) + 1, places, model.device)


def _of_one_kind(clouds: Sequence[PointCloud]) -> list[list[int]]:
    """The indices of clouds that can be rendered in one batch: of one size, all uniform or all weighted."""
    kinds: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for k, cloud in enumerate(clouds):
        kinds[len(cloud), cloud.uniform].append(k)
    return list(kinds.values())


def _same_way(one: Coupling, other: Coupling) -> bool:
    return one.permutation is not None and other.permutation is not None and torch.equal(one.permutation, other.permutation)
