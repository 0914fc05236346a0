"""Runs that were recorded and came with the package: what they found, and how they were made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FOLDERS = tuple(Path(__file__).parent / name for name in ("recorded", "study/recorded"))
"""Where records stand."""


def record(name: str) -> Any:
    """What was recorded under the name of a JSON file, such as "tests", "sentences", "benchmarks", "encoders" or "doses/settings".

    Raises:
        ValueError: nothing was.

    >>> record("sentences")["command"]
    'python tools/record_sentences.py'
    """
    for folder in FOLDERS:
        if (file := folder / f"{name}.json").exists():
            return json.loads(file.read_text())
    there = sorted(file.stem for folder in FOLDERS for file in folder.glob("*.json"))
    raise ValueError(f"nothing is recorded as {name!r}; choose {', '.join(there)}")


def how_made(made: Mapping[str, Any], packages: Iterable[str] = ("torch", "diffusers"), command: str = "") -> str:
    """How something was recorded, in a sentence: by which command, at which commit, on what machine, with which versions.

    Args:
        made: with `commit` and, where it has them, `command`, `machine` and `versions`.
        packages: whose versions are named.
        command: where the record has none.

    >>> how_made({"command": "make it", "commit": "0123456789abcdef", "machine": "a card", "versions": {"torch": "2.6"}})
    'Recorded by “make it” at commit 0123456789, on a card, with torch 2.6.'
    """
    versions = made.get("versions") or {}
    named = ", ".join(f"{name} {versions[name]}" for name in packages if versions.get(name))
    parts = [f"Recorded by “{command or made['command']}” at commit {(made.get('commit') or 'unknown')[:10]}"]
    parts += [f"on {made['machine']}"] if made.get("machine") else []
    return ", ".join([*parts, *([f"with {named}"] if named else [])]) + "."
