"""Pictures along paths of embeddings, each rendered once and looked at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.clouds import PointCloud, PromptCloud
from sdinterp.defaults import PIXELS, STEPS
from sdinterp.named import coupling_name, coupling_named
from sdinterp.paths import DisplacementPath, displacement_path
from sdinterp.perception import DEFAULT_NET, perceptual_features
from sdinterp.plans import Coupling

Key = TypeVar("Key", bound=Hashable)

Legs = tuple[DisplacementPath, ...]
"""The paths of a walk, each from where the one before it ends."""

Step = tuple[int, int]
"""Two pictures that are compared."""

LOOKED_AT = 16
"""Pictures that a perceptual net looks at in one go on a CPU."""


class Renderer(Protocol):
    """What strips need of a model; `DiffusionModel` and `PipelineModel` are two."""

    name: str
    default_guidance: float
    default_steps: int
    reads_cloud: bool
    device: torch.device
    dtype: torch.dtype

    def clouds(self, prompts: Sequence[str]) -> Sequence[PointCloud]:
        """The clouds of prompts, on the CPU: so few numbers keep a GPU waiting."""
        ...

    def tokens(self, prompt: str) -> list[str]:
        """The labels of the rows of a prompt's embedding."""
        ...

    def enlarge(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 H W"]:
        """Pictures of this model, larger to look at where it can: see `DiffusionModel.enlarge`."""
        ...

    def render(self, *rows_and_masses: Any, **how: Any) -> Float[Tensor, "b 3 h w"]:
        """Pictures of embeddings (b, n, d), with masses (b, n) where not all are equal, on the CPU: see `DiffusionModel.render`.

        Seeds, steps, guidance, negative, batch size and progress are as there; `vectors` are given where clouds have them.
        """
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

    Raises:
        ValueError: a coupling that reorders rows, and a model that gives rows places; or what a coupling refuses.
    """
    if not model.reads_cloud and (others := {name for name, _ in couplings.values() if coupling_name(name) != "standard"}):
        raise ValueError(
            f"{model.name} gives each row a place, so that a walk along the {sorted(others)[0]} coupling does not arrive at B; "
            "walk along the standard one (see the chapter “Do today's models read a cloud?”)"
        )
    a, b = model.clouds([prompt_a, prompt_b])
    tokens = model.tokens(prompt_a), model.tokens(prompt_b)
    return {
        key: displacement_path(coupling_named(name, a, b, tokens=tokens, seed=seed, p=p)) for key, (name, seed) in couplings.items()
    }


@dataclass(frozen=True, eq=False)
class Walks(Generic[Key]):
    """The pictures along several walks, every one of them once.

    Attributes:
        pictures: (m, 3, h, w) in [-1, 1].
        places: for each walk, which pictures make its strip.
        device: where perceptual nets run.
    """

    pictures: Float[Tensor, "m 3 h w"]
    places: dict[Key, tuple[int, ...]]
    device: torch.device

    def frames(self, key: Key) -> Float[Tensor, "f 3 h w"]:
        """The pictures of one strip."""
        return self.pictures[list(self.places[key])]

    def distances(self, net: str = DEFAULT_NET) -> dict[Key, tuple[Float[Tensor, " f-1"], float]]:
        """For each walk the squared perceptual distances of its steps, and of its ends: every picture is looked at once."""
        ends = {(places[0], places[-1]) for places in self.places.values()}
        found = self._squared_distances({step for places in self.places.values() for step in pairwise(places)} | ends, net)
        return {
            key: (torch.stack([found[step] for step in pairwise(places)]), found[places[0], places[-1]].item())
            for key, places in self.places.items()
        }

    def _squared_distances(self, steps: Collection[Step], net: str) -> dict[Step, Float[Tensor, ""]]:
        """Those of pairs of pictures; a picture's features are kept until the last picture that it is compared with."""
        needed: dict[int, int] = {}
        ready = defaultdict[int, list[Step]](list)
        for step in sorted(steps, key=max):
            needed |= dict.fromkeys(step, max(step))
            ready[max(step)].append(step)
        known: dict[int, Tensor] = {}
        found: dict[Step, Tensor] = {}
        size = LOOKED_AT if self.device.type == "cpu" else max(1, PIXELS // self.pictures[0, 0].numel())
        for first in range(0, len(self.pictures), size):
            features = perceptual_features(self.pictures[first : first + size], net, size, self.device)
            known |= enumerate(features, first)
            if now := [step for k in range(first, first + len(features)) for step in ready[k]]:
                here, there = (torch.stack([known[k] for k in side]) for side in zip(*now, strict=True))
                found |= zip(now, (here - there).square().sum(1).cpu(), strict=True)
            known = {k: one for k, one in known.items() if needed[k] >= first + size}
        return found


@dataclass(frozen=True, eq=False)
class Trip(Generic[Key]):
    """Walks past the same clouds, whose pictures all start from the same noise.

    Attributes:
        paths: a path for each walk, or its legs.
        seed: of the noise.
    """

    paths: Mapping[Key, DisplacementPath | Legs]
    seed: int = 0

    def legs(self, key: Key) -> Legs:
        """The legs of a walk, be they one or several."""
        path = self.paths[key]
        return path if isinstance(path, tuple) else (path,)

    def clouds(self, frames: int) -> tuple[list[PointCloud], dict[Key, tuple[int, ...]]]:
        """The clouds that are passed, in order, then what lies between; and for each walk, which of them it takes.

        Legs along equal permutations are one way.

        Args:
            frames: clouds along each leg, both ends included.
        """
        walks = {key: self.legs(key) for key in self.paths}
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
                    clouds += [_passed(path, t) for t in times]
                    known.append((leg, path.coupling, between))
                places[key] += (*between, leg + 1)
        return clouds, places


def render_trips(
    model: Renderer, trips: Iterable[Trip[Key]], frames: int, *, steps: int = STEPS, guidance: float | None = None,
    negative: PointCloud | None = None, batch_size: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Walks[Key]:  # fmt: skip
    """Render the pictures along the walks of several trips as one list.

    Args:
        model: what renders.
        trips: each with its own noise; no two walks have the same key.
        frames: pictures along each leg, at least 2; those of the clouds that a trip passes are rendered once.
        steps, guidance, negative, batch_size: see `DiffusionModel.render`.
        progress: called with (pictures done, pictures in all).
    """
    clouds: list[PointCloud] = []
    seeds: list[int] = []
    places: dict[Key, tuple[int, ...]] = {}
    for trip in trips:
        passed, own = trip.clouds(frames)
        places |= {key: tuple(len(clouds) + k for k in taken) for key, taken in own.items()}
        clouds += passed
        seeds += [trip.seed] * len(passed)
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
        vectors = [one.vector for k in alike if isinstance(one := clouds[k], PromptCloud) and one.vector is not None]
        rendered = model.render(
            rows, weights, seed=[seeds[k] for k in alike], steps=steps, guidance=guidance, negative=negative,
            batch_size=batch_size, progress=report, **({"vectors": torch.stack(vectors)} if vectors else {}),
        )  # fmt: skip
        for k, picture in zip(alike, rendered, strict=True):
            pictures[k] = picture
    return Walks(torch.stack(pictures), places, model.device)


def _passed(path: DisplacementPath, t: float) -> PointCloud:
    """The cloud of a path at a time, with what is read beside it: a vector goes in a straight line, for no coupling sees it."""
    cloud, a, b = path(t), path.coupling.source, path.coupling.target
    if isinstance(a, PromptCloud) and isinstance(b, PromptCloud) and a.vector is not None and b.vector is not None:
        return PromptCloud(cloud.points, cloud.weights, torch.lerp(a.vector, b.vector, t))
    return cloud


def _of_one_kind(clouds: Sequence[PointCloud]) -> list[list[int]]:
    """The indices of clouds that can be rendered in one batch: of one size, all uniform or all weighted."""
    kinds: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for k, cloud in enumerate(clouds):
        kinds[len(cloud), cloud.uniform].append(k)
    return list(kinds.values())


def _same_way(one: Coupling, other: Coupling) -> bool:
    return one.permutation is not None and other.permutation is not None and torch.equal(one.permutation, other.permutation)
