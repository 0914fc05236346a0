"""Keep a run of the first study for the book: its tables, its settings, how it was made, and the strips of slide S8."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from PIL import Image

from sdinterp.study import recorded
from sdinterp.study.keeping import about
from sdinterp.study.report import write_report
from sdinterp.study.samples import sample_sheet
from sdinterp.study.store import Store

COMMAND = "make first-study"
KEPT = ("strips.csv", "pairs.csv", "table.csv")


def main(run: Path) -> None:
    """Write the report of a finished run and copy what the book needs of it."""
    write_report(run)
    sample_sheet(run)
    with Store(run) as store:
        record = {"command": COMMAND, **about(store)}
    if missing := record["planned"] - record["reached"]:
        raise SystemExit(f"{missing} pairs of the study in {run} are not done; resume it first")
    recorded("first").mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        shutil.copyfile(run / name, recorded("first") / name)
    Image.open(run / "samples.png").save(recorded("first") / "samples.webp", quality=85)
    (recorded("first") / "settings.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
