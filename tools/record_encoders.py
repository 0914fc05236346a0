"""Keep what two text encoders do to couplings and pictures: one whose rows were trained to keep their word, and one without that.

`python tools/record_encoders.py KEPT FORGOTTEN`, two work folders of the training, each with the model it exported in `model` and a
study of that model in `study`: `make encoders`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from sdinterp import DiffusionModel, load_model, optimal_coupling, random_coupling, standard_coupling
from sdinterp.models import POSTCARDS
from sdinterp.postcards.card import measure
from sdinterp.postcards.training.data import Pool
from sdinterp.postcards.training.text import word_probe
from sdinterp.study import recorded
from sdinterp.study.analysis import sensitivity
from sdinterp.study.pairs import postcards_pairs
from sdinterp.study.run import circumstances
from sdinterp.study.store import Store
from sdinterp.words import END, PAD, START

SETTINGS = {"levels": (1.0, 2.0, 3.0, 4.0, 4.5, 5.0), "per_level": 20, "orders": ("free",), "seed": 2}


def couplings_of(model: DiffusionModel) -> pd.DataFrame:
    """By level, means over pairs: costs (p=2), words that both prompts hold, and how many of them meet themselves."""
    rows = []
    for pair in postcards_pairs(**SETTINGS):
        a, b = model.encode([pair.prompt_a, pair.prompt_b])
        words, others = model.tokens(pair.prompt_a), model.tokens(pair.prompt_b)
        optimal = optimal_coupling(a, b)
        shared = {*words} & {*others} - {START, END, PAD}
        met = [word for word, i in zip(words, optimal.permutation.tolist(), strict=True) if word in shared and word == others[i]]
        rows.append(
            {"level": pair.level, "optimal": optimal.cost(2), "standard": standard_coupling(a, b).cost(2),
             "random": random_coupling(a, b, seed=0).cost(2), "shared_words": sum(map(words.count, shared)), "met": len(met)}
        )  # fmt: skip
    return pd.DataFrame(rows).groupby("level").agg("mean").reset_index()


def painted(model: DiffusionModel, study: Path) -> tuple[pd.DataFrame, dict[str, object]]:
    """What a study of a model found, at each level and over all, and how well the model paints."""
    with Store(study) as store:
        table, settings = store.table(), store.settings
    levels = {f"{level:g}": own for level, own in table.groupby("level")}
    found, *_ = measure(model, 200, groups=1)
    about = {
        "right": {name: round(rate, 3) for name, rate in found.model.by_attribute.items()},
        "all_ten": round(found.model.all_ten, 3), "guidance": found.settings["guidance"], "settings": asdict(settings),
    }  # fmt: skip
    return sensitivity(levels | {"all": table}).rename(columns={"setting": "level"}), about


def main(kept: Path, forgotten: Path) -> None:
    """Measure both, and beside them the couplings of the bundled encoder."""
    held = Pool(1000, seed=1)
    couplings, pictures, encoders = [], [], {}
    for name, run in {"keep their word": kept, "may forget it": forgotten, "bundled": None}.items():
        folder = run / "model" if run else POSTCARDS
        model, steps = load_model(folder), json.loads((folder / "training.json").read_text())["steps"]
        encoders[name] = {
            "steps": steps["text"],
            "word_probe": round(word_probe(model.text.text_model, model.text.tokenizer, held), 4),
        }
        couplings.append(couplings_of(model).assign(rows=name))
        if run:
            table, about = painted(model, run / "study")
            pictures.append(table.assign(rows=name))
            encoders[name] |= {"denoiser_steps": steps["unet"]} | about
    record = {"command": "make encoders", "settings": SETTINGS, "encoders": encoders, **circumstances()}
    for table, file in ((couplings, "encoders.csv"), (pictures, "encoders_pictures.csv")):
        pd.concat(table).to_csv(recorded() / file, index=False, float_format="%.6g", lineterminator="\n")
    (recorded() / "encoders.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
