"""`make bench`: run every comparison, and keep the numbers where the book's page "How fast is it?" reads them.

On two cores it takes more than an hour, half of it for the book and its tests. `python -m benchmarks NAME ...` runs some anew
and keeps the others. The part `measures` needs a torchvision that was built for the torch there is.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks import bfloat16, book, couplings, floor, full_size, gpu, install, measures, startup, strips, study
from sdinterp.study.run import circumstances

RESULTS = Path(__file__).parent.parent / "sdinterp" / "recorded" / "benchmarks.json"

PARTS: dict[str, Callable[[], Any]] = {
    "strips": lambda: strips.compare("postcards"),
    "full_size": full_size.compare,
    "floor": floor.measure,
    "couplings": couplings.compare,
    "growth": couplings.growth,
    "measures": measures.compare,
    "study": study.compare,
    "startup": startup.measure,
    "install": install.measure,
    "book": book.measure,
}

ELSEWHERE: dict[str, Callable[[], Any]] = {"gpu": gpu.measure, "bfloat16": bfloat16.compare}
"""What takes a machine that not everybody has: it runs where it is named."""


def main(names: list[str]) -> None:
    """Run the parts named; when none is, all that any machine can."""
    results = json.loads(RESULTS.read_text())
    begun = circumstances()  # before the first number is written beside the sources
    with torch.no_grad():
        for name in names or PARTS:
            sys.stderr.write(f"{name} ...\n")
            here = {"processor": platform.processor() or platform.machine(), "threads": torch.get_num_threads()}
            results[name] = {"found": (PARTS | ELSEWHERE)[name](), **here, **begun}
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
