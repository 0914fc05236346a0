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
import torch
from transformers import CLIPTextModel, CLIPTokenizer

from sdinterp import optimal_coupling, random_coupling, standard_coupling
from sdinterp.models import POSTCARDS, load_model
from sdinterp.postcards.card import measure
from sdinterp.postcards.training.data import Pool, load_checkpoint
from sdinterp.postcards.training.text import new_text_encoder, tokenize, word_probe
from sdinterp.prompts import load_text_model
from sdinterp.study import recorded
from sdinterp.study.analysis import sensitivity
from sdinterp.study.pairs import postcards_pairs
from sdinterp.study.run import circumstances
from sdinterp.study.store import Store

SETTINGS = {"levels": (1.0, 2.0, 3.0, 4.0, 4.5, 5.0), "per_level": 20, "orders": ("free",), "seed": 2}


def encoder(folder: Path, tokenizer: CLIPTokenizer) -> tuple[CLIPTextModel, int]:
    """The text encoder of a work folder, and the steps it was trained for."""
    saved = load_checkpoint(folder / "text.pt")
    if saved is None:
        raise SystemExit(f"{folder.name} holds no text.pt; train it first")
    text = new_text_encoder(tokenizer)
    own = {name: value for name, value in saved["modules"].items() if name.startswith("text.")}
    text.load_state_dict({name.removeprefix("text."): value for name, value in own.items()})
    return text.eval(), saved["step"]


@torch.no_grad()
def couplings_of(text: CLIPTextModel, tokenizer: CLIPTokenizer) -> pd.DataFrame:
    """By level, means over pairs: costs (p=2), words that both prompts hold, and how many of them meet themselves."""
    rows = []
    for pair in postcards_pairs(**SETTINGS):
        ids = tokenize(tokenizer, [pair.prompt_a, pair.prompt_b])
        a, b = text(input_ids=ids).last_hidden_state
        optimal = optimal_coupling(a, b)
        words = [set(own.tolist()) - {tokenizer.bos_token_id, tokenizer.eos_token_id} for own in ids]
        shared = torch.tensor([one in words[0] & words[1] for one in ids[0].tolist()])
        met = ids[0] == ids[1][optimal.permutation]
        rows.append(
            {"level": pair.level, "optimal": optimal.cost(2), "standard": standard_coupling(a, b).cost(2),
             "random": random_coupling(a, b, seed=0).cost(2), "shared_words": int(shared.sum()), "met": int((met & shared).sum())}
        )  # fmt: skip
    return pd.DataFrame(rows).groupby("level").agg("mean").reset_index()


def painted(folder: Path) -> tuple[pd.DataFrame, dict[str, object]]:
    """What the study of a work folder's model found, at each level and over all, and how well the model paints."""
    with Store(folder / "study") as store:
        table, settings = store.table(), store.settings
    levels = {f"{level:g}": own for level, own in table.groupby("level")}
    verdicts, *_ = measure(load_model(folder / "model"), 200, groups=1)
    trained = json.loads((folder / "model" / "training.json").read_text())
    about = {
        "denoiser_steps": trained["steps"]["unet"], "right": {k: round(v, 3) for k, v in verdicts.model.by_attribute.items()},
        "all_ten": round(verdicts.model.all_ten, 3), "settings": asdict(settings),
    }  # fmt: skip
    return sensitivity(levels | {"all": table}).rename(columns={"setting": "level"}), about


def main(kept: Path, forgotten: Path) -> None:
    """Measure both, and beside them the couplings of the bundled encoder."""
    tokenizer = CLIPTokenizer.from_pretrained(POSTCARDS / "tokenizer")
    bundled = load_text_model(POSTCARDS / "text_encoder")
    held = Pool(1000, seed=1)
    steps = json.loads((POSTCARDS / "training.json").read_text())["steps"]["text"]
    found, pictures, encoders = [], [], {}
    for name, (text, count) in {
        "keep their word": encoder(kept, tokenizer), "may forget it": encoder(forgotten, tokenizer), "bundled": (bundled, steps),
    }.items():  # fmt: skip
        encoders[name] = {"steps": count, "word_probe": round(word_probe(text, tokenizer, held), 4)}
        found.append(couplings_of(text, tokenizer).assign(rows=name))
    for name, folder in {"keep their word": kept, "may forget it": forgotten}.items():
        table, about = painted(folder)
        pictures.append(table.assign(rows=name))
        encoders[name] |= about
    record = {"command": "make encoders", "settings": SETTINGS, "encoders": encoders, **circumstances()}
    for table, file in ((found, "encoders.csv"), (pictures, "encoders_pictures.csv")):
        pd.concat(table).to_csv(recorded() / file, index=False, float_format="%.6g", lineterminator="\n")
    (recorded() / "encoders.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
