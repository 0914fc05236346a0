"""What a study knows so far: one SQLite file in the run's folder.

SQLite, because it is one file, in Python's standard library, has transactions, and can be read while it is written. A pair is in
it wholly or not at all: its strips and the mark that it is done are one transaction. The journal is SQLite's plain
rollback journal, since the write-ahead log needs memory that several processes share, which network disks do not have;
a pair takes seconds to compute and milliseconds to write, so nothing waits. One process writes; it holds
an exclusive lock on a second file, and as the operating system keeps that lock, it ends with the process however that ends.

Stored are the squared perceptual distances themselves. The measures are computed from them when the table is read.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from sdinterp.checks import at_home
from sdinterp.postcards.scenes import Scene
from sdinterp.smoothness import MEASURES
from sdinterp.study.database import connect, transaction
from sdinterp.study.pairs import Pair
from sdinterp.study.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

RESULTS, LOCK = "results.sqlite", "results.lock"

_TABLES = (
    "CREATE TABLE study (hash TEXT, settings TEXT)",
    "CREATE TABLE sessions (number INTEGER PRIMARY KEY, began REAL, until REAL, circumstances TEXT)",
    "CREATE TABLE pairs (position INTEGER PRIMARY KEY, id TEXT UNIQUE, prompt_a TEXT, prompt_b TEXT, level REAL, groups TEXT,"
    " seconds REAL)",
    "CREATE TABLE strips (pair TEXT, noise INTEGER, noise_seed INTEGER, coupling TEXT, draw INTEGER, coupling_seed INTEGER,"
    " cost_p1 REAL, cost_p2 REAL, flagged INTEGER, distances TEXT, thumbnail BLOB, readings TEXT,"
    " PRIMARY KEY (pair, noise, coupling, draw))",
)


@dataclass(frozen=True)
class Distances:
    """Squared perceptual distances along a strip: of its F - 1 steps, and of its two ends."""

    squared_distances: torch.Tensor
    ends: float


@dataclass(frozen=True)
class Reading:
    """What the judge of Postcards reads in a frame: the number of each attribute's value, and how probable it finds them (mean)."""

    seen: tuple[int, ...]
    sure: float


