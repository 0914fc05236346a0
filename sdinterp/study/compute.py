"""Who computes the pairs of a study: this process, several processes of this machine, or the workers of a Ray cluster.

Every engine gives the same results, pair by pair and in any order, and none of them writes: the caller stores what it is given.
A worker that dies is replaced and its pair is given to another.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any

import torch

from sdinterp.extras import needs_extras
from sdinterp.rendering import Renderer
from sdinterp.study.pairs import Pair
from sdinterp.study.settings import Settings
from sdinterp.study.store import PairResult

MAX_LOSSES = 3
"""How many workers a single pair may cost before the study gives up."""

MakeRenderer = Callable[[Settings, str | None], Renderer]


@dataclass(frozen=True)
class Job:
    """All that a worker has to know.

    Attributes:
        settings: of the study.
        make_renderer: called once a worker with the settings and a device; None as device leaves the choice to the model.
        compute: from renderer, pair and job to result.
        device: "cpu", "cuda", "cuda:1"; None leaves it to the renderer.
        threads: of torch, None leaves them as they are.
        batch_size: pictures at a time, None the model's own.
        keep_frames: whether results hold the frames as PNG.
    """

    settings: Settings
    make_renderer: MakeRenderer
    compute: Callable[[Renderer, Pair, Job], PairResult]
    device: str | None = None
    threads: int | None = None
    batch_size: int | None = None
    keep_frames: bool = False


class Worker:
    """A renderer that is made once, and the pairs that it computes."""

    def __init__(self, job: Job) -> None:
        if job.threads:
            torch.set_num_threads(job.threads)
        self.job = job
        self.renderer = job.make_renderer(job.settings, job.device)

    def compute(self, pair: Pair) -> PairResult:
        """The strips of a pair."""
        try:
            return self.job.compute(self.renderer, pair, self.job)
        except torch.cuda.OutOfMemoryError:
            raise MemoryError("the GPU's memory is too small for so many pictures at a time; give a smaller batch size") from None


def run_here(job: Job, pairs: Sequence[Pair]) -> Generator[PairResult, None, None]:
    """Compute the pairs one after the other in this process."""
    worker = Worker(job)
    yield from map(worker.compute, pairs)


def run_local(job: Job, pairs: Sequence[Pair], workers: int) -> Generator[PairResult, None, None]:
    """Compute the pairs in several processes, the GPUs (where there are any) being dealt out in turn.

    Raises:
        ChildProcessError: a pair that ends its worker again and again.
    """
    waiting, lost = list(reversed(pairs)), dict.fromkeys((pair.id for pair in pairs), 0)
    threads = job.threads or max(1, (os.cpu_count() or 1) // workers)
    jobs = [replace(job, device=_device(job.device, k), threads=threads) for k in range(workers)]
    crew: list[_Process] = []
    try:
        crew = [_Process(own, waiting.pop()) for own in jobs[: len(waiting)]]
        while crew:
            ready = wait([process.pipe for process in crew])
            for process in [process for process in crew if process.pipe in ready]:
                answer = process.answer()
                if isinstance(answer, BaseException):
                    raise answer
                if answer is None:
                    crew.remove(process)
                    process.end()
                    lost[process.pair.id] += 1
                    if lost[process.pair.id] >= MAX_LOSSES:
                        raise ChildProcessError(f"pair {process.pair.id!r} has ended {MAX_LOSSES} workers; is there memory enough?")
                    crew.append(_Process(process.job, process.pair))
                    continue
                if waiting:
                    process.give(waiting.pop())
                else:
                    crew.remove(process)
                    process.end()
                yield answer
    finally:
        for process in crew:
            process.end()


class _Process:
    """A process with a worker in it, and the pair that it is at."""

    def __init__(self, job: Job, pair: Pair) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.job, self.pair = job, pair
        self.pipe, other = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(other, job), daemon=True)
        self._process.start()
        other.close()
        self.give(pair)

    def give(self, pair: Pair) -> None:
        self.pair = pair
        with suppress(OSError):
            self.pipe.send(pair)

    def answer(self) -> Any:
        """A result, an exception that the worker met, or None where the process is no more."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection, job: Job) -> None:
    """The life of a worker process: pairs in, results out, until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    with suppress(EOFError, OSError):
        try:
            worker = Worker(job)
            while True:
                pipe.send(worker.compute(pipe.recv()))
        except (EOFError, BrokenPipeError):
            raise
        except Exception as error:
            pipe.send(error)


def run_ray(job: Job, pairs: Sequence[Pair], workers: int) -> Generator[PairResult, None, None]:
    """Compute the pairs on an existing Ray cluster (`RAY_ADDRESS`, or the one of this machine), on so many actors.

    Raises:
        ValueError: Ray is not installed, or there is no cluster.
        ChildProcessError: a pair that ends its worker again and again.
    """
    with needs_extras():
        import ray  # type: ignore[import-not-found]
        from ray.exceptions import RayActorError, RayTaskError  # type: ignore[import-not-found]
    if not ray.is_initialized():
        try:
            ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), log_to_driver=False)
        except ConnectionError as error:
            raise ValueError("there is no Ray cluster; `ray start --head` makes one on this machine") from error
    gpus = 1 if str(job.device).startswith("cuda") and ray.cluster_resources().get("GPU") else 0
    actor_class = ray.remote(num_cpus=1, num_gpus=gpus, max_restarts=0)(Worker)
    remote_job = ray.put(replace(job, threads=job.threads or 1, device=job.device or ("cuda" if gpus else "cpu")))
    waiting, lost = list(reversed(pairs)), dict.fromkeys((pair.id for pair in pairs), 0)
    running: dict[Any, tuple[Any, Pair]] = {}

    def start(actor: Any, pair: Pair) -> None:
        running[actor.compute.remote(pair)] = actor, pair

    try:
        for _ in range(min(workers, len(waiting))):
            start(actor_class.remote(remote_job), waiting.pop())
        while running:
            (ready, *_), _ = ray.wait(list(running), num_returns=1)
            actor, pair = running.pop(ready)
            try:
                result = ray.get(ready)
            except RayTaskError as error:
                raise error.cause if isinstance(error.cause, Exception) else error from None
            except RayActorError as error:
                lost[pair.id] += 1
                if lost[pair.id] >= MAX_LOSSES:
                    raise ChildProcessError(f"pair {pair.id!r} has ended {MAX_LOSSES} workers") from error
                start(actor_class.remote(remote_job), pair)
                continue
            if waiting:
                start(actor, waiting.pop())
            else:
                ray.kill(actor)
            yield result
    finally:
        for actor, _ in running.values():
            ray.kill(actor)


def _device(device: str | None, worker: int) -> str | None:
    """The device of a worker: the GPUs in turn where "cuda" was asked for."""
    gpus = torch.cuda.device_count()
    return f"cuda:{worker % gpus}" if gpus and device == "cuda" else device
