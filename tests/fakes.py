"""A renderer without a model, and a study made with it: what the tests of the study kill, resume and compare."""

import contextlib
import hashlib
import multiprocessing
import os
import resource
import signal
import sys
import time
from pathlib import Path

import torch

from sdinterp.clouds import PointCloud
from sdinterp.study import compute
from sdinterp.study.run import run_study
from sdinterp.study.settings import Settings

ROWS, WIDTH = 16, 4

SETTINGS = Settings(
    model="fake", net="postcards", second_net="none", levels=(0.5, 2.5, 5.0), per_level=4, frames=4, steps=1, random_draws=2,
    noises=2, seed=3,
)  # fmt: skip


class FakeRenderer:
    """Pictures are a smooth function of the measure that the rows are, and of the seed of its noise.

    Args:
        pause: seconds that a call of `render` takes.
        journal: a file that gets one line for each pair that is begun.
        black: a word; the pictures between prompts that hold it are black.
        deadly: a file; the process that finds it removes it and kills itself.
        pids: a file that gets a line with the number of the process.
    """

    name, default_guidance, device, dtype = "fake", 1.0, torch.device("cpu"), torch.float32
    default_steps, reads_cloud = 1, True

    def __init__(self, pause=0.0, journal=None, black="", deadly=None, pids=None):
        self.pause, self.journal, self.black, self.deadly = pause, journal, black, deadly
        self._dark = False
        if pids:
            with open(pids, "a") as file:
                file.write(f"{os.getpid()}\n")

    def encode(self, prompts):
        if self.journal:
            with open(self.journal, "a") as file:
                file.write(f"{prompts[0]}|{prompts[1]}\n")
        self._dark = bool(self.black) and any(self.black in prompt for prompt in prompts)
        return torch.stack([torch.stack([_vector(f"{k} {word}") for k, word in enumerate(self.tokens(p))]) for p in prompts])

    def clouds(self, prompts):
        return [PointCloud(rows) for rows in self.encode(prompts)]

    def tokens(self, prompt):
        words = prompt.split()[: ROWS - 2]
        return ["<start>", *words, "<end>", *["<pad>"] * (ROWS - 2 - len(words))]

    def render(self, embeddings, weights=None, *, seed, steps=1, guidance=None, negative=None, batch_size=8, progress=None):
        if self.deadly and Path(self.deadly).exists():
            Path(self.deadly).unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.pause)
        if self._dark:
            pictures = torch.full((len(embeddings), 3, 32, 32), -1.0)
        else:
            pictures = torch.cat([_picture(rows, own) for rows, own in zip(embeddings.split(1), seed, strict=True)])
        if progress:
            progress(len(embeddings))
        return pictures

    def enlarge(self, pictures):
        return pictures


class MakeFake:
    """What a worker makes its `FakeRenderer` with; can be sent to another process."""

    def __init__(self, **options):
        self.options = options

    def __call__(self, settings, device):
        return FakeRenderer(**self.options)


def run_fake(folder, settings=SETTINGS, **options):
    """Run or resume a study in this process, on one thread."""
    torch.set_num_threads(1)
    fake = {name: options.pop(name) for name in ("pause", "journal", "black", "deadly", "pids") if name in options}
    return run_study(settings, folder, make_renderer=MakeFake(**fake), **options)


def run_crew(folder, settings, **options):
    """Run a study in two processes that start at once, from a process that does nothing else."""
    compute.START = "forkserver"
    multiprocessing.set_forkserver_preload(["tests.fakes"])
    run_fake(folder, settings, workers=2, **options)


def run_command(arguments, home, said, disk):
    """Run the command in a folder, what it says going to a file; no file of its grows past `disk` bytes, as on a full disk.

    A study's model is the fake one.
    """
    from sdinterp.cli import main
    from sdinterp.study import renderers

    os.chdir(home)
    renderers.load_renderer, renderers.placed = MakeFake(), lambda settings, *_: (settings, "cpu", None)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
    with open(said, "w") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        sys.exit(main(arguments))


def run_real(folder, settings):
    """Run or resume a study with the bundled model."""
    torch.set_num_threads(1)
    run_study(settings, folder, resume=True)


def _picture(rows, seed):
    generator = torch.Generator().manual_seed(seed)
    waves = torch.randn(WIDTH, 6, generator=generator)
    basis = torch.randn(6, 3, 32, 32, generator=generator)
    return torch.tanh(torch.einsum("bk,kchw->bchw", (rows @ waves).cos().mean(1), basis))


def _vector(text):
    digest = hashlib.sha256(text.encode()).digest()
    return torch.tensor([byte / 255 for byte in digest[:WIDTH]]) * 4 - 2
