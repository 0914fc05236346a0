"""The `sdinterp` command."""

from __future__ import annotations

import argparse
import io
import json
import logging
import math
import os
import sqlite3
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from sdinterp.checks import at_home, check_seed
from sdinterp.course.commands import add_course
from sdinterp.defaults import COUPLINGS, DTYPES, FRAMES, STEPS
from sdinterp.extras import needs_extras
from sdinterp.postcards.commands import add_postcards
from sdinterp.study.commands import COMPILE, add_study

if TYPE_CHECKING:
    from sdinterp.strips import Strips


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0, 2 for what cannot be done, 130 when interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a console may lack letters that a prompt or a file's name has
    options = _parser().parse_args(argv)
    warnings.showwarning = lambda message, *_, **__: sys.stderr.write(f"sdinterp: {message}\n")
    logging.getLogger("transformers").setLevel(logging.ERROR)
    logging.getLogger("diffusers").setLevel(logging.ERROR)
    try:
        with needs_extras(options.extra):
            options.run(options)
    except KeyboardInterrupt:
        sys.stderr.write("sdinterp: interrupted\n")
        return 130
    except (ValueError, OSError, ImportError, MemoryError, sqlite3.Error) as error:
        sys.stderr.write(f"sdinterp: {' '.join(str(error).split()) or type(error).__name__}\n")
        return 2
    except RuntimeError as error:
        if "out of memory" not in str(error):
            raise
        sys.stderr.write("sdinterp: out of memory; make --batch-size smaller, or use another --device\n")
        return 2
    return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"sdinterp: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="sdinterp", description="Which way from B to A? Paths between prompts, and their pictures.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_path(commands)
    add_study(commands)
    add_postcards(commands)
    add_course(commands)
    _add_doctor(commands)
    return parser


def _add_path(commands: argparse._SubParsersAction) -> None:
    path = commands.add_parser(
        "path", help="draw the strips from prompt to prompt",
        description="Draw the pictures from prompt to prompt along couplings of their embeddings, and print their measures.",
    )  # fmt: skip
    path.add_argument("start", metavar="A", help="the prompt to start from")
    path.add_argument("stops", metavar="B", nargs="+", help="the prompt to end at, after those to pass on the way")
    path.add_argument("--couplings", default=",".join(COUPLINGS), help="names with commas between (default: %(default)s)")
    path.add_argument(
        "--frames", type=int, default=FRAMES, help="pictures from prompt to prompt, both included (default: %(default)s)"
    )
    path.add_argument("--negative", default="", metavar="TEXT", help="the prompt that guidance leads away from (default: none)")
    path.add_argument("--seed", type=int, default=0, help="of the noise and of the random couplings (default: %(default)s)")
    path.add_argument(
        "--steps", type=int, help=f"of the sampler (default: the model's, {STEPS} for Postcards and Stable Diffusion)"
    )
    path.add_argument("--guidance", type=float, help="scale of classifier-free guidance (default: the model's)")
    path.add_argument(
        "--model", default="postcards", help="postcards, a diffusers folder, a hub id or a .safetensors file (default: %(default)s)"
    )
    path.add_argument("--config", metavar="DIR", help="for such a file, a diffusers folder of a model of its kind")
    path.add_argument("--width", type=int, metavar="N", help="of a picture, in pixels (default: the model's)")
    path.add_argument("--height", type=int, metavar="N", help="of a picture, in pixels (default: the model's)")
    path.add_argument("--device", help="cpu, cuda, cuda:1, mps (default: a GPU for a large model, where there is one)")
    path.add_argument("--dtype", choices=DTYPES, help="precision (default: float16 for a large model on CUDA, else float32)")
    path.add_argument("--batch-size", type=int, metavar="N", help="pictures at a time (default: the model's own, 8 to 512)")
    path.add_argument("--revision", help="commit of a hub model (default: the one we know)")
    path.add_argument(
        "--offload", choices=("model", "sequential"), help="keep parts of a model of today off the GPU while they wait"
    )
    path.add_argument("--compile", action="store_true", help=COMPILE)
    path.add_argument("--frames-dir", type=at_home, metavar="DIR", help="write every picture as PNG into this new folder, too")
    path.add_argument(
        "--out", type=at_home, default=Path("path.png"), help="file to write: .png, .gif or .mp4 (default: %(default)s)"
    )
    path.add_argument("--force", action="store_true", help="overwrite the file")
    path.add_argument("--json", action="store_true", help="print the measures as JSON")
    path.set_defaults(run=_path, extra="pictures")


def _add_doctor(commands: argparse._SubParsersAction) -> None:
    doctor = commands.add_parser(
        "doctor", help="check the installation",
        description="Print versions, extras, device and the hash of the bundled model, and compare a strip with its known numbers.",
    )  # fmt: skip
    doctor.set_defaults(run=_doctor, extra=None)


def _path(options: argparse.Namespace) -> None:
    from sdinterp.models import load_model
    from sdinterp.pictures import check_new_folder, check_suffix, save, save_frames
    from sdinterp.progress import Bar
    from sdinterp.strips import interpolate_prompts

    check_suffix(options.out)
    if options.out.exists() and not options.force:
        raise ValueError(f"{str(options.out)!r} exists; choose another --out, or overwrite it with --force")
    if options.frames_dir:
        check_new_folder(options.frames_dir)
    check_seed(options.seed, "--seed")
    names = [name for name in options.couplings.split(",") if name.strip()]
    how = {
        name: getattr(options, name) for name in ("device", "dtype", "revision", "width", "height", "compile", "offload", "config")
    }
    with Bar("rendering", "picture") as bar:
        strips = interpolate_prompts(
            [options.start, *options.stops], None, names, options.frames, seed=options.seed, coupling_seed=options.seed,
            model=lambda: load_model(options.model, **how), steps=options.steps,
            guidance=options.guidance, negative_prompt=options.negative, batch_size=options.batch_size, progress=bar,
        )  # fmt: skip
    save(strips, options.out)
    if options.frames_dir:
        save_frames(strips, options.frames_dir)
    sys.stdout.write(_as_json(strips, options.out) if options.json else _as_table(strips, options.out))


def _as_json(strips: Strips, out: Path) -> str:
    """What there is to know of the strips; a measure that is not defined is null."""
    measures = {
        name: {key: value if math.isfinite(value) else None for key, value in strip.measures.items()}
        for name, strip in strips.items()
    }
    record = {"prompts": strips.prompts, "settings": strips.settings, "measures": measures, "out": os.fspath(out)}
    return json.dumps(record, indent=1) + "\n"


def _as_table(strips: Strips, out: Path) -> str:
    from sdinterp.strips import TITLES

    lines = [f"{'coupling':<14}" + "".join(f"{title:>14}" for title in TITLES.values())]
    lines += [f"{name:<14}" + "".join(f"{strip.measures[key]:>14.3f}" for key in TITLES) for name, strip in strips.items()]
    frames = len(next(iter(strips.values())).frames)
    lines += [f"{out}: {len(strips)} strips of {frames} pictures in {strips.seconds:.1f} s"]
    return "\n".join(lines) + "\n"


def _doctor(options: argparse.Namespace) -> None:
    from sdinterp.doctor import check

    for what, finding in check():
        sys.stdout.write(f"{what:<14}{finding}\n")
