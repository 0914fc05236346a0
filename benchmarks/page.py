"""The book's page of benchmarks, written from the recorded results: Markdown, no code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.couplings import ASSIGNMENTS, PRODUCT
from benchmarks.strips import HALF

WANTED = {
    "pipeline, once a frame": 2.5,
    "pipeline, all frames in one batch": 1.3,
    "POT: ot.dist, ot.emd": 2.5,
    "lpips, pair by pair": 1.5,
}
"""How many times ours a contestant should take, at least: set before anything was measured."""


def text(results: dict[str, Any]) -> str:
    """The whole page. Parts that were not run are named as such."""
    sections = []
    for name, write in _SECTIONS.items():
        part = results.get(name)
        sections.append(
            f"{write(part['found'])}\n\n{_made(name, part)}" if part else f"*Not recorded yet: `python -m benchmarks {name}`.*"
        )
    return "\n\n".join([_HEAD, *sections]) + "\n"


_HEAD = """# How fast is it?

Readers wait for two things: strips and studies. This page compares `sdinterp` with what people use instead. The contestants take turns in one
run on one machine, so that only the **ratios** mean something elsewhere: how many times our time another way takes. `make bench` makes the
numbers, and this page from them."""


def _strips(found: dict[str, Any]) -> str:
    half = found["bfloat16"]
    seconds = {line["who"]: line["seconds"] for line in found["lines"]}
    gain = seconds["pipeline, once a frame"] / seconds[HALF]
    note = (
        f"In bfloat16 the pictures differ by {half['mean']:.2g} of a pixel in [-1, 1] in the mean and by {half['largest']:.2g} at most. Wanted was a fourth of the "
        f"time of the pipeline once a frame; it took {1 / gain:.2f} times that time: {'met' if gain >= 4 else 'missed'}."
    )
    if not half["native"]:
        note += " This processor has no instructions for bfloat16 and imitates them: that row's error holds elsewhere, its time does not."
    return (
        f"## Strips\n\nThree strips of {found['frames']} frames between two prompts on Postcards, {found['steps']} guided steps, the same weights, sampler "
        f"and threads. The pictures are equal: no pixel of [-1, 1] differs by more than {found['error']:.1g}.\n\n{_ratios(found['lines'])}\n\n{note}\n\n"
        "Where the ratio comes from: the two ends of the strips are rendered once and not once a strip; the keys and values of the text are "
        "computed once a strip and not once a step; what the denoiser does before it reads text is done once for the guided and the unguided picture; "
        "from one noise all pictures start alike, so the first unguided call is one picture; "
        "the denoiser's numbers lie channels last; no picture goes through PIL."
    )


def _full_size(found: dict[str, Any]) -> str:
    return (
        f"## A model of the size of Stable Diffusion 1.5\n\nThe same on 860 million random numbers in Stable Diffusion's shape, latents of {found['side']} x "
        f"{found['side']}, {found['frames']} frames, {found['steps']} steps. Such pictures mean nothing; their time does. No pixel differs by more than "
        f"{found['error']:.1g}.\n\n{_ratios(found['lines'], wanted={})}"
    )


def _floor(found: dict[str, Any]) -> str:
    shares = _table(
        ("operator", "share of the time", "calls"), [(f"`{key}`", f"{share:.0%}", count) for key, share, count in found["shares"]]
    )
    return (
        f"## The floor\n\nThe three strips are {found['flops'] / 1e9:,.0f} billion floating-point operations (convolutions, matrix products and attention). "
        f"Large float32 matrix products ran at {found['rate'] / 1e9:.0f} billion a second here, so no way to compute the same sums is faster than "
        f"{found['floor']:.1f} s. They took {found['seconds']:.1f} s, **{found['times_floor']:.2f} times the floor**. The time goes to\n\n{shares}"
    )


def _couplings(found: dict[str, Any]) -> str:
    parts, pot = found["parts"], next(line["seconds"] for line in found["lines"] if line["who"].startswith("POT"))
    least = parts[PRODUCT] + parts[ASSIGNMENTS]
    return (
        f"## Couplings\n\nOptimal couplings of {found['pairs']:,} pairs of {found['n']} x {found['d']} clouds in double precision, distances included. The "
        f"costs are equal to {found['apart']:.0e} of themselves.\n\n{_ratios(found['lines'])}\n\nParts of the work by themselves, in the same rounds:\n\n"
        f"{_table(('part', 'seconds'), [(f'`{name}`' if '.' in name or '_' in name else name, f'{own:.2f}') for name, own in parts.items()])}\n\n"
        f"Squared distances need the products, and couplings the assignments: {least:.2f} s in double precision, so POT's loop takes at most "
        f"{pot / least:.1f} times as long as any way of ours could. Products in single precision are quicker; we do not use them, because what is called "
        "optimal would then be optimal only up to their rounding."
    )


def _growth(found: list[dict[str, Any]]) -> str:
    rows = [
        (line["n"], *(f"{line[kind]:.3g}" if kind in line else "not tried" for kind in ("exact", "entropic"))) for line in found
    ]
    return "One pair of ever larger clouds in 64 dimensions:\n\n" + _table(
        ("points", "exact, seconds", "entropic (reg 0.05), seconds"), rows
    )


def _measures(found: dict[str, Any]) -> str:
    frames = found["frames"]
    return (
        f"## Measures\n\nThe steps of a strip of {frames} frames of {found['side']} pixels, with LPIPS's AlexNet. We look at each frame once, the package at "
        f"each of a pair's two, which is {2 * (frames - 1)}/{frames} = {2 * (frames - 1) / frames:.2f} times the work; what is more comes of batches. "
        f"The values agree to {found['apart']:.0e}.\n\n{_ratios(found['lines'])}"
    )


def _study(found: dict[str, Any]) -> str:
    rows = [(line["who"], f"{line['pairs_a_minute']:.1f}") for line in found["lines"]]
    return (
        f"## The study\n\n{found['pairs']} pairs, four couplings of nine frames, two perceptual nets; each worker has one thread, and starting the workers "
        f"counts.\n\n{_table(('workers', 'pairs a minute'), rows)}\n\nTwo workers are {2 * found['efficiency']:.2f} times as fast as one: a parallel "
        f"efficiency of {found['efficiency']:.0%}."
    )


def _startup(found: dict[str, float]) -> str:
    torch_alone, core, libraries = (
        found[name] for name in ("import torch", "import sdinterp", "import torch, diffusers, transformers")
    )
    return (
        f"## Starting\n\nWhole new processes:\n\n{_table(('what', 'seconds', 'wanted'), _met(found))}\n\nOf the import of the core, torch is "
        f"{torch_alone / core:.0%}; of the wait for a first picture, the libraries that load and run the model are "
        f"{libraries / found['a first picture on disk']:.0%}."
    )


def _met(seconds: dict[str, float]) -> list[tuple[str, str, str]]:
    wanted = {"import sdinterp": 2, "a first picture on disk": 10}
    return [
        (name, f"{own:.1f}", f"{wanted[name]}: {'met' if own <= wanted[name] else 'missed'}" if name in wanted else "")
        for name, own in seconds.items()
    ]


def _book(found: dict[str, Any]) -> str:
    book, suite = found["book"], found["suite"]
    slowest = [
        f"The slowest {len(part['slowest'])} {kind}s:\n\n{_table((kind, 'seconds'), [(_plain(name), f'{own:.0f}') for name, own in part['slowest']])}"
        for kind, part in (("chapter", book), ("test", suite))
    ]
    return (
        f"## The book itself\n\nA clean build, with the {book['count']} chapters that hold code run from nothing, takes {book['seconds'] / 60:.0f} minutes; "
        f"the {suite['count']:,} tests after it take {suite['seconds'] / 60:.0f}.\n\n" + "\n\n".join(slowest)
    )


def _plain(name: str) -> str:
    """The name of a chapter or a test in words, which break where a line ends."""
    return name.rpartition(".")[2].removeprefix("test_").replace("_", " ").replace("[", " (").replace("]", ")")


_SECTIONS = {
    "strips": _strips, "full_size": _full_size, "floor": _floor, "couplings": _couplings, "growth": _growth,
    "measures": _measures, "study": _study, "startup": _startup, "book": _book,
}  # fmt: skip


def _ratios(lines: Sequence[dict[str, Any]], wanted: Mapping[str, float] = WANTED) -> str:
    rows = []
    for line in lines:
        least = wanted.get(line["who"])
        met = "" if least is None else f"{least}: {'met' if line['ratio'] >= least else 'missed'}"
        spread = f"{line['lowest']:.2f} to {line['highest']:.2f}"
        rows.append((line["who"], f"{line['seconds']:.2f}", f"{line['ratio']:.2f}", spread, line["rounds"], met))
    return _table(("who", "seconds", "times ours", "range over rounds", "rounds", "wanted"), rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (header, ["---"] * len(header), *rows))


def _made(name: str, part: dict[str, Any]) -> str:
    versions = ", ".join(f"{package} {part['versions'][package]}" for package in ("torch", "diffusers", "POT", "scipy"))
    return (
        f"*Recorded by `python -m benchmarks {name}` at commit `{(part['commit'] or 'unknown')[:10]}`, {part['machine']} ({part['processor']}), "
        f"{part['threads']} threads; {versions}.*"
    )
