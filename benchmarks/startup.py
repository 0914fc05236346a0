"""How long a reader waits: for `import sdinterp`, and for the first pictures of a new process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.strips import PROMPTS
from benchmarks.timing import take_turns


def measure(rounds: int = 3) -> dict[str, Any]:
    """Median seconds of whole new processes."""

    def python(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    def first_pictures() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "sdinterp", "path", *PROMPTS, "--out", str(Path(folder, "path.png"))]
            subprocess.run(command, check=True, capture_output=True)

    waits = {
        "python, nothing imported": lambda: python("pass"), "import torch": lambda: python("import torch"),
        "import sdinterp": lambda: python("import sdinterp"),
        "sdinterp path: three strips of nine on disk": first_pictures,
    }  # fmt: skip
    return {name: median(seconds) for name, seconds in take_turns(waits, rounds).items()}
