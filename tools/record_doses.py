"""Keep the second study and its rivals as the book shows them: a table of strips, the pairs, how they were made, some pictures."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

import pandas as pd
from PIL import Image

from sdinterp.postcards.captions import SYNONYMS
from sdinterp.postcards.scenes import ATTRIBUTES
from sdinterp.study import recorded
from sdinterp.study.gains import with_jumps
from sdinterp.study.run import load_renderer
from sdinterp.study.store import Store
from sdinterp.study.together import trips_of
from sdinterp.words import aligned

COMMAND = "make study"
SHOWN = ("optimal", "standard", "random")
KEYS = ["pair", "noise_seed", "coupling", "draw"]
PAIR = ["pair", "prompt_a", "prompt_b"]
SCENES = 3
"""So many pairs of scenes of each level come with their strips, at every dose, from the first noise."""


def main(doses: Path, rivals: Path) -> None:
    """Write `strips.csv.gz`, `pairs.csv.gz`, `settings.json` and `samples.zip` into the recorded folder."""
    folder = recorded("doses")
    folder.mkdir(parents=True, exist_ok=True)
    with Store(doses) as first, Store(rivals) as second:
        strips = pd.concat([strips_of(store) for store in (first, second)], ignore_index=True)
        pairs = pd.DataFrame(
            [{"pair": p.id, "level": p.level, "prompt_a": p.prompt_a, "prompt_b": p.prompt_b} for p in first.pairs]
        )
        record = {"command": COMMAND, "runs": {store.settings.source["pairs"]: about(store) for store in (first, second)}}
        (folder / "samples.zip").write_bytes(samples(first))
    how: dict[str, Any] = {"index": False, "lineterminator": "\n", "compression": {"method": "gzip", "mtime": 0}}
    strips.to_csv(folder / "strips.csv.gz", float_format="%.5g", **how)
    pairs.to_csv(folder / "pairs.csv.gz", **how)
    (folder / "settings.json").write_text(json.dumps(record, indent=1) + "\n")


def about(store: Store) -> dict[str, Any]:
    """How a run was made, and how much of it was reached."""
    sessions = store.sessions
    return {
        "settings": asdict(store.settings), "planned": len(store.pairs), "reached": len(store.done),
        "seconds": round(sum(session["until"] - session["began"] for session in sessions)), "sessions": len(sessions),
        **{name: sessions[-1][name] for name in ("versions", "commit", "machine", "workers")},
    }  # fmt: skip


def strips_of(store: Store) -> pd.DataFrame:
    """The table of a run without its prompts, with jumps, and with what each coupling does to words: `met`, `padded`, `alike`."""
    table = with_jumps(store.table(), store.steps())
    drawn = pd.DataFrame(alignments(store), columns=[*KEYS, "met", "padded", "alike"])
    unused = ["order", "sampling", "prompt_a", "prompt_b", "shared", "w2_length", "seconds"]
    return table.drop(columns=unused).merge(drawn, on=KEYS, validate="one_to_one")


def alignments(store: Store) -> Iterator[tuple[Any, ...]]:
    """For each strip the shares of words that its coupling sends to equal words, into the padding, and to the same attribute."""
    settings, done = store.settings, store.done
    model = load_renderer(settings, "cpu")
    for pair in store.pairs:
        if pair.id in done:
            tokens = model.tokens(pair.prompt_a), model.tokens(pair.prompt_b)
            for trip in trips_of(model, pair, settings):
                for key in trip.paths:
                    (path,) = trip.legs(key)
                    to = path.coupling.permutation
                    yield pair.id, trip.seed, key.coupling, key.draw, *aligned(to, *tokens), alike(to.tolist(), *tokens)


def alike(to: list[int], tokens_a: list[str], tokens_b: list[str]) -> float:
    """The share of words that name a value which go to a word that names a value of the same attribute."""
    kinds = [[named(word) for word in tokens] for tokens in (tokens_a, tokens_b)]
    return mean([bool(kind & kinds[1][to[row]]) for row, kind in enumerate(kinds[0]) if kind])


@cache
def named(word: str) -> frozenset[str]:
    """The attributes of which a word names a value."""
    said = {name: " ".join(" ".join(SYNONYMS.get(value, (value,))) for value in values) for name, values in ATTRIBUTES.items()}
    return frozenset(name for name, words in said.items() if word in words.split())


def samples(store: Store) -> bytes:
    """The strips of some pairs as small pictures, in one file: PAIR/COUPLING.webp."""
    first, file = store.table().groupby("pair")["noise_seed"].first(), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for pair in store.pairs:
            if pair.id in first and int(pair.group["scene"].rpartition("-")[2]) < SCENES:
                pictures = store.thumbnails(pair.id)
                for name in SHOWN:
                    small = io.BytesIO()
                    Image.open(io.BytesIO(pictures[first[pair.id], name, 0])).convert("RGB").save(
                        small, "WEBP", quality=60, method=6
                    )
                    archive.writestr(zipfile.ZipInfo(f"{pair.id}/{name}.webp"), small.getvalue())
    return file.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
