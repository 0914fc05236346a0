"""The recorded studies as the book shows them: the tables say what the analysis found."""

from __future__ import annotations

import re
from html import unescape

import matplotlib
import pandas as pd
import pytest

matplotlib.use("Agg")

from sdinterp.records import record
from sdinterp.study import answers, recorded, tables
from sdinterp.study.doses import DOSES
from sdinterp.study.gains import read_table
from sdinterp.study.samples import kept_strips


@pytest.fixture(scope="module")
def strips():
    """A part of the recorded study: the first scenes of each level."""
    table = read_table(recorded("doses") / "strips.csv.gz")
    return table[table["pair"].str.contains("-00[0-4]-")]


@pytest.fixture(scope="module")
def asked(strips):
    couplings = record("doses/settings")["runs"]["doses"]["settings"]["couplings"]
    return answers.answered(strips[strips["coupling"].isin(couplings)], resamples=49)


def read(shown) -> list[list[str]]:
    """The entries of a table, line by line."""
    lines = re.findall(r"<tr>(.*?)</tr>", shown.html)[1:]
    return [[unescape(entry) for entry in re.findall(r"<td[^>]*>([^<]*)</td>", line)] for line in lines]


def test_the_three_questions_are_told_as_they_are_answered(asked):
    assert [line[0] for line in read(tables.questions(asked))] == asked["questions"]["question"].tolist()
    full = read(tables.full(asked))
    assert [float(line[0]) for line in full] == asked["full"]["level"].tolist()
    assert [line[3] for line in full] == [f"{share:.0%}" for share in asked["full"]["share"]]
    assert all(says for _, says, *_ in read(tables.model(asked)))


def test_a_ratio_by_dose_stands_under_its_dose(strips):
    for made, count in ((tables.lengths, 4), (tables.costs, 3)):
        rows = read(made(strips))
        assert len(rows) == count and rows[0][0] == "standard / optimal" and all(len(row) == 1 + len(DOSES) for row in rows)
    gains = answers.gains(strips, "cost_p2").query("dose == 6")["gain"]
    assert read(tables.costs(strips))[0][3] == f"{2.718281828459045 ** gains.mean():.2f}"


def test_rivals_are_ordered_by_length_and_the_optimal_one_is_one(strips):
    everyone = answers.rivals(strips)
    rows = read(tables.rivals(strips, everyone))
    lengths = [float(row[1]) for row in rows]
    assert lengths == sorted(lengths) and ["1.00", "1.00"] in [row[1:3] for row in rows if row[0] == "optimal"]
    assert f"in {len(everyone.attrs['pairs'])} pairs" in tables.rivals_drawn(everyone).html


def test_every_other_table_has_its_lines(strips):
    assert len(read(tables.measures(strips))) == 6 * len(DOSES)
    assert len(read(tables.within_levels(strips))) == len(read(tables.properties(strips))) == 3
    assert {row[0] for row in read(tables.talk(strips, resamples=19))} == {"standard", "random"}
    assert dict(read(tables.made()))["frames"] == "7" and read(tables.shuffled(strips, repeats=20))[0][0] == "20"


def test_examples_and_settings_are_drawn_with_their_numbers():
    folder = recorded("doses")
    prompts = pd.read_csv(folder / "pairs.csv.gz").set_index("pair")
    shown = [unescape(one.html) for one in tables.examples(prompts, kept_strips(folder / "samples.zip"))]
    heads = [one.partition("<figcaption>")[2].partition(", from")[0] for one in shown]
    assert heads == ["Similarity 0.5", "Similarity 2", "Similarity 3.5", "Similarity 5"]
    assert "make sensitivity" in tables.sensitivity().html


def test_encoders_are_told_with_their_shares():
    shown = tables.encoders()
    rows = {row[0]: row for row in read(shown)}
    table = pd.read_csv(recorded() / "encoders.csv").query("rows == 'keep their word' and level == 5").iloc[0]
    assert shown.html.index("keep their word</th>") < shown.html.index("may forget it</th>")
    assert rows["cost saved at 5"][1] == f"{1 - table['optimal'] / table['standard']:.0%}"
    assert "where rows may forget it off the pictures" in tables.encoders_pictures().html


def test_what_a_gpu_printed_is_a_table():
    rows = read(tables.gpu_check())
    assert rows and all(float(found) <= float(allowed) for _, found, allowed in rows)
