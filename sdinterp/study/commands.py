"""The commands `sdinterp study run`, `report`, `sample` and `record`."""

from __future__ import annotations

import argparse
import sys
import warnings
from dataclasses import fields, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from sdinterp.checks import at_home
from sdinterp.study.plan import PRIMARY
from sdinterp.study.settings import Settings

if TYPE_CHECKING:
    from sdinterp.study.pairs import Pair

COMPILE = "compile the denoiser first: a minute, won back from some 3,000 pictures of a large model on a GPU on"
"""What the option is said to do."""


def add_study(commands: Any) -> None:
    """Add `study` with its own commands to the commands of the parser."""
    study = commands.add_parser("study", help="compare couplings over many pairs of prompts")
    study.set_defaults(extra="study")
    within = study.add_subparsers(required=True, metavar="COMMAND")
    _add_run(within)
    report = within.add_parser("report", help="write table.csv, the figures and report.html into a run's folder")
    report.add_argument("folder", type=at_home, metavar="DIR", help="of the run")
    report.set_defaults(run=_report)
    sample = within.add_parser("sample", help="draw the strips of one pair at some levels: the talk's slide S8")
    sample.add_argument("folder", type=at_home, metavar="DIR", help="of the run")
    sample.add_argument(
        "--levels", type=_numbers, default=[0.5, 2.0, 3.5, 5.0], metavar="L,L", help="of similarity (default: 0.5,2,3.5,5)"
    )
    sample.set_defaults(run=_sample)
    record = within.add_parser("record", help="write what a page needs of a run into a folder: tables, settings, thumbnails")
    record.add_argument("folders", type=at_home, nargs="+", metavar="DIR", help="of the run; of others over the same pairs")
    record.add_argument("--out", type=at_home, required=True, metavar="DIR", help="folder of the record")
    record.add_argument("--command", default="sdinterp study run", metavar="TEXT", help="what made the runs (default: %(default)s)")
    record.add_argument("--device", help="where prompts are encoded (default: a GPU where there is one)")
    record.set_defaults(run=_record)


def _add_run(within: Any) -> None:
    run = within.add_parser(
        "run", help="compute the strips of many pairs of prompts",
        description="Compute strips along several couplings for pairs of prompts at ten levels of similarity. A run that was "
        "interrupted goes on with --resume.",
    )  # fmt: skip
    run.add_argument("--out", type=at_home, required=True, metavar="DIR", help="folder of the run")
    run.add_argument("--resume", action="store_true", help="go on with the study in the folder")
    pairs = run.add_argument_group("pairs")
    pairs.add_argument(
        "--pairs",
        metavar="SOURCE",
        help="postcards, doses, rivals, cxc or csv:FILE with prompt_a,prompt_b,level (default: postcards)",
    )
    pairs.add_argument(
        "--cxc-scores", type=at_home, nargs="+", metavar="FILE", help="sts_val.csv, sts_test.csv (default: download)"
    )
    pairs.add_argument("--coco-captions", type=at_home, metavar="FILE", help="captions_val2014.json (default: download)")
    pairs.add_argument("--cxc-match", choices=("exact", "nearest"), help="score equal or nearest to the level (default: exact)")
    pairs.add_argument(
        "--cxc-sampling", metavar="METHOD", help="all, balance, c2c_cocaption (same photograph) or c2c_isim (default: all)"
    )
    _add_settings(run.add_argument_group("settings (those not given take the default, or what the resumed study has)"))
    means = run.add_argument_group("means (they change results by rounding only)")
    means.add_argument("--device", help="cpu, cuda, cuda:1 (default: a GPU where there is one)")
    means.add_argument("--workers", type=int, default=1, metavar="N", help="processes; one for each GPU (default: 1)")
    means.add_argument("--engine", choices=("local", "ray"), default="local", help="ray: an existing cluster (default: local)")
    means.add_argument(
        "--batch-size", type=int, metavar="N",
        help="pictures at a time, of as many pairs as that is enough for, which are lost together when it is killed (default: the "
        "model's own, on a GPU 512 or 8; on a CPU 24 or 8, of one pair)",
    )  # fmt: skip
    means.add_argument("--compile", action="store_true", help=COMPILE)
    means.add_argument("--keep-frames", action="store_true", help="write every frame as PNG into the folder")
    run.set_defaults(run=_run)


def _add_settings(group: Any) -> None:
    """An option for each setting that has a help text."""
    for name, kind in get_type_hints(Settings).items():
        setting = Settings.__dataclass_fields__[name]
        if "help" in setting.metadata:
            (kind,) = set(get_args(kind) if isinstance(kind, UnionType) else [kind]) - {NoneType}
            default = setting.metadata["default"] or _written(setting.default)
            group.add_argument(
                f"--{name.replace('_', '-')}", type=_READ.get(kind, kind), metavar=setting.metadata["metavar"],
                help=f"{setting.metadata['help']} (default: {default})",
            )  # fmt: skip


