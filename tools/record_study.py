"""Keep a run of the first study for the book: its tables, its settings, how it was made, and the strips of slide S8."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from PIL import Image

from sdinterp.study import recorded
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
        missing = len(store.pairs) - len(store.done)
        if missing:
            raise SystemExit(f"{missing} pairs of the study in {run} are not done; resume it first")
        sessions, settings = store.sessions, store.settings
    record = {
        "command": COMMAND,
        "settings": asdict(settings),
        "seconds": round(sum(session["until"] - session["began"] for session in sessions)),
        "sessions": len(sessions),
        **{name: sessions[-1][name] for name in ("versions", "commit", "machine", "workers")},
    }
    recorded("first").mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        shutil.copyfile(run / name, recorded("first") / name)
    Image.open(run / "samples.png").save(recorded("first") / "samples.webp", quality=85)
    (recorded("first") / "settings.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
