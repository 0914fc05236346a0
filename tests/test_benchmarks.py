"""The benchmarks compare like with like; none of these tests looks at a time."""

import json
import re
from pathlib import Path

import pytest
import torch

from benchmarks import bfloat16, couplings, gpu, strips
from benchmarks.__main__ import ELSEWHERE, PARTS
from benchmarks.timing import table, take_turns
from sdinterp.models import POSTCARDS

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT / "sdinterp" / "recorded"


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


def test_the_script_for_a_gpu_runs_at_toy_size_on_a_processor(monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda module, **_: module)
    toy = gpu.Size(
        side=16, frames=3, steps=1, rounds=1, batches=(1, 2), small_batches=(3,), pairs=1, one_by_one=1, workers=(1,), square=64
    )  # fmt: skip
    found = gpu.measure(toy, "cpu", torch.float32, POSTCARDS)
    assert {line["who"] for line in found["lines"]} == set(found["first"]) and len(found["lines"]) == 7
    assert all(first["largest"] < strips.TOLERANCE for first in found["first"].values())
    assert found["floor"]["flops"] > 1e6 and [line["batch"] for line in found["growth"] + found["postcards"]] == [1, 2, 3]
    assert [line["pairs"] for line in found["study"]] == [2, 2] and all(line["pairs_a_minute"] > 0 for line in found["study"])
    assert found["device"] == "cpu" and json.dumps(found)


def test_without_a_gpu_the_script_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="PyTorch finds 0 GPUs"):
        gpu.measure()


def test_pictures_in_bfloat16_are_read_by_the_judge():
    found = bfloat16.compare(count=4, steps=2, rounds=1)
    assert 0 < found["mean"] < 0.1 and found["largest"] <= 2 and 0.5 < found["read_alike"] <= 1 and json.dumps(found)


def prose(name: str) -> str:
    """The words of a page, without its code."""
    page = (ROOT / "book" / f"{name}.md").read_text().partition("\n# ")[2]
    return re.sub(r"^```\{code-cell\}.*?^```$", "", page, flags=re.M | re.S)


def test_the_pages_read_their_numbers_and_hold_none():
    assert not re.findall(r".*\d.*", prose("how-fast").replace("Stable Diffusion 1.5", ""))
    counts = json.loads((RECORDED / "tests.json").read_text())["counts"]
    assert len(counts) > 10 and not [what for what in counts if what in prose("how-tested")]


def test_every_part_is_recorded():
    recorded = json.loads((RECORDED / "benchmarks.json").read_text())
    assert set(PARTS) <= set(recorded) <= set(PARTS | ELSEWHERE) and all(part["commit"] for part in recorded.values())
