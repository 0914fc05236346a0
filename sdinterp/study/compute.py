"""Who computes the pairs of a study: this process, several processes of this machine, or the workers of a Ray cluster.

Every engine gives the same results, pair by pair and in any order, and none of them writes: the caller stores what it is given.
A worker computes as many pairs together as fill its batch. One that dies is replaced, and its pairs are given out again singly.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from multiprocessing.connection import Connection
from typing import Any, Protocol

import torch

from sdinterp.extras import needs_extras
from sdinterp.rendering import Renderer
from sdinterp.study.pairs import Pair
from sdinterp.study.settings import Settings
from sdinterp.study.store import PairResult

MAX_LOSSES = 3
"""How many workers a single pair may cost before the study gives up."""

START = "spawn"
"""How a worker's process is started."""

GUARD = 'a script that runs a study with several workers has to do so below `if __name__ == "__main__":`, for each reads it anew'

MakeRenderer = Callable[[Settings, str | None], Renderer]


@dataclass(frozen=True)
class Job:
    """All that a worker has to know.

    Attributes:
        settings: of the study.
        make_renderer: called once a worker with the settings and a device; None as device leaves the choice to the model.
        compute: from renderer, pairs and job to results.
        device: "cpu", "cuda", "cuda:1"; None leaves it to the renderer.
        threads: of torch, None leaves them as they are.
        batch_size: pictures at a time, of as many pairs as they are enough for; None the model's own, of one pair after the other.
        keep_frames: whether results hold the frames as PNG.
    """

    settings: Settings
    make_renderer: MakeRenderer
    compute: Callable[[Renderer, Sequence[Pair], Job], list[PairResult]]
    device: str | None = None
    threads: int | None = None
    batch_size: int | None = None
    keep_frames: bool = False

    @property
    def trips(self) -> int:
        """How often the strips of a pair and a noise fit into a batch; at least once."""
        pictures = 2 + len(self.settings.runs) * (self.settings.frames - 2)
        return max(1, (self.batch_size or 0) // pictures)

    def dealt(self, pairs: Sequence[Pair], workers: int) -> list[Sequence[Pair]]:
        """The pairs as they are given out: as many at a time as fit into a batch, but some for every worker."""
        size = min(max(1, self.trips // self.settings.noises), -(-len(pairs) // workers))
        return [pairs[start : start + size] for start in range(0, len(pairs), size)]


def check_guard() -> None:
    """Raise ValueError in a worker that reads the script which began it, and so comes to run the study itself."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise ValueError(GUARD)


class Worker:
    """Computes pairs with a renderer that it makes once, when the first comes."""

    def __init__(self, job: Job) -> None:
        if job.threads:
            torch.set_num_threads(job.threads)
        self.job = job

    @cached_property
    def renderer(self) -> Renderer:
        """The model."""
        return self.job.make_renderer(self.job.settings, self.job.device)

    def compute(self, pairs: Sequence[Pair]) -> list[PairResult]:
        """The strips of some pairs."""
        try:
            return self.job.compute(self.renderer, pairs, self.job)
        except torch.cuda.OutOfMemoryError:
            raise MemoryError("the GPU's memory is too small for so many pictures at a time; give a smaller batch size") from None


def run_here(job: Job, pairs: Sequence[Pair]) -> Generator[PairResult, None, None]:
    """Compute the pairs in this process."""
    worker = Worker(job)
    for some in job.dealt(pairs, 1):
        yield from worker.compute(some)


def run_local(job: Job, pairs: Sequence[Pair], workers: int) -> Generator[PairResult, None, None]:
    """Compute the pairs in several processes, the GPUs (where there are any) being dealt out in turn."""
    job = replace(job, threads=max(1, (os.cpu_count() or 1) // workers))
    gpus = torch.cuda.device_count() if job.device == "cuda" else 0
    jobs = [replace(job, device=f"cuda:{k}") for k in range(gpus)] or [job]
    dealt = job.dealt(pairs, workers)
    yield from _share(dealt, workers, lambda number: _Process(jobs[number % len(jobs)]), _Died)


def run_ray(job: Job, pairs: Sequence[Pair], workers: int) -> Generator[PairResult, None, None]:
    """Compute the pairs on an existing Ray cluster (`RAY_ADDRESS`, or the one of this machine), on so many actors.

    Raises:
        ValueError: Ray is not installed, or there is no cluster.
    """
    ray = _cluster()
    gpus = int(str(job.device).startswith("cuda"))
    actor = ray.remote(num_cpus=1, num_gpus=gpus, max_restarts=0)(Worker)
    known = ray.put(replace(job, threads=1))
    try:
        yield from _share(
            job.dealt(pairs, workers), workers, lambda _: _Actor(ray, actor.remote(known)), ray.exceptions.RayActorError
        )
    except ray.exceptions.RayTaskError as error:
        raise error.cause if isinstance(error.cause, Exception) else error from None


def cluster_gpus() -> int:
    """How many GPUs the Ray cluster has.

    Raises:
        ValueError: Ray is not installed, or there is no cluster.
    """
    return int(_cluster().cluster_resources().get("GPU", 0))


class _Hand(Protocol):
    """One worker, wherever it is; a future raises the error that it met, or one of a known kind where the worker died."""

    @property
    def begun(self) -> bool: ...

    def give(self, pairs: Sequence[Pair]) -> Future[list[PairResult]]: ...

    def end(self) -> None: ...


def _share(
    dealt: Sequence[Sequence[Pair]], workers: int, hire: Callable[[int], _Hand], died: type[Exception]
) -> Generator[PairResult, None, None]:
    """Give the pairs to workers, as they are dealt, and replace those that die.

    Raises:
        ChildProcessError: a pair that ends its worker again and again.
    """
    waiting, losses, begun = list(reversed(dealt)), Counter[str](), False
    crew = [hire(number) for number in range(min(workers, len(dealt)))]
    try:
        running = {hand.give(pairs := waiting.pop()): (number, pairs) for number, hand in enumerate(crew)}
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                number, pairs = running.pop(future)
                results: list[PairResult] = []
                try:
                    results = future.result()
                except died as error:
                    begun = begun or any(hand.begun for hand in crew)
                    if not begun:
                        raise ChildProcessError(f"no worker could begin; {GUARD}") from error
                    losses.update(pair.id for pair in pairs)
                    if deadly := [pair.id for pair in pairs if losses[pair.id] == MAX_LOSSES]:
                        said = f"pair {deadly[0]!r} has ended {MAX_LOSSES} workers; is there memory enough?"
                        raise ChildProcessError(said) from error
                    crew[number].end()
                    crew[number] = hire(number)
                    waiting += [[pair] for pair in reversed(pairs)]
                if waiting:
                    pairs = waiting.pop()
                    running[crew[number].give(pairs)] = number, pairs
                yield from results
    finally:
        for hand in crew:
            hand.end()


class _Died(Exception):
    """A worker's process is no more."""


class _Process:
    """A worker in a process of its own, and a thread here that asks it.

    Only the process holds the far end of the pipe: whenever it dies, be it in the middle of an answer, reading the pipe ends. (In a
    ProcessPoolExecutor it would wait for the rest of the answer for ever.)
    """

    def __init__(self, job: Job) -> None:
        context = multiprocessing.get_context(START)
        self._pipe, its = context.Pipe()
        self._process: Any = context.Process(target=_serve, args=(job, its))
        self._process.start()
        its.close()
        self._asking, self.begun = ThreadPoolExecutor(1), False

    def give(self, pairs: Sequence[Pair]) -> Future[list[PairResult]]:
        return self._asking.submit(self._ask, pairs)

    def _ask(self, pairs: Sequence[Pair]) -> list[PairResult]:
        try:
            self.begun = self.begun or self._pipe.recv()
            self._pipe.send(pairs)
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise _Died from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._asking.shutdown()
        self._pipe.close()


class _Actor:
    """A worker on a Ray cluster."""

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor, self.begun = ray, actor, True

    def give(self, pairs: Sequence[Pair]) -> Future[list[PairResult]]:
        return self._actor.compute.remote(pairs).future()

    def end(self) -> None:
        self._ray.kill(self._actor)


def _serve(job: Job, pipe: Connection) -> None:
    """Say that the process has begun, then answer pairs with results or an error, until the process that asks is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pipe.send(True)
    worker = Worker(job)
    with suppress(EOFError, OSError):
        while True:
            pairs = pipe.recv()
            try:
                answer = worker.compute(pairs)
            except Exception as error:
                error.add_note(traceback.format_exc())
                answer = error
            pipe.send(answer)


def _end_with_parent() -> None:
    parent: Any = multiprocessing.parent_process()
    parent.join()
    os._exit(0)


def _cluster() -> Any:
    """Ray, connected to its cluster."""
    with needs_extras():
        import ray  # type: ignore[import-not-found]
    if not ray.is_initialized():
        try:
            ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), log_to_driver=False)
        except ConnectionError as error:
            raise ValueError("there is no Ray cluster; `ray start --head` makes one on this machine") from error
    return ray
