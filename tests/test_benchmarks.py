"""The benchmarks compare like with like; none of these tests looks at a time."""

import json
import re
from functools import partial
from pathlib import Path

import pytest
import torch

from benchmarks import bfloat16, couplings, gpu, strips
from benchmarks.__main__ import ELSEWHERE, PARTS
from benchmarks.timing import table, take_turns
from sdinterp import speeds
from sdinterp.models import POSTCARDS
from sdinterp.study.settings import Settings

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
    monkeypatch.setattr(gpu, "Settings", partial(Settings, frames=3, random_draws=1, second_net="none"))
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


@pytest.mark.parametrize("page", ["README.md", "book/running.md"])
def test_what_is_installed_is_said_as_it_was_recorded(page):
    lines = json.loads((RECORDED / "benchmarks.json").read_text())["install"]["found"]["lines"]
    said = re.findall(r"\| ([\d.]+) GB \| (\d+) s \|$", (ROOT / page).read_text(), flags=re.M)
    assert said == [(f"{line['gigabytes']:.1f}", f"{line['seconds']:.0f}") for line in lines]


RECORD = {
    "strips": {
        "found": {
            "frames": 9, "error": 0.00021, "native": True, "unknown": 3, "inner": {"efficiency": 0.5},
            "lines": [
                {"who": who, "seconds": 2.0 * ratio, "ratio": ratio, "lowest": ratio, "highest": ratio + 1, "rounds": 3}
                for who, ratio in (("sdinterp, float32", 1.0), ("pipeline, once a frame", 4.0),
                                   ("pipeline, all frames in one batch", 1.2), ("sdinterp, bfloat16", 0.8))
            ],
        },
        "commit": "0123456789abcdef", "machine": "a box", "processor": "p", "threads": 2, "versions": {"torch": "2.6"},
    }
}  # fmt: skip


@pytest.fixture
def small_record(monkeypatch):
    monkeypatch.setattr(speeds, "record", lambda name: RECORD)
    speeds._recorded.cache_clear()
    yield
    speeds._recorded.cache_clear()


def cells(shown) -> list[str]:
    return [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in re.findall(r"<td[^>]*>([^<]*)</td>", shown.html)]


def test_a_part_says_its_numbers_and_how_it_was_recorded(small_record):
    how = "Recorded by “python -m benchmarks strips” at commit 0123456789, on a box (p), 2 threads, with torch 2.6."
    said = "frames 9; largest difference of a pixel 0.0002; instructions of the processor for bfloat16: yes. "
    assert speeds.said("strips") == said + how
    assert speeds.said("strips", "inner") == "parallel efficiency 50%"
    assert speeds.there("strips") and not speeds.there("gpu")


def test_goals_are_met_or_missed_by_the_ratios_that_the_table_shows(small_record):
    assert cells(speeds.contestants("strips"))[4:8] == ["pipeline, once a frame", "8.0", "4.00", "4.00 to 5.00"]
    found = cells(speeds.goals("strips"))
    assert found[1::3] == ["4.00", "1.20", "0.20"]
    assert found[2::3] == ["at least 2.5: met", "at least 1.3: missed", "at most 0.25: met"]


def test_lines_may_be_lists_or_have_names(small_record):
    named = speeds.lines("strips", {"what": "name", "share": "value"}, "inner", caption="c")
    assert cells(named) == ["efficiency", "0.5"]
    listed = speeds.lines("strips", {"who": "who", "nothing": "nothing"}, "lines")
    assert cells(listed)[:2] == ["sdinterp, float32", "not tried"]


def test_every_goal_is_of_somebody_who_was_timed():
    recorded = json.loads((RECORDED / "benchmarks.json").read_text())
    assert all(goal.of(recorded[part]["found"]) > 0 for part in speeds.GOALS if part in recorded for goal in speeds.GOALS[part])
