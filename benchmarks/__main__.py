"""`make bench`: run every comparison, keep the numbers in `results.json`, and write the book's page from them.

On two cores it takes more than an hour, half of it for the book and its tests. `python -m benchmarks NAME ...` runs some anew
and keeps the others; `python -m benchmarks page` only writes the page. The part `measures` needs a torchvision that was built for
the torch there is.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks import book, couplings, floor, full_size, measures, page, startup, strips, study
from sdinterp.study.run import circumstances

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parent.parent / "book" / "how-fast.md"

PARTS: dict[str, Callable[[], Any]] = {
    "strips": lambda: strips.compare("postcards"),
    "full_size": full_size.compare,
    "floor": floor.measure,
    "couplings": couplings.compare,
    "growth": couplings.growth,
    "measures": measures.compare,
    "study": study.compare,
    "startup": startup.measure,
    "book": book.measure,
}


def main(names: list[str]) -> None:
    """Run the parts named, all of them when none is, and write the page."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with torch.no_grad():
        for name in [name for name in names if name != "page"] or (PARTS if not names else []):
            sys.stderr.write(f"{name} ...\n")
            here = {"processor": platform.processor() or platform.machine(), "threads": torch.get_num_threads()}
            results[name] = {"found": PARTS[name](), **here, **circumstances()}
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    PAGE.write_text(page.text(results))


if __name__ == "__main__":
    main(sys.argv[1:])
