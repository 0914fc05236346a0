"""Run a study: each pair wholly or not at all, so that it can be stopped anywhere and taken up again."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch

from sdinterp.checks import at_home, check_whole
from sdinterp.doctor import versions
from sdinterp.files import write_whole
from sdinterp.perception import net_version
from sdinterp.study.compute import Job, MakeRenderer, check_guard, cluster_gpus, run_here, run_local, run_ray
from sdinterp.study.pairs import Pair
from sdinterp.study.planned import drawn_pairs
from sdinterp.study.settings import Settings
from sdinterp.study.store import LOCK, RESULTS, PairResult, Store, writing
from sdinterp.study.together import compute_pairs

Engine = Literal["local", "ray"]


def run_study(
    settings: Settings | None, folder: Path | str, *, pairs: Sequence[Pair] | None = None, resume: bool = False,
    workers: int = 1, engine: Engine = "local", device: str | None = None, batch_size: int | None = None, compile: bool = False,
    keep_frames: bool = False, make_renderer: MakeRenderer | None = None, progress: Callable[[int, int], object] | None = None,
) -> Path:  # fmt: skip
    """Compute the strips of all pairs of a study that are not yet in its folder.

    Args:
        settings: what to compute; None takes those of the study that is resumed.
        folder: of the run; made if it is not there.
        pairs: the prompts, where `settings.source` is not Postcards; a study that is resumed has them already.
        resume: go on with what is in the folder. Without it a folder that holds a study is refused.
        workers: processes, on a machine with GPUs best one for each.
        engine: "local", or "ray" for an existing Ray cluster.
        device: None is a GPU where there is one.
        batch_size: pictures at a time, of as many pairs as that is enough for. None is the model's own; then a CPU, which gains
            nothing by more, computes one pair after the other. Like the number of workers it changes results by rounding only.
        compile: whether each worker compiles the denoiser, see `load_model`.
        keep_frames: write every frame as PNG to `frames/PAIR/`.
        make_renderer: makes the model of each worker from the settings and a device, by default `load_model`.
        progress: called with (pairs done, pairs in all).

    Returns:
        The folder.

    Raises:
        ValueError: a folder that holds something else, settings that are not those of the study resumed (with the difference), or
            another process at work in the folder.
    """
    folder = at_home(folder)
    check_guard()
    check_whole("workers", workers, 1)
    if batch_size is not None:
        check_whole("batch_size", batch_size, 1)
    if engine not in ("local", "ray"):
        raise ValueError(f"engine is {engine!r}; choose 'local' or 'ray'")
    begun = Store.exists(folder)
    if begun and not resume:
        raise ValueError(f"{str(folder)!r} holds a study; go on with it by --resume, or choose another folder")
    if settings is None:
        with Store(folder) as store:
            settings = store.settings
    if make_renderer is None:
        from sdinterp.study.renderers import load_renderer, placed  # the libraries of models take seconds

        make_renderer = partial(load_renderer, compile=True) if compile else load_renderer
        settings, device, fitting = placed(settings, device, cluster_gpus() if engine == "ray" else None)
        batch_size = batch_size or fitting
    settings = replace(settings, net_versions=tuple(net_version(net) for net in settings.nets))
    if not begun:
        if folder.exists() and (not folder.is_dir() or any(not path.name.startswith((RESULTS, LOCK)) for path in folder.iterdir())):
            raise ValueError(f"{str(folder)!r} exists and holds no study; choose another folder")
        pairs = drawn_pairs(settings) if pairs is None else pairs
        if not pairs or len({pair.id for pair in pairs}) != len(pairs):
            raise ValueError("a study needs at least one pair, and each pair an id of its own")
        folder.mkdir(parents=True, exist_ok=True)
    job = Job(settings, make_renderer, compute_pairs, device=device, batch_size=batch_size, keep_frames=keep_frames)
    about = circumstances() | {"engine": engine, "workers": workers, "device": _device_name(device)}
    about |= {"batch_size": batch_size, "compile": compile}
    with writing(folder):
        if Store.exists(folder):
            store = Store(folder)
            if changes := store.settings.difference(settings):
                said = ", ".join(f"{name} {here!r} → {there!r}" for name, (here, there) in changes.items())
                raise ValueError(f"the study in {str(folder)!r} has other settings ({said}); resume it as it was, or begin another")
        else:
            store = Store.begin(folder, settings, pairs or ())
        with store:
            _work(store, job, about, workers, engine, progress)
    return folder


def _work(
    store: Store, job: Job, about: dict[str, Any], workers: int, engine: Engine, progress: Callable[[int, int], object] | None
) -> None:
    done, pairs = store.done, store.pairs
    missing = [pair for pair in pairs if pair.id not in done]
    count = len(pairs) - len(missing)
    if progress:
        progress(count, len(pairs))
    if not missing:
        return
    store.begin_session(about)
    if engine == "ray":
        results = run_ray(job, missing, workers)
    else:
        results = run_here(job, missing) if workers == 1 else run_local(job, missing, workers)
    try:
        for result in results:
            _write_frames(store.folder, result)
            store.add(result)
            count += 1
            if progress:
                progress(count, len(pairs))
    except Exception:
        if not count:
            store.discard()  # nothing was ever computed: wrong settings leave nothing behind
        raise
    finally:
        results.close()


def circumstances() -> dict[str, Any]:
    """Versions, commit and machine, for the record."""
    return {
        "versions": {"python": platform.python_version(), **versions()},
        "commit": _commit(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def _write_frames(folder: Path, result: PairResult) -> None:
    """Write kept frames before their pair is marked done; a pair that is done anew writes the same files again."""
    for strip in result.strips:
        place = folder / "frames" / result.pair / f"{strip.coupling}-{strip.draw}-noise{strip.noise}"
        for k, picture in enumerate(strip.pictures):
            write_whole(place / f"{k:03}.png", picture)


def _device_name(device: str | None) -> str:
    gpu = torch.cuda.is_available() and str(device).startswith("cuda")
    return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}" if gpu else device or "cpu"


def _commit() -> str | None:
    """The commit that the package is at, with a plus sign where the package was changed since; None outside a repository."""
    here = Path(__file__).parent
    try:
        said = [
            subprocess.run(["git", *command], cwd=here, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--", here.parent.as_posix()])
        ]
    except (OSError, subprocess.SubprocessError):
        return None
    return said[0] + ("+" if said[1] else "")
