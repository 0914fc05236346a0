"""The report: every section is there, nothing in it can run, and its sentences follow the numbers."""

from __future__ import annotations

import io
import itertools
import re
from html import unescape
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from sdinterp.postcards.scenes import Scene
from sdinterp.shown import Shown, in_words
from sdinterp.study import analysis, chance, doses, figures, gains, plan, report, samples
from sdinterp.study.conclusions import conclusions, grows, smoother, steadier
from sdinterp.study.pairs import Pair
from sdinterp.study.planned import settings_for
from sdinterp.study.settings import Settings
from sdinterp.study.store import Distances, PairResult, Reading, Store, StripResult
from tests.counts import trying
from tests.study_tables import COUPLINGS, made_up

LEVELS = (0.5, 2.0, 3.5)
EVIL = '<script>alert("$x^2$")</script> & a boat'


def _run(folder, settings=None, per_level=2, levels=LEVELS, left=0):
    """A run's folder with made-up strips in which the optimal one is the shorter."""
    settings = settings or Settings(levels=levels, per_level=per_level, frames=5)
    pairs = [
        Pair(f"{level:g}-{k}", f"boat {k}" if k else EVIL, f"tent {k}", level, {"order": ("fixed", "free")[k % 2], "shared": "sky"})
        for level in levels
        for k in range(per_level)
    ]
    thumbnail = io.BytesIO()
    Image.new("RGB", (5 * 16, 16), "teal").save(thumbnail, "WEBP")
    rng = np.random.default_rng(0)
    with Store.begin(folder, settings, pairs) as store:
        store.begin_session({"versions": {"python": "3.11"}, "commit": "abc1234", "machine": "a laptop", "engine": "local"})
        for pair in pairs[: len(pairs) - left]:
            strips = []
            for coupling, draw in settings.runs:
                size = (1 if coupling == "optimal" else 1 + pair.level) * rng.uniform(0.5, 1.5)
                found = {net: Distances(torch.tensor(size * rng.uniform(0.5, 1.5, 4)), 1.0) for net in settings.nets}
                strips.append(StripResult(0, 7, coupling, draw, 3, 1.0, 2.0, False, found, thumbnail.getvalue()))
            store.add(PairResult(pair.id, 0.5, tuple(strips)))
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return _run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def written(run):
    return report.write_report(run, resamples=99, repeats=100).read_text("utf-8")


class _Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.headings, self.alts = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br", "source"):
            self.open.append(tag)
        if tag == "img":
            self.alts.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data)


def test_every_section_is_there(written):
    page = _Page(written)
    assert page.open == []
    assert page.headings[1:] == [
        "Conclusions", "Primary analysis", "Examples", "Counts and exclusions", "Shuffled labels", "Power", "Trend", "Exploratory",
        "Settings", "Record", "Limits",
    ]  # fmt: skip
    for text in ("abc1234", "a laptop", "python 3.11", "the talk's stars", "SHA-256", "Holm"):
        assert text in unescape(written)
    assert "6 of 6 pairs are done" in written and "not complete" not in written


def test_the_page_stands_alone_and_runs_nothing(written):
    page = _Page(written)
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "iframe", "object")]
    assert "&lt;script&gt;alert" in written and "<script" not in written
    sources = [attrs["src"] for _, attrs in page.tags if "src" in attrs]
    assert sources and all(source.startswith("data:image/") for source in sources)
    assert not re.search(r'(href|src)="https?:', written)


def test_pictures_and_tables_are_described(written):
    page = _Page(written)
    assert len(page.alts) == 5 and all(len(alt) > 60 for alt in page.alts)
    tables = written.count("<table")
    assert tables > 10 and written.count("<caption>") == tables
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for tag, attrs in page.tags if tag == "a"} <= set(ids)


