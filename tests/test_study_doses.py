"""The second study: its pairs are what the design says, and its questions are answered rightly on made-up gains."""

import json
import random
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sdinterp.models import POSTCARDS, fingerprint
from sdinterp.study import answers, doses, recorded
from sdinterp.study.chance import made_up_gains, rehearse
from sdinterp.study.figures import dose_plot
from sdinterp.study.gains import read_table
from sdinterp.study.planned import drawn_pairs, settings_for
from sdinterp.study.samples import kept_strips, opened
from sdinterp.study.settings import Settings

PAIRS = doses.dosed_pairs({0.5: 3, 3.0: 3, 5.0: 3})
SPREAD = dict.fromkeys(doses.SCENES, 0.2)


def phrases(prompt, words):
    """The prompt cut before each of its prepositions."""
    cut = [place for place, word in enumerate(prompt.split()) if word in words] + [len(prompt.split())]
    return [" ".join(prompt.split()[a:b]) for a, b in pairwise(cut)]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.id)
def test_so_many_phrases_are_displaced_and_all_others_keep_their_rows(pair):
    prepositions = {phrase.split()[0] for phrase in doses.FIXED_PHRASES.values()}
    straight = next(other for other in PAIRS if other.id == pair.id.rpartition("-dose")[0] + "-dose0")
    here, there = phrases(pair.prompt_b, prepositions), phrases(straight.prompt_b, prepositions)
    assert len(here) == 7 and sorted(here) == sorted(there)
    assert sum(a != b for a, b in zip(here, there, strict=True)) == int(pair.group["dose"])
    assert [p.split()[0] for p in phrases(straight.prompt_a, prepositions)] == [p.split()[0] for p in there]
    rows = [(len(a.split()), len(b.split())) for a, b in zip(here, there, strict=True)]
    assert all(a == b for a, b in rows), "a phrase of another length would move those after it"


def test_scenes_share_what_the_level_says_and_pairs_are_balanced():
    for pair in PAIRS:
        assert len([name for name in pair.group["shared"].split(",") if name]) == 2 * pair.level
    whole = doses.dosed_pairs()
    assert len(whole) == 3 * sum(doses.SCENES.values()) >= 1000 and len({pair.id for pair in whole}) == len(whole)
    first = pd.Series([pair.level for pair in whole[: 30 * 5]]).value_counts()
    assert first.nunique() == 1 and len(first) == 10
    assert [pair.id for pair in doses.dosed_pairs({3.0: 3})] == [pair.id for pair in PAIRS if pair.level == 3]


def test_displacing_moves_exactly_those_named():
    order = list("abcdefg")
    for seed in range(50):
        new = doses.displaced(order, ["b", "d", "f"], random.Random(seed))
        assert sorted(new) == order and {x for x, y in zip(order, new, strict=True) if x != y} == {"b", "d", "f"}


def test_a_slope_is_the_planted_one_and_its_interval_holds_it():
    rng, hits = np.random.default_rng(0), []
    for _ in range(60):
        found = answers.slope(made_up_gains(lambda level, share: 0.3 * share, SPREAD, rng))
        hits.append(found["low"] < 0.3 < found["high"])
    assert found["n"] == sum(doses.SCENES.values()) and 0.85 < np.mean(hits) <= 1


def test_a_mean_over_levels_weighs_levels_alike():
    values, levels = pd.Series([0.0] * 90 + [0.9, 1.1]), pd.Series([1.0] * 90 + [2.0] * 2)
    found = answers.mean_over_levels(values, levels)
    assert found["mean"] == pytest.approx(0.5) and found["low"] < 0.5 < found["high"]
    assert answers.mean_over_levels(values[:90], levels[:90]) == {
        "n": 90, "mean": 0.0, "low": 0.0, "high": 0.0, "error": 0.0, "p": 1.0
    }  # fmt: skip


def test_of_nothing_nothing_is_found_and_of_an_effect_it_is():
    none = rehearse(lambda level, share: 0.0, SPREAD, repeats=20).set_index("question")["rate"]
    assert none["the gain grows with the dose"] < 0.15 and none["a gain at full dose"].max() < 0.15
    assert none["equal at dose 0"] > 0.9
    some = rehearse(lambda level, share: 0.2 * share, SPREAD, repeats=8).set_index("question")["rate"]
    assert some["the gain grows with the dose"] > 0.9 and some["a gain at full dose"].min() > 0.6
    unequal = rehearse(lambda level, share: 0.1, SPREAD, repeats=8, zeros=0.0).set_index("question")["rate"]
    assert unequal["equal at dose 0"] < 0.05


def strips_of(pairs, couplings=("standard", "optimal")):
    """Strips whose gain over the optimal one is that of made-up pairs."""
    rows = []
    for pair in pairs.to_dict("records"):
        for name in couplings:
            length = 3.0 if name == "optimal" else (3 + answers.UNSEEN) * np.exp(pair["gain"]) - answers.UNSEEN
            name_of = f"{pair['scene']}-dose{pair['dose']}"
            rows.append({"pair": name_of, "level": pair["level"], "noise_seed": 0, "coupling": name, "draw": 0, "length": length,
                         "cost_p2": 1.0 + (name != "optimal")})  # fmt: skip
    return pd.DataFrame(rows)


