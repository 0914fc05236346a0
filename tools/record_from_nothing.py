"""Keep what a model trained from nothing is worth: the judge's table and its first sixteen pictures, for the page of Postcards.

`python tools/record_from_nothing.py FOLDER SHARE LOG`: what `make postcards` wrote, its share of the recipe's steps, and a file
with a sentence on where it ran.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from sdinterp import load_model
from sdinterp.models import POSTCARDS
from sdinterp.pictures import grid, to_pil
from sdinterp.postcards.card import HEADER, measure
from sdinterp.study.run import circumstances

PLACE = POSTCARDS.parent / "from_nothing.json"


def main(folder: Path, share: float, log: Path) -> None:
    """Write `from_nothing.json` and `from_nothing.webp` beside the weights' folder."""
    found, pictures, _ = measure(load_model(folder))
    training = json.loads((folder / "training.json").read_text())
    record = {
        "command": f"python -m sdinterp.postcards.training --share {share}", "ran": log.read_text().strip(), "training": training,
        "settings": found.settings, "header": HEADER, "table": found.table(), "psnr": round(found.psnr, 2), **circumstances(),
    }  # fmt: skip
    PLACE.write_text(json.dumps(record, indent=1) + "\n")
    grid(to_pil(pictures[:16]), 8).convert("RGB").save(PLACE.with_suffix(".webp"), quality=90)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    main(Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
