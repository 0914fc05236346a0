"""All strips of several pairs, computed together: a GPU is as quick with hundreds of pictures as with one pair's thirty."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from sdinterp.pictures import encoded, grid, in_a_row, to_pil
from sdinterp.postcards.judge import Judge, load_judge
from sdinterp.rendering import Renderer, Trip, prompt_paths, render_trips
from sdinterp.study.compute import Job
from sdinterp.study.pairs import Pair
from sdinterp.study.settings import Settings
from sdinterp.study.store import Distances, PairResult, Reading, StripResult

THUMBNAIL = 64
"""Height of a stored strip in pixels."""


class Key(NamedTuple):
    """Which strip."""

    pair: str
    noise: int
    coupling: str
    draw: int
    seed: int


def compute_pairs(renderer: Renderer, pairs: Sequence[Pair], job: Job) -> list[PairResult]:
    """All strips of some pairs; those of so many noises of theirs are made together as the job says."""
    began = time.perf_counter()
    trips = [trip for pair in pairs for trip in trips_of(renderer, pair, job.settings)]
    judged = {pair.id for pair in pairs if "scene_a" in pair.group}
    strips: dict[str, list[StripResult]] = defaultdict(list)
    for start in range(0, len(trips), job.trips):
        for pair, strip in _strips(renderer, trips[start : start + job.trips], judged, job):
            strips[pair].append(strip)
    seconds = (time.perf_counter() - began) / len(pairs)
    return [PairResult(pair.id, seconds, tuple(strips[pair.id])) for pair in pairs]


def trips_of(renderer: Renderer, pair: Pair, settings: Settings) -> list[Trip[Key]]:
    """The paths of a pair, for each noise its own."""
    couplings = {
        Key(pair.id, noise, name, draw, seed): (name, seed)
        for noise in range(settings.noises) for name, draw in settings.runs
        for seed in [_seed(settings, pair, f"coupling {noise * settings.random_draws + draw}")]
    }  # fmt: skip
    paths = prompt_paths(renderer, pair.prompt_a, pair.prompt_b, couplings, settings.p)
    return [
        Trip({key: path for key, path in paths.items() if key.noise == noise}, _seed(settings, pair, f"noise {noise}"))
        for noise in range(settings.noises)
    ]


def _strips(renderer: Renderer, trips: Sequence[Trip[Key]], judged: set[str], job: Job) -> Iterator[tuple[str, StripResult]]:
    """The strips of some trips, rendered, looked at and read as one list of pictures; each with the pair that it belongs to."""
    settings = job.settings
    walks = render_trips(
        renderer, trips, settings.frames, steps=settings.steps or renderer.default_steps, guidance=settings.guidance,
        batch_size=job.batch_size,
    )  # fmt: skip
    black = _black(walks.pictures)
    walks = replace(walks, pictures=walks.pictures.nan_to_num(-1))
    measured = {net: walks.distances(net) for net in settings.nets}
    readings = _readings(walks.pictures, walks.device) if judged else []
    for trip in trips:
        for key in trip.paths:
            (path,) = trip.legs(key)
            coupling, places, frames = path.coupling, walks.places[key], walks.frames(key)
            yield key.pair, StripResult(
                key.noise, trip.seed, key.coupling, key.draw, key.seed, coupling.cost(p=1), coupling.cost(p=2),
                flagged=bool(black[list(places)].any()), thumbnail=_thumbnail(frames),
                distances={net: Distances(*found[key]) for net, found in measured.items()},
                readings=tuple(readings[k] for k in places) if key.pair in judged else (),
                pictures=tuple(encoded(image, "PNG") for image in to_pil(frames)) if job.keep_frames else (),
            )  # fmt: skip


def _seed(settings: Settings, pair: Pair, what: str) -> int:
    """A seed of its own for every pair and purpose; pairs of the same scenes have the same."""
    digest = hashlib.sha256(f"{settings.seed} {pair.group.get('scene', pair.id)} {what}".encode()).digest()
    return int.from_bytes(digest[:4]) // 2


def _readings(pictures: Tensor, device: torch.device) -> list[Reading]:
    seen, sure = _judge(device).reads(pictures)
    return [Reading(tuple(values), mean) for values, mean in zip(seen.tolist(), sure.mean(1).tolist(), strict=True)]


@cache
def _judge(device: torch.device) -> Judge:
    return load_judge().to(device)


def _black(pictures: Tensor) -> Tensor:
    """Which pictures are black, as a safety checker leaves them, or hold numbers that are none."""
    flat = pictures.flatten(1)
    return ((flat <= -1 + 4 / 255).all(1) | ~flat.isfinite().all(1)).cpu()


def _thumbnail(frames: Tensor) -> bytes:
    """A strip as one small WebP picture, in rows where it is long."""
    size = round(frames.shape[3] * THUMBNAIL / frames.shape[2]), THUMBNAIL
    strip = grid(to_pil(frames), in_a_row(len(frames), size[0]), size=size, ground="white")
    return encoded(strip.convert("RGB"), "WEBP", quality=90)