def test_gains_of_strips_are_those_of_their_pairs():
    planted = made_up_gains(lambda level, share: 0.3 * share, SPREAD, np.random.default_rng(1))
    found = answers.gains(strips_of(planted)).set_index(["scene", "dose"])["gain"]
    np.testing.assert_allclose(found.sort_index(), planted.set_index(["scene", "dose"])["gain"].sort_index(), atol=1e-9)
    table = answers.by_dose(strips_of(planted), "length", [("standard", "optimal")])
    assert table["dose"].tolist() == list(doses.DOSES) and table["mean"].is_monotonic_increasing
    rivals = answers.rivals(strips_of(planted, ("standard", "optimal", "dearest")))
    assert set(rivals["coupling"]) == {"standard", "dearest"} and np.allclose(rivals["cost"], np.log(2))


def test_a_dot_for_each_pair_says_its_prompts_and_its_ratio():
    levels = {1.0: 2, 2.0: 2}
    planted = made_up_gains(
        lambda level, share: np.log(2) * share, dict.fromkeys(levels, 0), np.random.default_rng(1), scenes=levels
    )
    pairs = answers.gains(strips_of(planted))
    prompts = pd.DataFrame({"prompt_a": "a boat", "prompt_b": "a tent"}, index=pairs["pair"])
    told = dose_plot(pairs, prompts, {}).html
    said = re.findall(r"Similarity (\d), from .{1,6}a boat.{1,6} to .{1,6}a tent.{1,6}: the standard strip is ([\d.]+) times", told)
    assert sorted(said) == [(level, ratio) for level in "12" for ratio in ("1.00", "1.00", "1.41", "1.41", "2.00", "2.00")]


def test_the_mixed_model_finds_dose_and_level():
    planted = made_up_gains(lambda level, share: share * (0.3 + 0.1 * (level - 2.75)), SPREAD, np.random.default_rng(3))
    terms = answers.mixed_model(planted).set_index("term")
    assert terms.loc["share", "low"] < 0.3 < terms.loc["share", "high"]
    assert terms.loc["share:similarity", "low"] < 0.1 < terms.loc["share:similarity", "high"] and terms.loc["share", "p"] < 1e-6


def test_of_two_properties_the_one_that_drives_is_found():
    rng, rows = np.random.default_rng(3), []
    for scene in range(60):
        for _ in range(6):
            saving, met, padded = rng.uniform(0, 1, 3)
            rows.append({"pair": scene, "scene": scene, "saving": saving, "met": met, "padded": padded,
                         "log_length": scene / 9 - 0.8 * met + rng.normal(0, 0.1)})  # fmt: skip
    terms = answers.properties(pd.DataFrame(rows)).set_index("term")
    assert terms.loc["met", "low"] < -0.8 < terms.loc["met", "high"]
    assert terms.loc["saving", "low"] < 0 < terms.loc["saving", "high"]


def test_a_driver_is_looked_for_within_levels_only():
    rng = np.random.default_rng(4)
    pairs = made_up_gains(lambda level, share: level * share, SPREAD, rng).query("dose == 6")
    pairs = pairs.assign(pair=pairs["scene"] + "-dose6")
    by_level_alone = pairs.set_index("pair")["level"] + rng.normal(0, 0.01, len(pairs))
    assert abs(answers.within_levels(pairs, by_level_alone)["rho"]) < 0.2
    assert answers.within_levels(pairs, pairs.set_index("pair")["gain"])["rho"] == pytest.approx(1)


class TestRecorded:
    """What the book shows is what was planned."""

    record = json.loads((recorded("doses") / "settings.json").read_text())
    strips = read_table(recorded("doses") / "strips.csv.gz")

    @pytest.mark.parametrize("kind", ["doses", "rivals"])
    def test_settings_are_the_plans(self, kind):
        run, planned = self.record["runs"][kind], settings_for({"pairs": kind})
        kept = Settings.from_json(json.dumps(run["settings"]))
        assert set(planned.difference(kept)) == {"weights", "net_versions", "dtype"}, "those are filled in when a run begins"
        assert kept.weights == fingerprint(POSTCARDS) and kept.dtype == "float32"

    def test_pairs_are_those_that_the_plan_draws_and_none_that_was_reached_is_left_out(self):
        drawn = {kind: [pair.id for pair in drawn_pairs(settings_for({"pairs": kind}))] for kind in self.record["runs"]}
        for kind, run in self.record["runs"].items():
            own = self.strips[self.strips["coupling"].isin(run["settings"]["couplings"])]
            assert own["pair"].nunique() == run["reached"] <= run["planned"] == len(drawn[kind])
            assert set(own["pair"]) <= set(drawn[kind])
            strips = len(run["settings"]["couplings"]) * run["settings"]["noises"]
            assert (own.groupby("pair").size() == strips).all() and not own["flagged"].any()

    def test_strips_that_come_with_it_are_of_its_pairs_and_whole(self):
        strips = kept_strips(recorded("doses") / "samples.zip")
        assert set(strips) <= set(self.strips["pair"]) and len(strips) >= 30
        for own in strips.values():
            sizes = {name: picture.size for name, picture in opened(own).items()}
            assert sizes == dict.fromkeys(("optimal", "standard", "random"), (7 * 64, 64))