def test_the_files_beside_it(run, written):
    table = pd.read_csv(run / "table.csv", keep_default_na=False)
    assert len(table) == 6
    talk = table.set_index(["level", "comparison"])["talk_stars"]
    assert [talk[level, "optimal vs standard"] for level in (2.0, 3.5)] == ["", "***"] and talk[0.5, "optimal vs random"] == "*"
    strips = gains.read_table(run / "strips.csv")
    assert len(strips) == 24 and "jumps" in strips and "prompt_a" not in strips
    assert np.allclose(analysis.primary_test(strips, resamples=99)["p"], table["p"].astype(float))
    assert len(pd.read_csv(run / "pairs.csv")) == 6
    assert {path.name for path in (run / "figures").iterdir()} == {
        "levels.png", "gain.svg", "false-positives.svg", "cost.png", "samples.png",
    }  # fmt: skip
    assert not list(run.rglob("*.part"))


def test_the_sheet_shows_the_first_pair_of_each_level(run, monkeypatch):
    shown = []
    draw = samples.sample_figure
    monkeypatch.setattr(samples, "sample_figure", lambda samples: shown.extend(samples) or draw(samples))
    path = samples.sample_sheet(run, [2.0, 3.5])
    with Image.open(path) as sheet:
        assert path.name == "samples.png" and sheet.width > 600
    assert [sample.pair for sample in shown] == ["2-0", "3.5-0"]
    assert list(shown[0].strips) == ["optimal", "standard", "random", "random_words"]
    with pytest.raises(ValueError, match="level 4 "):
        samples.sample_sheet(run, [4.0])


@pytest.fixture
def drawn_once(monkeypatch):
    """Figures are drawn, but not for every screen."""
    monkeypatch.setattr(report, "show", lambda fig, **_: fig.canvas.draw() or plt.close(fig) or Shown("<figure></figure>"))


def test_half_a_run_says_so(tmp_path, drawn_once):
    settings = Settings(levels=(1.0, 2.0), per_level=1, frames=5, second_net="none")
    run = _run(tmp_path, settings, per_level=1, levels=settings.levels, left=1)
    page = report.write_report(run, resamples=99, repeats=20).read_text("utf-8")
    assert "1 of 2 pairs are still to be done" in page and "one pair: no test" in page


SUBSETS = [names for size in range(1, 6) for names in itertools.combinations((*COUPLINGS, "entropic"), size)]


@pytest.mark.parametrize("couplings", SUBSETS, ids=",".join)
def test_every_choice_of_couplings_gives_a_report_or_a_sentence(couplings, drawn_once):
    table = made_up(2, (1.0, 2.0), couplings=couplings)
    with trying("choices of couplings for a study: a report, or one sentence"):
        if "optimal" in couplings and {"standard", "random"} & set(couplings):
            found = report.find(table, resamples=20, repeats=5)
            assert len(found.primary) == 2 * len({"standard", "random"} & set(couplings)) and len(report._figures(found, []))
        else:
            with pytest.raises(ValueError, match="a report compares optimal with standard or random"):
                report.find(table)


def test_a_report_of_two_couplings(tmp_path, drawn_once):
    settings = Settings(levels=LEVELS, per_level=2, frames=5, couplings=("optimal", "random"), second_net="none")
    page = report.write_report(_run(tmp_path, settings), resamples=20, repeats=5).read_text("utf-8")
    assert "optimal vs random" in page and "optimal vs standard: " not in page


def test_nothing_done_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no pair of the study is done"):
        report.write_report(_run(tmp_path, per_level=1, levels=(1.0,), left=1))
    with pytest.raises(ValueError, match="no study"):
        report.write_report(tmp_path / "elsewhere")


def _concluded(**settings):
    table = made_up(16, **settings)
    jumps = analysis.compare(table, plan.PRIMARY, "largest_jump", (), resamples=99)
    return conclusions(analysis.primary_test(table, resamples=99), analysis.trend(table, resamples=99), jumps)


