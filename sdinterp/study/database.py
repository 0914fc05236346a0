"""The door to SQLite: a file is opened by its address, and written in transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A database in a file; the mode is "ro", "rw", or "rwc" to make it where it is not there."""
    return sqlite3.connect(f"{address(path.resolve())}?mode={mode}", uri=True, timeout=60, isolation_level=None)


def address(path: PurePath) -> str:
    """A file's address as SQLite reads it, for which the server of a Windows network drive is a part of the path.

    >>> from pathlib import PureWindowsPath
    >>> address(PureWindowsPath("//nas/lab/results.sqlite"))
    'file:////nas/lab/results.sqlite'
    """
    return path.as_uri().replace("file://", "file:////", 1) if path.drive.startswith("\\\\") else path.as_uri()


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """What is written inside is written wholly or not at all."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        yield