def _run(options: argparse.Namespace) -> None:
    from sdinterp.progress import Bar
    from sdinterp.study.run import run_study
    from sdinterp.study.store import Store

    settings, pairs = _plan(options)
    if settings and not any(set(settings.couplings) >= set(pair) for pair in PRIMARY):
        warnings.warn("these strips will give no report: it compares optimal with standard or random", stacklevel=1)
    with Bar("study", "pair") as bar:
        try:
            run_study(
                settings, options.out, pairs=pairs, resume=options.resume, workers=options.workers, engine=options.engine,
                device=options.device, batch_size=options.batch_size, compile=options.compile,
                keep_frames=options.keep_frames, progress=bar,
            )  # fmt: skip
        except KeyboardInterrupt:
            bar.close()
            if bar.total:
                sys.stderr.write(f"sdinterp: {bar.n} of {bar.total} pairs are kept; --resume goes on from there\n")
            raise
    with Store(options.out) as store:
        table = store.table()
        spent, dtype = sum(session["until"] - session["began"] for session in store.sessions), store.settings.dtype
    flagged = f"; {int(table.flagged.sum())} strips have black frames and do not count" if table.flagged.any() else ""
    if table.flagged.all():
        flagged = f"; all have frames that are black or hold no numbers, in {dtype}: try --dtype float32"
    sys.stdout.write(f"{options.out}: {table.pair.nunique()} pairs, {len(table)} strips in {spent:.0f} s{flagged}\n")


def _plan(options: argparse.Namespace) -> tuple[Settings | None, list[Pair] | None]:
    """Settings and pairs as the options have them; on resuming, what the options do not say is as it was."""
    from sdinterp.study.planned import settings_for
    from sdinterp.study.store import Store

    names = [setting.name for setting in fields(Settings)]
    given: dict[str, Any] = {name: value for name in names if (value := getattr(options, name, None)) is not None}
    named = any(getattr(options, name) for name in ("pairs", "cxc_scores", "coco_captions", "cxc_match", "cxc_sampling"))
    if options.resume and Store.exists(options.out):
        with Store(options.out) as store:
            before = store.settings
        return replace(before, **given, source=_source(options) if named else before.source), None
    if options.resume and not given and not named:
        return None, None
    settings = settings_for(_source(options), given)
    pairs = _pairs(options, settings)
    if settings.source["pairs"] == "csv":
        levels = tuple(dict.fromkeys(pair.level for pair in pairs or ()))
        settings = replace(settings, levels=levels, per_level=options.per_level)
    return settings, pairs


def _source(options: argparse.Namespace) -> dict[str, Any]:
    """Where the pairs come from, as it stands in the settings."""
    import pooch

    from sdinterp.study.planned import PLANNED

    kind, _, file = (options.pairs or "postcards").partition(":")
    if kind in PLANNED and not file:
        return {"pairs": kind}
    if kind == "csv" and file:
        return {"pairs": kind, "file": Path(file).name, "sha256": pooch.file_hash(str(at_home(file)))}
    if kind == "cxc" and not file:
        scores, captions = _cxc_files(options)
        files = {path.name: pooch.file_hash(str(path)) for path in (*scores, captions)}
        return {"pairs": kind, "match": options.cxc_match or "exact", "sampling": options.cxc_sampling or "all", "files": files}
    raise ValueError(f"--pairs is {options.pairs!r}; choose {', '.join(PLANNED)}, cxc or csv:FILE")


def _pairs(options: argparse.Namespace, settings: Settings) -> list[Pair] | None:
    """The pairs of the settings' source; those of Postcards are drawn by the run itself."""
    from sdinterp.study.pairs import csv_pairs, cxc_pairs

    source = settings.source
    if source["pairs"] == "csv":
        return csv_pairs(at_home(options.pairs.partition(":")[2]), options.levels, options.per_level)
    if source["pairs"] == "cxc":
        return cxc_pairs(
            *_cxc_files(options), settings.levels, settings.per_level or 1, settings.seed,
            match=source["match"], sampling=source["sampling"],
        )  # fmt: skip
    return None


def _cxc_files(options: argparse.Namespace) -> tuple[list[Path], Path]:
    """Scores and captions: those given, else downloaded."""
    from sdinterp.study.downloads import CAPTIONS, SCORES, cached

    return options.cxc_scores or [cached(name) for name in SCORES], options.coco_captions or cached(CAPTIONS)


def _report(options: argparse.Namespace) -> None:
    from sdinterp.study.report import write_report

    sys.stdout.write(f"{write_report(options.folder)}\n")


def _sample(options: argparse.Namespace) -> None:
    from sdinterp.study.samples import sample_sheet

    sys.stdout.write(f"{sample_sheet(options.folder, options.levels)}\n")


def _record(options: argparse.Namespace) -> None:
    from sdinterp.study.keeping import record_study

    folder = record_study(options.folders, options.out, command=options.command, device=options.device)
    sys.stdout.write(f"{folder}\n")


def _numbers(text: str) -> list[float]:
    """Numbers with commas between."""
    return [float(part) for part in text.split(",") if part.strip()]


def _names(text: str) -> list[str]:
    """Names with commas between."""
    return [part for part in text.split(",") if part.strip()]


def _written(value: Any) -> str:
    """A default as one would type it."""
    return ",".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)


_numbers.__name__ = "list of numbers"  # as argparse calls it
_READ = {tuple[float, ...]: _numbers, tuple[str, ...]: _names}