def test_the_conclusions_follow_the_numbers():
    nothing = _concluded(gain=0.0, spread=0.2)
    assert [c.verdict for c in nothing] == ["not supported"] * 3
    worse = _concluded(gain=lambda level: -level, spread=0.2)
    assert [c.verdict for c in worse] == ["contradicted"] * 3
    better = _concluded(gain=lambda level: 1.0 + level, spread=0.2)
    assert better[0].verdict == "supported" and "10 of 10" in better[0].sentence and better[2].verdict == "supported"


def test_conclusions_of_too_little():
    table = made_up(1, levels=(1.0,))
    assert grows(analysis.trend(table)).verdict == "not tested"
    table["flagged"] = True
    assert smoother(analysis.primary_test(table, resamples=99)).verdict == "not tested"
    assert steadier(analysis.compare(table, measure="largest_jump", by=(), resamples=99)).verdict == "not tested"


@pytest.mark.parametrize("pairs, levels", [(1, (1.0,)), (3, (1.0, 2.0))])
def test_figures_of_little_data(pairs, levels):
    table = made_up(pairs, levels)
    primary, shuffled = analysis.primary_test(table, resamples=99), chance.shuffled_labels(table, 20)
    ratios = analysis.sensitivity({"one": table}, resamples=99)
    walked = pd.DataFrame({"coupling": ["unequal_words"], "mean": [0.2], "low": [0.1], "high": [0.3], "cost": [0.4]})
    for fig in (
        figures.level_figure(table, primary), figures.gain_figure(table), figures.false_positive_figure(shuffled),
        figures.cost_figure(table), figures.ratio_figure(ratios), figures.rivals_figure(walked),
    ):  # fmt: skip
        fig.canvas.draw()
        assert len(in_words(fig)) > 40
        plt.close(fig)


def test_a_study_of_doses_is_told_by_dose(tmp_path, drawn_once, monkeypatch):
    pairs = doses.dosed_pairs({0.5: 4, 5.0: 4})
    rng = np.random.default_rng(0)
    settings = settings_for(
        {"pairs": "doses"}, {"levels": (0.5, 5.0), "per_level": 4, "noises": 1, "frames": 5, "second_net": "none"}
    )
    with Store.begin(tmp_path, settings, pairs) as store:
        store.begin_session({})
        for pair in pairs:
            strips = []
            for coupling, draw in settings.runs:
                size = np.exp(0.1 * int(pair.group["dose"]) * (coupling == "standard") + rng.normal(0, 0.05))
                found = {net: Distances(torch.tensor(rng.uniform(9, 10, 4) * size**2), 9.0) for net in settings.nets}
                ends = (Scene(*pair.group[side].split(",")).labels() for side in ("scene_a", "scene_b"))
                first, last = (Reading(labels, 0.9) for labels in ends)
                read = (first, first, Reading((99, *last.seen[1:]), 0.6), last, last)
                strips.append(StripResult(0, 7, coupling, draw, 3, 1.0, 2.0, False, found, b"", read))
            store.add(PairResult(pair.id, 0.5, tuple(strips)))
        table = store.table()
    assert np.allclose(table["fidelity"], 29 / 30) and np.allclose(table["sureness"], 0.8)
    finds, find = [], report.find
    monkeypatch.setattr(report, "find", lambda strips, **how: finds.append(find(strips, **how)) or finds[-1])
    page = unescape(report.write_report(tmp_path, resamples=99, repeats=5).read_text("utf-8"))
    assert _Page(page).headings[1] == "By dose" and settings.primary in page
    (found,) = finds
    slope, control = found.dosed["questions"]["mean"]
    assert abs(slope - 0.6) < 0.1 and abs(control) < 0.1
    assert found.dosed["full"]["mean"].between(0.4, 0.8).all() and set(found.dosed["doses"]["measure"]) >= {
        "fidelity",
        "relative_jump",
    }
    assert (found.primary["n"] == 4).all(), "the other sections look at full dose alone"
