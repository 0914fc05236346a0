"""Recorded studies: what is kept of runs so that pages can show them, a folder of a few small files, and how it is read again.

`strips.csv.gz` is the table of strips, `pairs.csv.gz` the prompts, `settings.json` how all was made, and `samples.zip` the strips
of some pairs as small pictures. Such a folder in `recorded/` is one of the studies that the book shows.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from statistics import mean
from typing import Any

import pandas as pd

from sdinterp.checks import at_home
from sdinterp.files import write_whole
from sdinterp.pictures import encoded
from sdinterp.postcards.captions import SYNONYMS
from sdinterp.postcards.scenes import ATTRIBUTES
from sdinterp.study import answers, recorded
from sdinterp.study.gains import log_ratios, read_table, with_jumps
from sdinterp.study.planned import PLANNED
from sdinterp.study.renderers import load_renderer
from sdinterp.study.samples import kept_strips, opened
from sdinterp.study.store import Store
from sdinterp.study.together import trips_of
from sdinterp.words import aligned

STRIPS, PAIRS, HOW, SAMPLES = "strips.csv.gz", "pairs.csv.gz", "settings.json", "samples.zip"

SHOWN = ("optimal", "standard", "random")
"""The couplings whose strips are kept as pictures, where a run has any of them."""

SCENES = 3
"""So many scenes of each level, or pairs where there are no scenes, come with their strips, from the first noise."""

_PLAIN: dict[str, Any] = {"index": False, "lineterminator": "\n"}

_KEYS = ["pair", "noise_seed", "coupling", "draw"]


def record_study(
    runs: Sequence[Path | str], folder: Path | str, *, command: str = "sdinterp study run", device: str | None = None
) -> Path:
    """Write what a page needs of a run, or of several over the same pairs, into a folder.

    Of Postcards' captions it is also computed what each coupling does to words, for which the run's model must be at hand.

    Args:
        runs: their folders; the pairs and the pictures are those of the first. They need not be finished.
        folder: is made, or holds such a record already, which is written over.
        command: what makes the runs, for the record.
        device: where prompts are encoded; None as `load_model` finds fit.

    Returns:
        The folder.

    Raises:
        ValueError: no run, two with pairs of one source, one of which no pair is done, or a folder that holds something else.
    """
    folder = at_home(folder)
    if folder.exists() and (not folder.is_dir() or {path.name for path in folder.iterdir()} - {STRIPS, PAIRS, HOW, SAMPLES}):
        raise ValueError(f"{str(folder)!r} exists and is no recorded study; choose another folder")
    with ExitStack() as opened_runs:
        stores = [opened_runs.enter_context(Store(run)) for run in runs]
        made = {store.settings.source["pairs"]: about(store) for store in stores}
        if not stores or len(made) < len(stores):
            raise ValueError(f"the runs have pairs of {', '.join(made) or 'nowhere'}; give at least one run, and each source once")
        if empty := [str(store.folder) for store in stores if not store.done]:
            raise ValueError(f"no pair of the study in {empty[0]!r} is done; `sdinterp study run --resume` goes on with it")
        strips = pd.concat([strips_of(store, device) for store in stores], ignore_index=True)
        pairs = [{"pair": p.id, "level": p.level, "prompt_a": p.prompt_a, "prompt_b": p.prompt_b} for p in stores[0].pairs]
        pictures = samples(stores[0])
    record = (json.dumps({"command": command, "runs": made}, indent=1) + "\n").encode()
    tables = {STRIPS: strips.to_csv(float_format="%.5g", **_PLAIN), PAIRS: pd.DataFrame(pairs).to_csv(**_PLAIN)}
    packed = {name: gzip.compress(text.encode(), mtime=0) for name, text in tables.items()}
    for name, content in (packed | {SAMPLES: pictures, HOW: record}).items():
        write_whole(folder / name, content)
    return folder


def about(store: Store) -> dict[str, Any]:
    """How a run was made, and how much of it was reached. A model that lies in a folder is named without the way there."""
    sessions, settings = store.sessions, asdict(store.settings)
    model = at_home(settings["model"])
    if model.is_dir() or model.is_absolute():
        settings["model"] = model.name
    last = sessions[-1] if sessions else {}
    kept = ["versions", "commit", "machine", "workers"] + (["device"] if last.get("device", "cpu") != "cpu" else [])
    return {
        "settings": settings, "planned": len(store.pairs), "reached": len(store.done),
        "seconds": round(sum(session["until"] - session["began"] for session in sessions)), "sessions": len(sessions),
        **{name: last[name] for name in kept if name in last},
    }  # fmt: skip


def strips_of(store: Store, device: str | None = None) -> pd.DataFrame:
    """The table of a run without its prompts, with jumps.

    Of Postcards' captions with what each coupling does to words, too: `met`, `padded` (see `words.aligned`) and `alike`.
    """
    table = with_jumps(store.table(), store.steps())
    table = table.drop(columns=["order", "sampling", "prompt_a", "prompt_b", "shared", "w2_length", "seconds"])
    if store.settings.source["pairs"] not in PLANNED:
        return table
    drawn = pd.DataFrame(_alignments(store, device), columns=[*_KEYS, "met", "padded", "alike"])  # type: ignore[arg-type]
    return table.merge(drawn, on=_KEYS, validate="one_to_one")


def _alignments(store: Store, device: str | None) -> Iterator[tuple[Any, ...]]:
    """For each strip the shares of words that its coupling sends to equal words, into the padding, and to the same attribute.

    A coupling that splits mass sends no word to a word: its shares are NaN.
    """
    settings, done = store.settings, store.done
    model = load_renderer(settings, device)
    for pair in store.pairs:
        if pair.id in done:
            tokens = model.tokens(pair.prompt_a), model.tokens(pair.prompt_b)
            for trip in trips_of(model, pair, settings):
                for key in trip.paths:
                    (path,) = trip.legs(key)
                    to = path.coupling.permutation
                    shares = [math.nan] * 3 if to is None else [*aligned(to, *tokens), alike(to.tolist(), *tokens)]
                    yield pair.id, trip.seed, key.coupling, key.draw, *shares


def alike(to: list[int], tokens_a: Sequence[str], tokens_b: Sequence[str]) -> float:
    """The share of words that name a value which go to a word that names a value of the same attribute.

    >>> alike([0, 2, 1], ["<start>", "red", "boat"], ["<start>", "boat", "at"])
    0.5
    """
    kinds = [[named(word) for word in tokens] for tokens in (tokens_a, tokens_b)]
    return mean([bool(kind & kinds[1][to[row]]) for row, kind in enumerate(kinds[0]) if kind])


@cache
def named(word: str) -> frozenset[str]:
    """The attributes of which a word names a value."""
    said = {name: " ".join(" ".join(SYNONYMS.get(value, (value,))) for value in values) for name, values in ATTRIBUTES.items()}
    return frozenset(name for name, words in said.items() if word in words.split())


def samples(store: Store) -> bytes:
    """The strips of some pairs as small pictures, in one zip file: PAIR/COUPLING.webp."""
    first, file = store.table().groupby("pair")["noise_seed"].first(), io.BytesIO()
    couplings = [name for name in SHOWN if name in store.settings.couplings] or store.settings.couplings[:3]
    scenes: dict[float, list[str]] = defaultdict(list)
    with zipfile.ZipFile(file, "w") as archive:
        for pair in store.pairs:
            scene = pair.group.get("scene", pair.id)
            if scene not in scenes[pair.level]:
                scenes[pair.level].append(scene)
            if pair.id in first and scene in scenes[pair.level][:SCENES]:
                pictures = store.thumbnails(pair.id)
                keys = {name: (first[pair.id], name, 0) for name in couplings}
                own = opened({name: pictures[key] for name, key in keys.items() if pictures.get(key)})
                for name, picture in own.items():
                    archive.writestr(zipfile.ZipInfo(f"{pair.id}/{name}.webp"), encoded(picture, "WEBP", quality=50, method=6))
    return file.getvalue()


@dataclass(frozen=True, eq=False)
class RecordedStudy:
    """A study as `record_study` wrote it.

    Attributes:
        folder: where it is; its name is the study's.
        command: what made it.
        runs: for each source of pairs how its run was made, see `about`.
    """

    folder: Path
    command: str
    runs: dict[str, dict[str, Any]]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.folder.name

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the first run."""
        return next(iter(self.runs.values()))["settings"]

    @cached_property
    def strips(self) -> pd.DataFrame:
        """The table of strips."""
        return read_table(self.folder / STRIPS)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The prompts, by pair."""
        return pd.read_csv(self.folder / PAIRS, dtype={"pair": str}).set_index("pair")

    @cached_property
    def samples(self) -> dict[str, dict[str, bytes]]:
        """The strips that came with it, by pair and coupling, as WebP pictures."""
        return kept_strips(self.folder / SAMPLES)

    def gain(self, a: str = "standard") -> dict[str, float]:
        """How many times (log) as long strips along a are as optimal ones, levels counting alike, of doses at full dose.

        Returns:
            What `answers.mean_over_levels` does, that is n, mean, low, high, error and p.
        """
        table = answers.at_most_displaced(self.strips) if answers.has_doses(self.strips) else self.strips
        rows = log_ratios(table.assign(length=table["length"] + answers.UNSEEN), "length", a).dropna(subset="gain")
        return answers.mean_over_levels(rows["gain"], rows["level"])


def recorded_studies(folder: Path | str | None = None) -> list[RecordedStudy]:
    """The recorded studies in a folder, by name; without one, those that come with the package.

    Raises:
        ValueError: one that cannot be read.
    """
    places = sorted((at_home(folder) if folder else recorded()).glob(f"*/{STRIPS}"))
    return [_opened(place.parent) for place in places]


def _opened(folder: Path) -> RecordedStudy:
    try:
        record = json.loads((folder / HOW).read_text("utf-8"))
        return RecordedStudy(folder, record["command"], record["runs"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{str(folder)!r} is no recorded study: its {HOW} cannot be read ({error})") from None
