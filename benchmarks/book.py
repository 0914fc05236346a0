"""How long the book takes to build, and its tests to run: whole, clean, and the slowest by name."""

from __future__ import annotations

import os
import pickle
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent


def measure() -> dict[str, Any]:
    """Seconds of `make book` and of `make test` after it, and the slowest chapters and tests in them. A third of an hour."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        book = timed("make", "book")
        suite = timed("make", "test", PYTEST_ADDOPTS=f"--junitxml={report.name}")
        cases = ElementTree.parse(report.name).iter("testcase")
        tests = {f"{case.get('classname')}.{case.get('name')}": float(case.get("time", 0)) for case in cases}
    environment = pickle.loads((ROOT / "_build" / ".doctrees" / "environment.pickle").read_bytes())  # the build has just written it
    chapters = {name: own["exec_data"]["runtime"] for name, own in environment.nb_metadata.items() if "exec_data" in own}
    return {"book": {"seconds": book, **slowest(chapters)}, "suite": {"seconds": suite, **slowest(tests)}}


def timed(*command: str, **environment: str) -> float:
    """The seconds of a command that must succeed."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | environment)
    return time.perf_counter() - began


def slowest(seconds: dict[str, float], most: int = 5) -> dict[str, Any]:
    """How many there are, and names and seconds of those that take longest."""
    return {"count": len(seconds), "slowest": sorted(seconds.items(), key=lambda own: -own[1])[:most]}
