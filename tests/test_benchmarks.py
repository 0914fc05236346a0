"""The benchmarks compare like with like; none of these tests looks at a time."""

import json
from pathlib import Path

import pytest
import torch

from benchmarks import couplings, page, strips
from benchmarks.timing import table, take_turns

ROOT = Path(__file__).resolve().parent.parent


def test_contestants_take_turns_and_a_first_round_is_not_counted():
    calls = []
    seconds = take_turns({name: lambda name=name: calls.append(name) for name in "abc"}, rounds=4)
    assert {name: len(own) for name, own in seconds.items()} == {"a": 4, "b": 4, "c": 4}
    assert all(sorted(calls[k : k + 3]) == ["a", "b", "c"] for k in range(0, 15, 3))


def test_a_ratio_is_the_median_of_the_rounds():
    ours, theirs = table({"ours": [1.0, 2.0, 1.0], "theirs": [2.0, 2.0, 3.0]}, "ours")
    assert ours["ratio"] == 1 and (theirs["ratio"], theirs["lowest"], theirs["highest"]) == (2, 1, 3)


def test_strips_are_timed_only_if_the_pictures_are_equal(monkeypatch):
    found = strips.compare("postcards", frames=3, steps=2, rounds=1)
    assert found["error"] < strips.TOLERANCE and len(found["lines"]) >= 4
    right = strips.ours
    monkeypatch.setattr(strips, "ours", lambda *settings: right(*settings) + 0.01)
    with pytest.raises(ValueError, match="no timing"):
        strips.compare("postcards", frames=3, steps=2, rounds=1)


def test_couplings_are_timed_only_if_the_costs_are_equal(monkeypatch):
    assert couplings.compare(pairs=3, n=9, d=5, rounds=1)["apart"] < 1e-6
    monkeypatch.setattr(couplings, "optimal_permutations", lambda a, b: torch.arange(9).expand(3, 9))
    with pytest.raises(ValueError, match="costs differ"):
        couplings.compare(pairs=3, n=9, d=5, rounds=1)


def test_the_page_says_what_the_recorded_results_say():
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text())
    assert (ROOT / "book" / "how-fast.md").read_text() == page.text(results), "run `python -m benchmarks page`"
