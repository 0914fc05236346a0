"""Recorded studies: what is kept of a run can be read again, wherever it was made."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sdinterp.cli import main
from sdinterp.study import answers, keeping, recorded
from sdinterp.study.doses import dosed_pairs
from sdinterp.study.elsewhere import NONE, show_elsewhere
from sdinterp.study.keeping import record_study, recorded_studies
from sdinterp.study.pairs import Pair
from sdinterp.study.planned import settings_for
from sdinterp.study.settings import Settings
from sdinterp.study.store import Distances, PairResult, Store, StripResult
from tests.fakes import FakeRenderer

ROOT = Path(__file__).resolve().parent.parent
MINE = {"pairs": "csv", "file": "mine.csv", "sha256": "0"}
ABOUT = {"versions": {"python": "3.11"}, "commit": "abc1234", "machine": "Linux, 16 cores", "workers": 1, "device": "1 x a card"}


def made(folder, settings, pairs, left=0, longer=2.0):
    """A run with made-up strips: all but the optimal ones are so many times as long."""
    folder.mkdir(parents=True)
    thumbnail = io.BytesIO()
    Image.new("RGB", (3 * 16, 16), "teal").save(thumbnail, "WEBP")
    with Store.begin(folder, settings, pairs) as store:
        store.begin_session(ABOUT)
        for pair in pairs[: len(pairs) - left]:
            strips = []
            for noise in range(settings.noises):
                for coupling, draw in settings.runs:
                    step = 1.0 if coupling == "optimal" else (1 + answers.UNSEEN / 2) * longer - answers.UNSEEN / 2
                    found = {net: Distances(torch.full((2,), step**2), 1.0) for net in settings.nets}
                    strips.append(StripResult(noise, 7 + noise, coupling, draw, 3, 1.0, 2.0, False, found, thumbnail.getvalue()))
            store.add(PairResult(pair.id, 0.5, tuple(strips)))
    return folder


def my_run(folder, **how):
    """A run over somebody's own pairs, with a model that lies in a folder."""
    pairs = [Pair(f"line-{k}", f"a boat, {k}", f"a tent {k}", 1.0 + k % 2) for k in range(10)]
    settings = Settings(
        source=MINE, model=str(folder.parent / "my-model"), net="postcards", frames=3, couplings=("optimal", "standard")
    )
    return made(folder, settings, pairs, **how)


def test_a_run_with_any_model_is_kept_and_read_again(tmp_path, capsys):
    run = my_run(tmp_path / "run", left=1)
    assert main(["study", "record", str(run), "--out", str(tmp_path / "kept" / "far"), "--command", "mine"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "kept" / "far")
    (study,) = recorded_studies(tmp_path / "kept")
    assert study.name == "far" and study.command == "mine" and study.settings["model"] == "my-model"
    about = study.runs["csv"]
    assert (about["planned"], about["reached"], about["device"]) == (10, 9, "1 x a card")
    assert str(tmp_path) not in (study.folder / "settings.json").read_text()
    assert len(study.strips) == 18 and not {"prompt_a", "seconds", "met"} & set(study.strips)
    assert study.pairs.loc["line-3", "prompt_a"] == "a boat, 3"
    assert set(study.samples) == {f"line-{k}" for k in range(6)}, "three pairs of each level"
    assert all(set(own) == {"optimal", "standard"} for own in study.samples.values())
    assert study.gain()["n"] == 9 and np.exp(study.gain()["mean"]) == pytest.approx(2, rel=1e-4)


def test_of_captions_of_scenes_it_is_kept_what_couplings_do_to_words(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "load_renderer", lambda settings, device: FakeRenderer())
    runs = []
    for kind in ("doses", "rivals"):
        couplings = ("optimal", "standard") if kind == "doses" else ("dearest",)
        settings = settings_for(
            {"pairs": kind}, {"frames": 3, "noises": 2, "couplings": couplings, "model": "fake", "net": "postcards"}
        )
        scenes = dosed_pairs({3.0: 1, 5.0: 1}, (0, 3, 6) if kind == "doses" else (6,))
        monkeypatch.setattr(keeping, "trips_of", _seeds_of(keeping.trips_of))
        runs.append(made(tmp_path / kind, settings, scenes, longer=1.5))
    record_study(runs, tmp_path / "kept" / "second")
    (study,) = recorded_studies(tmp_path / "kept")
    assert set(study.runs) == {"doses", "rivals"} and list(study.pairs.index[:3]) == ["3-000-dose0", "3-000-dose3", "3-000-dose6"]
    standard = study.strips[(study.strips["coupling"] == "standard") & study.strips["pair"].str.endswith("dose0")]
    assert (standard["alike"] == 1).all() and study.strips[["met", "padded"]].notna().all(axis=None)
    assert study.gain()["n"] == 0 and study.gain("dearest")["n"] == 0, "a level with one pair has no spread"


def _seeds_of(trips_of):
    """Trips from the noises that `made` stores."""

    def seeded(*given):
        return [replace(trip, seed=7 + k) for k, trip in enumerate(trips_of(*given))]

    return seeded


def test_what_is_no_record_is_refused_in_a_sentence(tmp_path):
    run, nothing = my_run(tmp_path / "run"), my_run(tmp_path / "nothing", left=10)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.doc").touch()
    for runs, out, said in (
        ([], "out", "at least one run"), ([run, run], "out", "each source once"), ([nothing], "out", "no pair of the study in"),
        ([run], "taken", "is no recorded study"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            record_study(runs, tmp_path / out)
        assert not (tmp_path / "out").exists()
    kept = record_study([run], tmp_path / "kept" / "far")
    assert record_study([run], kept) == kept, "it is written over"
    (kept / "settings.json").write_text(json.dumps({"command": "mine"}))
    with pytest.raises(ValueError, match=r"'.*far' is no recorded study: its settings.json cannot be read"):
        recorded_studies(tmp_path / "kept")


def test_the_second_study_is_one_of_those_that_come_with_the_package():
    second = {study.name: study for study in recorded_studies()}["doses"]
    assert second.folder == recorded("doses") and set(second.runs) == {"doses", "rivals"}
    at_full = answers.at_full_dose(answers.gains(second.strips), resamples=99)
    assert second.gain()["mean"] == pytest.approx(at_full["mean"].mean())


def test_a_study_from_elsewhere_stands_beside_ours_on_the_pages(tmp_path):
    assert NONE in show_elsewhere(tmp_path / "nothing").html
    record_study([my_run(tmp_path / "run")], tmp_path / "kept" / "on <a> card")
    shown = show_elsewhere(tmp_path / "kept").html
    lines = [re.findall(r"<td[^>]*>(.*?)</td>", line, re.S) for line in shown.split("<tr")]
    ours, theirs = (line for line in lines if line)
    assert ours[0] == "doses" and ours[1] == "postcards"
    assert theirs[:6] == ["on &lt;a&gt; card", "my-model", "csv", "10 of 10", "1 x a card", "auto"]
    assert theirs[6].startswith("2.00 (") and theirs[7] == "not walked"
    assert shown.count("<img") == 2 * 2 and "a boat, 0" in shown, "a strip for each coupling, of a pair for each level"
    for page in ("is-it-real", "on-a-gpu"):
        assert "\nelsewhere.show_elsewhere()\n" in (ROOT / f"book/{page}.md").read_text()
