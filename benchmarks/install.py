"""How long the package takes to install and how much room, into new environments and from an empty cache; the network counts."""

from __future__ import annotations

import tempfile
import venv
from pathlib import Path
from typing import Any

from benchmarks.book import timed

WHAT = {"the core": ".", "all but the book": ".[all]", "the book and its tests": ".[book,test]"}


def measure() -> dict[str, Any]:
    """Seconds and gigabytes of each environment, and which build of PyTorch the index gave."""
    lines = []
    for what, named in WHAT.items():
        with tempfile.TemporaryDirectory() as folder:
            venv.create(folder, with_pip=True)
            pip = (f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--no-cache-dir", "--constraint", "constraints.txt")
            seconds = timed(*pip, named)
            (torch,) = Path(folder).glob("lib/*/site-packages/torch-*.dist-info")
            size = sum(file.stat().st_blocks * 512 for file in Path(folder).rglob("*") if not file.is_symlink())
        lines.append({"what": what, "seconds": seconds, "gigabytes": size / 1e9})
    return {"lines": lines, "build": torch.stem.removeprefix("torch-")}