@dataclass(frozen=True)
class StripResult:
    """One strip of a pair.

    Attributes:
        noise, noise_seed: which of the pair's noises, and its seed.
        coupling, draw, coupling_seed: the coupling's name, which draw of it, and the draw's seed.
        cost_p1, cost_p2: the coupling's cost.
        flagged: whether a frame is black or not a picture at all.
        distances: for each perceptual net.
        thumbnail: all frames side by side, small, as WebP.
        readings: for each frame, where the pair is one of Postcards' scenes.
        pictures: the frames as PNG, where they are kept.
    """

    noise: int
    noise_seed: int
    coupling: str
    draw: int
    coupling_seed: int
    cost_p1: float
    cost_p2: float
    flagged: bool
    distances: dict[str, Distances]
    thumbnail: bytes
    readings: tuple[Reading, ...] = ()
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class PairResult:
    """All strips of a pair: the unit of work, and of what is stored."""

    pair: str
    seconds: float
    strips: tuple[StripResult, ...]


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: inside, no other process writes to it.

    Raises:
        ValueError: another process holds it.
    """
    with closing(sqlite3.connect(folder / LOCK, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise ValueError(f"another process is writing to {str(folder)!r}; wait until it ends, or stop it ({error})") from None
        yield


class Store:
    """The results of a run in a folder, for reading, and for writing inside `writing`.

    Raises:
        ValueError: there is no run in the folder.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = at_home(folder)
        if not self.exists(self.folder):
            raise ValueError(f"there is no study in {str(self.folder)!r}; `sdinterp study run --out {self.folder}` makes one")
        self._db = connect(self.folder / RESULTS, "rw")
        if "readings" not in (column[1] for column in self._db.execute("PRAGMA table_info(strips)")):  # begun by version 0.1
            self._db.execute("ALTER TABLE strips ADD COLUMN readings TEXT NOT NULL DEFAULT '[]'")

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether the folder holds a study whose settings are written; one killed before that has left nothing to keep."""
        if not (folder / RESULTS).is_file():
            return False
        with closing(connect(folder / RESULTS, "rw")) as db:
            try:
                return db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'study'").fetchone()[0] == 1
            except sqlite3.DatabaseError as error:
                raise ValueError(f"{str(folder / RESULTS)!r} cannot be read as a study ({error})") from None

    @classmethod
    def begin(cls, folder: Path, settings: Settings, pairs: Sequence[Pair]) -> Store:
        """Write the settings and the pairs of a new study, in one transaction."""
        rows = [(k, p.id, p.prompt_a, p.prompt_b, p.level, json.dumps(p.group)) for k, p in enumerate(pairs)]
        with closing(connect(folder / RESULTS, "rwc")) as db, transaction(db):
            for table in _TABLES:
                db.execute(table)
            db.execute("INSERT INTO study VALUES (?, ?)", (settings.hash, settings.to_json()))
            db.executemany("INSERT INTO pairs VALUES (?, ?, ?, ?, ?, ?, NULL)", rows)
        return cls(folder)

    def discard(self) -> None:
        """Remove the study again, while no pair of it is done, and its folder where nothing else is in it."""
        if self.done:
            raise ValueError(f"the study in {str(self.folder)!r} has results")
        self.close()
        with suppress(OSError):
            for path in self.folder.glob("results.*"):
                path.unlink()
            self.folder.rmdir()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def settings(self) -> Settings:
        """The settings that the study began with."""
        return Settings.from_json(self._db.execute("SELECT settings FROM study").fetchone()[0])

    @property
    def pairs(self) -> list[Pair]:
        """All pairs of the study, done or not, in its order."""
        rows = self._db.execute("SELECT id, prompt_a, prompt_b, level, groups FROM pairs ORDER BY position")
        return [Pair(*row[:4], group=json.loads(row[4])) for row in rows]

    @property
    def done(self) -> set[str]:
        """The ids of the pairs that are in the store."""
        return {row[0] for row in self._db.execute("SELECT id FROM pairs WHERE seconds IS NOT NULL")}

    @property
    def sessions(self) -> list[dict[str, Any]]:
        """When the study was worked on, and under which circumstances: `began`, `until` (seconds since 1970), versions, commit."""
        rows = self._db.execute("SELECT began, until, circumstances FROM sessions ORDER BY number")
        return [{"began": began, "until": until, **json.loads(text)} for began, until, text in rows]

    def begin_session(self, circumstances: dict[str, Any]) -> None:
        """Note that work on the study begins, or goes on, now."""
        now = time.time()
        with transaction(self._db):
            self._db.execute("INSERT INTO sessions VALUES (NULL, ?, ?, ?)", (now, now, json.dumps(circumstances)))

    def add(self, result: PairResult) -> None:
        """Add a pair's strips and mark it done, in one transaction."""
        rows = []
        for s in result.strips:
            found = {net: {"steps": one.squared_distances.tolist(), "ends": one.ends} for net, one in s.distances.items()}
            seeds = s.noise, s.noise_seed, s.coupling, s.draw, s.coupling_seed
            readings = json.dumps([[one.seen, one.sure] for one in s.readings])
            rows.append((result.pair, *seeds, s.cost_p1, s.cost_p2, s.flagged, json.dumps(found), s.thumbnail, readings))
        mark = "UPDATE pairs SET seconds = ? WHERE id = ? AND seconds IS NULL"
        with transaction(self._db):
            if self._db.execute(mark, (result.seconds, result.pair)).rowcount != 1:
                raise ValueError(f"pair {result.pair!r} is not one of this study that is still to be done")
            self._db.executemany("INSERT INTO strips VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            self._db.execute("UPDATE sessions SET until = ? WHERE number = (SELECT max(number) FROM sessions)", (time.time(),))

    def table(self) -> pd.DataFrame:
        """One row for each pair, noise, coupling and draw that is done, in the order of the settings.

        Columns: pair, level, order, sampling, prompt_a, prompt_b, shared (names of attributes, with commas), noise_seed, coupling,
        draw, cost_p1, cost_p2, w2_length; ppl, length, largest_jump, straightness and ends (squared distance of the end
        frames) by the first net, the same with `_2` by the second; fidelity (share of the attributes, on the frames between the
        ends, that the judge of Postcards reads as they are in the scene of either end) and sureness (the mean probability that it
        gives them), NaN where it did not look; flagged (a frame is black), seconds (of computing the pair, divided by its strips).
        """
        import pandas as pd

        measured = [*(measure.column for measure in MEASURES), "ends"]
        columns = [
            "pair", "level", "order", "sampling", "prompt_a", "prompt_b", "shared", "noise_seed", "coupling", "draw",
            "cost_p1", "cost_p2", "w2_length", *(name + suffix for suffix, _ in self._nets() for name in measured),
            "fidelity", "sureness", "flagged", "seconds",
        ]  # fmt: skip
        rows = []
        for row, distances in self._rows():
            for suffix, net in self._nets():
                row |= {measure.column + suffix: measure.of(distances[net]) for measure in MEASURES}
                row["ends" + suffix] = distances[net].ends
            rows.append(row)
        return pd.DataFrame(rows, columns=columns)  # type: ignore[arg-type]

    def steps(self) -> pd.DataFrame:
        """The squared perceptual distance of each step of each strip.

        Columns: pair, level, noise_seed, coupling, draw, step (1 to F - 1), distance by the first net, distance_2 by the second.
        """
        import pandas as pd

        rows = []
        for row, distances in self._rows():
            keys = {name: row[name] for name in ("pair", "level", "noise_seed", "coupling", "draw")}
            by_net = {"distance" + suffix: distances[net].squared_distances.tolist() for suffix, net in self._nets()}
            for step, values in enumerate(zip(*by_net.values(), strict=True), start=1):
                rows.append(keys | {"step": step} | dict(zip(by_net, values, strict=True)))
        return pd.DataFrame(rows)

    def thumbnails(self, pair: str) -> dict[tuple[int, str, int], bytes]:
        """The strips of a pair as small WebP pictures, by (noise_seed, coupling, draw)."""
        found = self._db.execute("SELECT noise_seed, coupling, draw, thumbnail FROM strips WHERE pair = ?", (pair,))
        return {(seed, coupling, draw): picture for seed, coupling, draw, picture in found}

    def _nets(self) -> list[tuple[str, str]]:
        """The suffix of each perceptual net's columns, and the net."""
        return list(zip(("", "_2"), self.settings.nets, strict=False))

    def _rows(self) -> Iterator[tuple[dict[str, Any], dict[str, Distances]]]:
        """The strips in the order in which they were made: what is known of each without a measure, and its distances by net."""
        found = self._db.execute(
            "SELECT pair, level, prompt_a, prompt_b, noise_seed, coupling, draw, cost_p1, cost_p2, flagged, groups, distances,"
            " readings, seconds / count(*) OVER (PARTITION BY pair) AS seconds"
            " FROM strips JOIN pairs ON id = pair ORDER BY position, strips.rowid"
        )
        names = [column[0] for column in found.description]
        for values in found.fetchall():
            row: dict[str, Any] = dict(zip(names, values, strict=True))
            group, nets, readings = (json.loads(row.pop(name)) for name in ("groups", "distances", "readings"))
            row |= {name: group.get(name, "") for name in ("order", "sampling", "shared")} | _faithful(group, readings)
            row |= {"w2_length": math.sqrt(row["cost_p2"]), "flagged": bool(row["flagged"])}
            yield row, {net: Distances(torch.tensor(one["steps"], dtype=torch.float64), one["ends"]) for net, one in nets.items()}


def _faithful(group: Mapping[str, str], readings: Sequence[tuple[Sequence[int], float]]) -> dict[str, float]:
    """How faithful the frames between the ends are to the scenes of the ends, and how sure the judge is of them."""
    between = readings[1:-1]
    if not between:
        return {"fidelity": math.nan, "sureness": math.nan}
    ends = [Scene(*group[side].split(",")).labels() for side in ("scene_a", "scene_b")]
    right = [value in known for seen, _ in between for value, *known in zip(seen, *ends, strict=True)]
    return {"fidelity": sum(right) / len(right), "sureness": sum(sure for _, sure in between) / len(between)}
