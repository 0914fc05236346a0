"""Keep what the study's result hangs on: a small study, on pairs of its own, under one setting after the other.

`python tools/record_sensitivity.py FOLDER [WORKERS]` varies frames, steps, guidance, ground cost, noises and draws, and goes on
where it was stopped.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from sdinterp.study import recorded
from sdinterp.study.analysis import sensitivity
from sdinterp.study.run import circumstances, run_study
from sdinterp.study.settings import Settings
from sdinterp.study.store import Store

BASE: dict[str, Any] = {
    "source": {"pairs": "postcards"}, "couplings": ("optimal", "standard", "random"), "seed": 1,
    "levels": (2.0, 3.5, 4.5, 5.0), "per_level": 4, "steps": 10,
}  # fmt: skip

SENSITIVITY: dict[str, dict[str, Any]] = {
    "as recorded": {}, "17 frames": {"frames": 17}, "33 frames": {"frames": 33}, "65 frames": {"frames": 65},
    "5 steps": {"steps": 5}, "20 steps": {"steps": 20}, "guidance 1 (none)": {"guidance": 1.0}, "guidance 8": {"guidance": 8.0},
    "ground cost p=1": {"p": 1.0}, "3 noises, 3 draws": {"noises": 3, "random_draws": 3},
}  # fmt: skip


def main(folder: Path, workers: int = 2) -> None:
    """Run what is missing of the small studies, then write `sensitivity.csv` and `sensitivity.json` into the recorded study."""
    tables, settings, seconds = {}, {}, 0.0
    for place, (setting, change) in enumerate(tqdm(SENSITIVITY.items(), desc="sensitivity")):
        run = run_study(Settings(**{**BASE, **change}), folder / str(place), resume=True, workers=workers)
        with Store(run) as store:
            tables[setting], settings[setting] = store.table(), store.settings
            seconds += sum(session["until"] - session["began"] for session in store.sessions)
    first = next(iter(settings.values()))
    second = sensitivity(tables, "ppl_2").assign(net=first.second_net)
    rows = pd.concat([sensitivity(tables).assign(net=first.net), second], ignore_index=True)
    changes = {setting: {key: there for key, (_, there) in first.difference(own).items()} for setting, own in settings.items()}
    record = {"command": "make sensitivity", "settings": asdict(first), "variations": changes, "seconds": round(seconds)}
    record |= circumstances()
    rows.to_csv(recorded() / "sensitivity.csv", index=False, float_format="%.6g", lineterminator="\n")
    (recorded() / "sensitivity.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
