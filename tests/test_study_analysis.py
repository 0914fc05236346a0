"""The statistics: known effects are found, chance is not, and what is left out is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from sdinterp.study import analysis, chance, estimates, gains
from tests.study_tables import LEVELS, made_up


def test_a_planted_effect_is_found_where_it_is():
    found = analysis.primary_test(made_up(30, gain=lambda level: 1.0 if level >= 3 else 0.0), resamples=199)
    starred = set(found[found["stars"] != ""]["level"])
    assert starred >= {3.0, 3.5, 4.0, 4.5, 5.0}
    assert len(starred) <= 6
    assert len(found) == 20
    high = found[found["level"] >= 3]
    assert (high["effect"] > 0.5).all() and (high["share"] > 0.7).all() and (high["mean"] > 0.5).all()


def test_the_sign_of_an_effect_is_kept():
    found = analysis.primary_test(made_up(20, levels=(1.0,), gain=-2.0), resamples=99)
    assert (found["effect"] == -1).all() and (found["median"] < 0).all() and (found["share"] == 0).all()


def test_the_correction_is_statsmodels_holm_over_all_twenty():
    found = analysis.primary_test(made_up(gain=0.5), resamples=99)
    p, corrected = found["p"].to_numpy(), found["p_holm"].to_numpy()
    assert np.allclose(corrected, multipletests(p, method="holm")[1])
    assert found["stars"].tolist() == [estimates.stars(value) for value in corrected]


def test_the_test_is_scipys_on_the_pairs_mean_logs():
    table = made_up(15, levels=(2.0,), gain=0.3)
    logs = np.log(table.pivot(index="pair", columns="coupling", values="ppl"))
    found = analysis.compare(table, resamples=99).set_index("comparison").loc["optimal vs standard"]
    assert found["p"] == pytest.approx(stats.wilcoxon(logs["standard"], logs["optimal"]).pvalue)
    assert found["p_t"] == pytest.approx(stats.ttest_rel(logs["standard"], logs["optimal"]).pvalue)
    assert found["mean"] == pytest.approx((logs["standard"] - logs["optimal"]).mean())


def test_noises_and_draws_are_averaged_within_a_pair():
    table = made_up(6, levels=(1.0, 2.0), noises=3, draws=2)
    pairs = analysis.log_ratios(table, "ppl", "random", "optimal")
    assert len(pairs) == 12 and (pairs["noises"] == 3).all()
    own = table[table["pair"] == "1-000"].assign(log=lambda rows: np.log(rows["ppl"]))
    by_coupling = own.groupby("coupling")["log"].mean()
    assert pairs.set_index("pair").loc["1-000", "gain"] == pytest.approx(by_coupling["random"] - by_coupling["optimal"])


def test_a_noise_counts_only_with_both_couplings():
    table = made_up(3, levels=(1.0,), noises=2)
    black = (table["pair"] == "1-000") & (table["noise_seed"] == 1) & (table["coupling"] == "standard")
    table.loc[black, "flagged"] = True
    pairs = analysis.log_ratios(table).set_index("pair")
    own = table[(table["pair"] == "1-000") & (table["noise_seed"] == 0)].set_index("coupling")["ppl"]
    assert pairs.loc["1-000", "gain"] == pytest.approx(np.log(own["standard"] / own["optimal"]))
    assert pairs["noises"].to_dict() == {"1-000": 1, "1-001": 2, "1-002": 2}
    assert pairs["excluded"].to_dict() == {"1-000": 2, "1-001": 0, "1-002": 0}


def test_flagged_strips_are_left_out_and_counted():
    table = made_up(5, levels=(1.0, 2.0))
    table.loc[(table["pair"] == "1-000") & (table["coupling"] == "optimal"), ["flagged", "ppl"]] = True, 1e9
    counts = gains.exclusions(table).set_index(["level", "coupling"])
    assert counts.loc[(1.0, "optimal"), ["strips", "flagged", "pairs_lost"]].tolist() == [5, 1, 1]
    assert counts["flagged"].sum() == 1
    found = analysis.compare(table, resamples=99).set_index(["level", "comparison"])
    assert found.loc[(1.0, "optimal vs standard"), ["n", "lost"]].tolist() == [4, 1]
    assert found.loc[(2.0, "optimal vs standard"), ["n", "lost"]].tolist() == [5, 0]


@pytest.mark.parametrize("pairs", [1, 2])
def test_too_few_pairs_say_so(pairs):
    table = made_up(pairs)
    found = analysis.primary_test(table, resamples=99)
    assert (found["stars"] == "").all() and (found["p_holm"] == 1).all()
    assert found["note"].str.contains("one pair" if pairs == 1 else "cannot reach a star").all()
    assert chance.power(table, repeats=20)["pairs"].isna().all()


def test_no_difference_at_all_is_p_one():
    table = made_up(6, spread=0.0)
    found = analysis.primary_test(table.assign(ppl=1.0), resamples=99)
    assert (found["p"] == 1).all() and (found["effect"] == 0).all() and (found["note"] == "no pair differs").all()
    assert (found[["mean_low", "mean_high"]] == 0).all(axis=None)


def test_a_level_without_pairs_is_nan_and_still_counts_in_the_correction():
    table = made_up(8)
    table.loc[table["level"] == 1.0, "flagged"] = True
    found = analysis.primary_test(table, resamples=99)
    gone = found[found["level"] == 1.0]
    assert gone["p"].isna().all() and (gone["note"] == "no pair left").all() and (gone["n"] == 0).all()
    smallest = found["p"].idxmin()
    assert found.loc[smallest, "p_holm"] == pytest.approx(min(1, 20 * found.loc[smallest, "p"]))


def test_strips_that_do_not_move_are_floored_and_counted():
    table = made_up(8, levels=(5.0,))
    table.loc[table["coupling"] == "optimal", "ppl"] = 0.0
    assert gains.exclusions(table)["floored"].sum() == 8
    found = analysis.primary_test(table, resamples=99)
    assert np.isfinite(found["mean"]).all() and (found["share"] == 1).all()


def test_unknown_names_are_named():
    with pytest.raises(ValueError, match="entropic"):
        analysis.log_ratios(made_up(1), a="entropic")
    with pytest.raises(ValueError, match="charm"):
        analysis.log_ratios(made_up(1), "charm")


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(0)
    hits = 0
    for k in range(60):
        _, low, high = estimates.interval(rng.normal(1, 1, 40), np.mean, 499, k)
        hits += low < 1 < high
    assert hits >= 52


def test_an_interval_is_the_same_every_time():
    values = np.random.default_rng(0).normal(size=20)
    assert estimates.interval(values, np.median, 99, 3) == estimates.interval(values, np.median, 99, 3)


def test_rank_correlation_is_scipys():
    x, y = pd.Series([1, 1, 2, 3, 4, 4.0]), pd.Series([2, 1, 2, 5, 4, 9.0])
    found = estimates.rank_correlation(x, y, resamples=199)
    assert found["rho"] == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found["low"] <= found["rho"] <= found["high"]
    assert np.isnan(estimates.rank_correlation(x * 0, y)["rho"])


def test_the_trend_sees_a_gain_that_grows():
    growing = analysis.trend(made_up(20, gain=lambda level: 0.4 * level), resamples=199)
    assert growing["kind"].tolist() == ["relative", "absolute"] * 2
    assert (growing[growing["kind"] == "relative"]["low"] > 0).all()
    flat = analysis.trend(made_up(20, gain=0.5), resamples=199)
    assert (flat[flat["kind"] == "relative"]["low"] < 0).any()


def test_shuffled_labels_are_found_different_as_often_as_alpha_says():
    table = made_up(14, levels=LEVELS[:4], gain=1.0)  # a real effect must not leak into the shuffles
    found = chance.shuffled_labels(table, 400)
    tests = found[found["scope"] == "test"]
    assert len(tests) == 8 and 0.03 < tests["rate"].mean() < 0.065
    family = found[found["scope"] == "family"].set_index("alpha")
    assert family.loc[0.05, "low"] < 0.05 and family.loc[0.05, "rate"] > 0
    assert family["count"].is_monotonic_decreasing


def test_the_familys_shortcut_is_holms_smallest():
    p = np.random.default_rng(0).uniform(0, 0.02, (8, 20))
    shortcut = p.min(axis=1) * 20 < 0.05
    assert shortcut.tolist() == [bool((analysis.holm(row) < 0.05).any()) for row in p]


def test_power_grows_with_the_effect_and_the_pairs():
    found = chance.power(made_up(20, levels=(1.0, 2.0)), ratios=(1.0, 1.5, 3.0), repeats=100)
    for _, own in found.groupby("level"):
        assert own["power"].iloc[0] <= 0.05 and own["power"].iloc[2] > 0.9
        assert np.isnan(own["pairs"].iloc[0]) and own["pairs"].iloc[2] <= own["pairs"].iloc[1]


def test_exploratory_holds_all_that_is_not_primary():
    table = made_up(5, levels=(1.0, 2.0))
    found = analysis.exploratory(table.assign(ppl_2=table["ppl"]), resamples=99)
    assert {"ppl", "length", "largest_jump", "straightness", "unevenness", "ppl_2"} == set(found["measure"])
    per_level = found[found["level"].notna()]
    assert not ((per_level["measure"] == "ppl") & per_level["comparison"].isin(["optimal vs standard", "optimal vs random"])).any()
    length, straight = (found[found["measure"] == name]["mean"].to_numpy() for name in ("length", "straightness"))
    assert np.allclose(length, straight)


def test_groups_are_tested_apart_and_together():
    table = made_up(20, levels=(1.0, 2.0))
    table.loc[(table["order"] == "free") & (table["coupling"] == "optimal"), "ppl"] /= 5
    found = analysis.by_group(table, "order", resamples=99)
    overall = found[found["level"].isna()].set_index(["order", "comparison"])["mean"]
    assert overall["free", "optimal vs standard"] > overall["fixed", "optimal vs standard"] + 1
    terms = analysis.factor_model(table, "order").set_index("term")
    assert terms.loc["C(factor)[T.free]", "low"] > 0
    assert analysis.factor_model(table, "sampling").empty


def test_the_decomposition_adds_up():
    found = analysis.decomposition(made_up(6))
    assert np.allclose(found["from_length"] + found["from_evenness"], found["gain"])


def test_sensitivity_gives_a_line_for_each_setting_and_comparison():
    found = analysis.sensitivity({"a": made_up(10, gain=1.0), "b": made_up(10, gain=1.0, seed=1)}, resamples=199)
    assert found["setting"].tolist() == ["a", "a", "b", "b"]
    assert ((found["low"] < np.e) & (np.e < found["high"])).sum() >= 3


def test_drivers_and_costs():
    table = made_up(10)
    pairs = analysis.cost_gain(table)
    assert pairs["saving"].between(0.2, 0.6).all()
    assert analysis.drivers(table)["term"].tolist() == ["saving", "level", "saving", "level"]


def test_jumps_are_counted_against_the_usual_way_between_ends():
    table = made_up(2, levels=(1.0,), couplings=("optimal", "standard")).assign(ends=4.0)  # usual way 2, so a jump is above 1
    keys = table[["pair", "noise_seed", "coupling", "draw"]]
    far = (table["coupling"] == "standard").map({True: 2.25, False: 0.25})
    steps = pd.concat([keys.assign(step=1, distance=far), keys.assign(step=2, distance=0.81)])
    counted = gains.with_jumps(table, steps)
    assert counted["jumps"].tolist() == [0, 1, 0, 1]
    assert analysis.log_ratios(counted, "jumps")["gain"].tolist() == [1, 1]


def test_a_recorded_table_reads_as_it_was(tmp_path):
    table = made_up(2)
    table.to_csv(tmp_path / "strips.csv", index=False)
    read = gains.read_table(tmp_path / "strips.csv")
    assert read["sampling"].eq("").all()
    assert np.allclose(analysis.log_ratios(read)["gain"], analysis.log_ratios(table)["gain"])
