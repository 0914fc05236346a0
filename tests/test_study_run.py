"""A study can be killed anywhere, resumed, and computed by whomever: its table is the same."""

import io
import json
import multiprocessing
import os
import platform
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import fields, replace
from pathlib import PurePosixPath, PureWindowsPath

import pandas as pd
import pytest
import torch
from PIL import Image

from sdinterp import interpolate_prompts
from sdinterp.cli import main
from sdinterp.defaults import STEPS
from sdinterp.diffusion import DiffusionModel, default_batch, latent_size
from sdinterp.doctor import versions
from sdinterp.models import POSTCARDS, fingerprint
from sdinterp.study import compute, renderers
from sdinterp.study.compute import Job, run_local, run_ray
from sdinterp.study.database import address
from sdinterp.study.doses import DOSES, dosed_pairs
from sdinterp.study.pairs import Pair
from sdinterp.study.renderers import placed
from sdinterp.study.report import write_report
from sdinterp.study.run import run_study
from sdinterp.study.settings import Settings
from sdinterp.study.store import Distances, PairResult, Store, StripResult
from sdinterp.study.together import _thumbnail, compute_pairs
from tests.counts import SURVIVED, TRIED
from tests.fakes import SETTINGS, FakeRenderer, MakeFake, run_crew, run_fake, run_real

COLUMNS = [
    "pair", "level", "order", "sampling", "prompt_a", "prompt_b", "shared", "noise_seed", "coupling", "draw", "cost_p1", "cost_p2",
    "w2_length", "ppl", "length", "largest_jump", "straightness", "ends", "fidelity", "sureness", "flagged", "seconds",
]  # fmt: skip

KILLS = "studies killed at random moments (SIGKILL) and resumed: nothing lost, doubled or computed again"

SHORT = replace(SETTINGS, levels=(0.5, 5.0), frames=3, random_draws=1, noises=1)
"""Eight pairs, quickly."""


def table(folder):
    with Store(folder) as store:
        return store.table()


def assert_same(a, b):
    """Two tables are equal to the last bit, but for the time that they took."""
    pd.testing.assert_frame_equal(a.drop(columns="seconds"), b.drop(columns="seconds"), check_exact=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "undisturbed"
    run_fake(folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed_short(tmp_path_factory):
    return run_fake(tmp_path_factory.mktemp("study") / "short", SHORT)


@pytest.fixture
def quick(processes, monkeypatch):
    """Workers that start at once."""
    monkeypatch.setattr(compute, "START", "forkserver")


class TestTable:
    def test_one_row_for_each_pair_noise_coupling_and_draw_in_the_order_of_the_settings(self, undisturbed):
        found = table(undisturbed)
        assert list(found.columns) == COLUMNS and len(found) == 12 * 2 * 6
        keys = found[["pair", "noise_seed", "coupling", "draw"]]
        assert not keys.duplicated().any()
        assert list(found.coupling[:6]) == ["optimal", "standard", "random", "random", "random_words", "random_words"]
        assert list(found.level.unique()) == [0.5, 2.5, 5.0] and found.flagged.dtype == bool
        assert found.groupby(["level", "order"]).pair.nunique().eq(2).all()

    def test_seeds_are_the_pairs_own(self, undisturbed):
        found = table(undisturbed)
        assert found.noise_seed.nunique() == 24
        draws = found[found.coupling == "random"].groupby("pair").cost_p2.nunique()
        assert (draws == 4).all(), "every noise of a pair has draws of a random coupling of its own"

    def test_rows_are_what_the_main_call_finds(self, undisturbed):
        """The study and `interpolate_prompts` are one computation."""
        row = table(undisturbed).iloc[1]
        strip = interpolate_prompts(
            row.prompt_a, row.prompt_b, ["standard"], 4, model=FakeRenderer(), seed=int(row.noise_seed), steps=1, net="postcards"
        )["standard"]
        for ours, theirs in {
            "ppl": "perceptual_path_length", "length": "perceptual_length", "largest_jump": "largest_jump",
            "straightness": "straightness", "cost_p1": "cost_p1", "w2_length": "w2_length",
        }.items():  # fmt: skip
            assert row[ours] == pytest.approx(strip.measures[theirs], rel=1e-4), ours
        assert row.ends == pytest.approx(strip.ends, rel=1e-4)

    def test_strips_of_a_pair_share_their_ends_and_the_optimal_is_cheapest(self, undisturbed):
        found = table(undisturbed)
        assert (found.groupby(["pair", "noise_seed"]).ends.nunique() == 1).all()
        cheapest = found.groupby("pair").cost_p2.transform("min")
        optimal = found.coupling == "optimal"
        assert (found.cost_p2[optimal] <= cheapest[optimal] + 1e-12).all()

    def test_a_second_net_has_its_own_columns(self, tmp_path):
        settings = replace(SHORT, per_level=1, levels=(5.0,), second_net="efficientnet-lite0", couplings=("optimal",))
        found = table(run_fake(tmp_path / "run", settings))
        assert [name for name in found if name.endswith("_2")] == [
            "ppl_2", "length_2", "largest_jump_2", "straightness_2", "ends_2",
        ]  # fmt: skip
        assert list(found.columns[:18]) == COLUMNS[:18] and list(found.columns[-2:]) == COLUMNS[-2:]
        assert found.ppl[0] != found.ppl_2[0]

    def test_steps_add_up_to_the_measures(self, undisturbed):
        with Store(undisturbed) as store:
            steps = store.steps()
        keys = ["pair", "noise_seed", "coupling", "draw"]
        sums = steps.groupby(keys).distance.agg(["sum", "count"]).reset_index()
        both = table(undisturbed).merge(sums, on=keys)
        assert (both["count"] == 3).all() and (both.ppl - both["sum"]).abs().max() < 1e-9

    def test_thumbnails_hold_every_frame(self, undisturbed):
        with Store(undisturbed) as store:
            found = store.thumbnails("5-fixed-000")
        assert len(found) == 12
        for data in found.values():
            with Image.open(io.BytesIO(data)) as strip:
                assert strip.size == (4 * 64, 64)

    @pytest.mark.parametrize("size", [(32, 32), (32, 96)])
    def test_the_thumbnail_of_a_long_strip_goes_on_in_the_next_row(self, size):
        frames = torch.linspace(-1, 1, 600)[:, None, None, None].expand(-1, 3, *size)
        with Image.open(io.BytesIO(_thumbnail(frames))) as strip:
            assert strip.width <= 4096 and strip.width * strip.height >= 600 * 64 * 64 * size[1] / size[0]
            assert strip.convert("L").getpixel((5, 5)) < 8 and strip.convert("L").getpixel((strip.width - 5, 5)) > 8

    def test_the_record_says_under_which_circumstances(self, undisturbed):
        with Store(undisturbed) as store:
            (session,) = store.sessions
            assert session["until"] >= session["began"]
            assert {"versions", "commit", "machine", "engine", "workers", "device"} <= set(session)
            assert session["versions"] == {"python": platform.python_version(), **versions()}
            assert session["versions"]["torch"].partition("+")[0] == torch.__version__.partition("+")[0]
            assert store.settings.net_versions[0].startswith("sha256:")


class TestFrames:
    def test_black_strips_are_flagged(self, tmp_path):
        settings = replace(SHORT, couplings=("optimal", "standard"))
        word = run_and_find_word(tmp_path / "plain", settings)
        found = table(run_fake(tmp_path / "run", settings, black=word))
        dark = found.prompt_a.str.contains(word) | found.prompt_b.str.contains(word)
        assert dark.any() and not dark.all() and (found.flagged == dark).all()

    def test_pictures_that_are_none_are_flagged_too(self, tmp_path):
        class Broken(FakeRenderer):
            def render(self, embeddings, *rest, **options):
                return super().render(embeddings, *rest, **options) * torch.nan

        run_study(replace(SHORT, per_level=1), tmp_path / "run", make_renderer=lambda settings, device: Broken())
        assert table(tmp_path / "run").flagged.all()

    def test_the_command_says_that_the_model_gave_nothing(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(DiffusionModel, "_decode", lambda model, latents: torch.full((len(latents), 3, 64, 64), torch.nan))
        assert main(["study", "run", "--out", str(tmp_path / "run"), *TestCommand.FAST]) == 0
        assert "all have frames that are black or hold no numbers, in float32: try --dtype float32" in capsys.readouterr().out

    def test_kept_frames_are_png_files(self, tmp_path):
        settings = replace(SHORT, per_level=1, levels=(5.0,))
        run_fake(tmp_path / "run", settings, keep_frames=True)
        files = sorted(path.relative_to(tmp_path / "run").as_posix() for path in tmp_path.rglob("*.png"))
        assert len(files) == 4 * 3 and files[0] == "frames/5-fixed-000/optimal-0-noise0/000.png"
        with Image.open(tmp_path / "run" / files[0]) as first, Image.open(tmp_path / "run" / files[3]) as same:
            assert first.size == (32, 32) and first.tobytes() == same.tobytes()
        assert not list(tmp_path.rglob("*.part"))


def run_and_find_word(folder, settings):
    """A word that some pairs hold and others do not."""
    found = table(run_fake(folder, settings))
    prompts = (found.prompt_a + " " + found.prompt_b).unique()
    words = sorted({word for prompt in prompts for word in prompt.split() if len(word) > 4})
    return next(word for word in words if 0 < sum(word in prompt for prompt in prompts) < len(prompts))


class TestStore:
    def test_a_pair_is_in_it_wholly_or_not_at_all(self, tmp_path):
        strip = StripResult(0, 1, "optimal", 0, 2, 1.0, 1.0, False, {"postcards": Distances(torch.ones(2), 1.0)}, b"")
        with Store.begin(tmp_path, SHORT, [Pair("a", "x", "y", 1.0), Pair("b", "x", "y", 1.0)]) as store:
            with pytest.raises(Exception, match="UNIQUE"):
                store.add(PairResult("a", 1.0, (strip, strip)))
            assert store.done == set() and store.table().empty
            store.add(PairResult("a", 1.0, (strip,)))
            for again in ("a", "c"):
                with pytest.raises(ValueError, match="still to be done"):
                    store.add(PairResult(again, 1.0, (strip,)))
            assert store.done == {"a"} and len(store.table()) == 1

    def test_settings_and_pairs_come_back(self, undisturbed):
        with Store(undisturbed) as store:
            assert store.settings.difference(SETTINGS).keys() == {"net_versions"}
            assert len(store.pairs) == 12 and store.pairs[0].group["order"] == "fixed"

    def test_what_is_no_study_is_said_so(self, tmp_path):
        with pytest.raises(ValueError, match="there is no study in"):
            Store(tmp_path)
        (tmp_path / "results.sqlite").write_text("something else, long enough to be no database" * 20)
        with pytest.raises(ValueError, match="cannot be read as a study"):
            Store(tmp_path)


class TestRefusals:
    def test_a_folder_that_holds_a_study_needs_resume(self, undisturbed):
        with pytest.raises(ValueError, match="--resume"):
            run_fake(undisturbed)

    def test_a_folder_that_holds_something_else(self, tmp_path):
        (tmp_path / "thesis.tex").write_text("mine")
        with pytest.raises(ValueError, match="exists and holds no study"):
            run_fake(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]

    def test_other_settings_are_named(self, undisturbed):
        before = table(undisturbed)
        with pytest.raises(ValueError, match=r"other settings \(frames 4 → 5, seed 3 → 4\)"):
            run_fake(undisturbed, replace(SETTINGS, frames=5, seed=4), resume=True)
        assert_same(table(undisturbed), before)

    def test_nothing_to_resume(self, tmp_path):
        with pytest.raises(ValueError, match="there is no study"):
            run_fake(tmp_path / "none", None, resume=True)
        assert not (tmp_path / "none").exists()

    def test_a_second_process_is_refused_until_the_first_is_dead(self, tmp_path, processes, undisturbed_short):
        folder = tmp_path / "run"
        first = processes(target=run_fake, args=(folder, SHORT), kwargs={"pause": 0.5})
        first.start()
        wait_for(lambda: folder.exists() and Store.exists(folder))
        with pytest.raises(ValueError, match="another process is writing"):
            run_fake(folder, SHORT, resume=True)
        first.kill()
        first.join()
        assert_same(table(run_fake(folder, SHORT, resume=True)), table(undisturbed_short))

    @pytest.mark.parametrize("workers", [1, 2])
    def test_a_study_that_cannot_begin_leaves_nothing(self, tmp_path, quick, workers):
        with pytest.raises(ValueError, match="no such model"):
            run_study(SHORT, tmp_path / "run", make_renderer=MakeNothing(), workers=workers)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("plan", [{"primary": "a paired t-test"}, {"alphas": [0.001]}])
    def test_a_stored_plan_that_the_analysis_does_not_carry_out(self, tmp_path, plan):
        Store.begin(tmp_path, SHORT, [Pair("a", "x", "y", 0.5)]).close()
        with sqlite3.connect(tmp_path / "results.sqlite") as db:
            db.execute("UPDATE study SET settings = ?", (json.dumps(json.loads(SHORT.to_json()) | plan),))
        for use in (lambda: run_fake(tmp_path, None, resume=True), lambda: write_report(tmp_path)):
            with pytest.raises(ValueError, match="the analysis carries out"):
                use()


class MakeNothing:
    """Fails, in whichever process."""

    def __call__(self, settings, device):
        raise ValueError("no such model")


def wait_for(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


class TestKills:
    def test_killed_at_fifty_random_moments_and_resumed_it_ends_in_the_same_table(self, tmp_path, processes, undisturbed_short):
        """Nothing is lost, doubled or computed again: a journal tells which pair each process began."""
        truth, rng, kills, midway, folder = table(undisturbed_short), random.Random(0), 0, 0, tmp_path / "0"
        journal = tmp_path / "journal"
        journal.touch()
        while kills < 50:
            known = done(folder)
            read = len(journal.read_text().splitlines())
            process = processes(
                target=run_fake, args=(folder, SHORT), kwargs={"resume": True, "pause": 0.01, "journal": str(journal)}
            )
            process.start()
            until = read + rng.randint(0, min(3, 8 - len(known)))  # pairs that are begun by then, however fast the machine is
            while process.is_alive() and len(journal.read_text().splitlines()) < until:
                time.sleep(0.01)
            process.join(rng.uniform(0, 0.1))
            process.kill()
            process.join()
            assert process.exitcode in (0, -signal.SIGKILL)
            kills += process.exitcode != 0
            TRIED[KILLS] += process.exitcode != 0
            now = done(folder)
            midway += 0 < len(now) < 8
            assert known <= now, "a pair was lost"
            begun = journal.read_text().splitlines()[read:]
            assert len(set(begun)) == len(begun) and not {truth_of(truth, pair) for pair in known} & set(begun), "computed again"
            if now:
                found = table(folder)
                assert_same(found, truth[truth.pair.isin(now)].reset_index(drop=True))
            SURVIVED[KILLS] += process.exitcode != 0
            if len(now) == 8:
                folder = tmp_path / str(kills)
        assert midway >= 12, f"only {midway} kills met a half-done study"
        assert_same(table(run_fake(folder, SHORT, resume=True)), truth)

    def test_killed_with_the_bundled_model(self, tmp_path, processes):
        settings = Settings(levels=(0.5, 5.0), per_level=1, frames=3, steps=2, couplings=("optimal", "random"))
        process = processes(target=run_real, args=(tmp_path / "whole", settings))
        process.start()
        wait_for(lambda: done(tmp_path / "whole"))
        first = time.monotonic()
        process.join(60)
        lasts = max(time.monotonic() - first, 0.1)
        truth = table(tmp_path / "whole")
        assert len(truth) == 4 and truth.ppl.gt(0).all() and truth.ppl_2.gt(0).all()
        for kill, after in enumerate((0.2, 0.5, 0.8)):
            folder = tmp_path / str(kill)
            process = processes(target=run_real, args=(folder, settings))
            process.start()
            wait_for(lambda folder=folder: done(folder))
            time.sleep(after * lasts)
            process.kill()
            process.join()
            known = done(folder)
            run_real(folder, settings)
            with Store(folder) as store:
                assert len(store.sessions) == 1 + (len(known) < 2)
            assert_same(table(folder), truth)

    @pytest.mark.parametrize("workers", [1, 2])
    def test_an_interrupt_keeps_what_is_done_and_leaves_no_process(self, tmp_path, undisturbed_short, quick, workers):
        def interrupt(count, total):
            if count == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run_fake(tmp_path / "run", SHORT, workers=workers, progress=interrupt)
        assert len(done(tmp_path / "run")) == 3 and not multiprocessing.active_children()
        assert_same(table(run_fake(tmp_path / "run", SHORT, resume=True)), table(undisturbed_short))

    def test_workers_end_with_their_parent(self, tmp_path, processes, undisturbed_short):
        folder, pids = tmp_path / "run", tmp_path / "pids"
        parent = processes(target=run_crew, args=(folder, SHORT), kwargs={"pause": 60, "pids": str(pids)})
        parent.start()
        wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        parent.kill()
        parent.join()
        wait_for(lambda: not any(map(alive, pids.read_text().split())))
        assert_same(table(run_fake(folder, SHORT, resume=True)), table(undisturbed_short))

    def test_a_study_that_is_done_is_left_alone(self, undisturbed):
        before = (undisturbed / "results.sqlite").read_bytes()
        run_fake(undisturbed, resume=True)
        assert (undisturbed / "results.sqlite").read_bytes() == before


def alive(pid):
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PureWindowsPath(r"\\nas\lab\a run\x.sqlite"), "file:////nas/lab/a%20run/x.sqlite"),
        (PureWindowsPath(r"C:\runs\x.sqlite"), "file:///C:/runs/x.sqlite"),
        (PurePosixPath("/runs/50%?/x.sqlite"), "file:///runs/50%25%3F/x.sqlite"),
    ],
)
def test_a_store_has_an_address_that_sqlite_reads(path, uri):
    """SQLite refuses an address that names another computer than this one."""
    assert address(path) == uri


def done(folder):
    if not Store.exists(folder):
        return set()
    with Store(folder) as store:
        return store.done


def truth_of(truth, pair):
    """A pair as the journal writes it."""
    row = truth[truth.pair == pair].iloc[0]
    return f"{row.prompt_a}|{row.prompt_b}"


class TestEngines:
    def test_two_workers_one_of_them_killed_end_in_the_same_table(self, tmp_path, undisturbed_short):
        deadly = tmp_path / "deadly"
        deadly.touch()
        found = run_fake(tmp_path / "run", SHORT, workers=2, deadly=str(deadly))
        assert not deadly.exists() and not multiprocessing.active_children()
        assert_same(table(found), table(undisturbed_short))

    def test_a_script_without_the_guard_is_told_of_it_at_once(self, tmp_path):
        script = tmp_path / "mine.py"
        script.write_text("from tests.fakes import SETTINGS, run_fake\nrun_fake('run', SETTINGS, workers=2)\n")
        here = {**os.environ, "PYTHONPATH": os.getcwd()}
        said = subprocess.run([sys.executable, script], cwd=tmp_path, env=here, capture_output=True, text=True).stderr
        assert said.splitlines()[-1].startswith("ChildProcessError: no worker could begin; a script that runs")
        assert 'if __name__ == "__main__":' in said.splitlines()[-1] and "memory" not in said
        assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]

    def test_a_pair_that_ends_every_worker_ends_the_study(self, tmp_path, quick):
        settings = replace(SHORT, levels=(0.5,), per_level=1)
        with pytest.raises(ChildProcessError, match=r"'0\.5-fixed-000' has ended 3 workers"):
            run_study(settings, tmp_path / "run", make_renderer=MakeSuicide(), workers=2)
        assert list(tmp_path.iterdir()) == [] and not multiprocessing.active_children()

    def test_workers_that_end_in_the_middle_of_an_answer_keep_nobody_waiting(self, tmp_path, quick):
        pairs, deadly = [Pair(f"{k}", "a", "b", 1.0) for k in range(6)], tmp_path / "deadly"
        deadly.touch()
        job = Job(SHORT, MakeFake(), AnswersAtLength(deadly))
        assert sorted(result.pair for result in run_local(job, pairs, 2)) == [pair.id for pair in pairs] and not deadly.exists()
        for _ in range(3):
            with closing(run_local(job, pairs, 2)) as results:
                next(results)  # the other worker has begun to answer, too
            assert not multiprocessing.active_children()

    def test_ray_with_two_workers_one_of_them_killed_ends_in_the_same_table(self, tmp_path, undisturbed_short, monkeypatch):
        ray = pytest.importorskip("ray")
        monkeypatch.setenv("PYTHONPATH", os.getcwd())  # for the workers that the cluster begins with
        ray.init(num_cpus=2, num_gpus=2, include_dashboard=False, log_to_driver=False)
        try:
            deadly = tmp_path / "deadly"
            deadly.touch()
            assert compute.cluster_gpus() == 2, "the cluster's, whatever this machine has"
            found = run_fake(tmp_path / "run", SHORT, workers=2, engine="ray", device="cuda", deadly=str(deadly))
            assert not deadly.exists()
            assert_same(table(found), table(undisturbed_short))
        finally:
            ray.shutdown()

    @pytest.mark.parametrize(("gpus", "device", "dtype"), [(2, "cuda", "float16"), (0, "cpu", "float32")])
    def test_where_the_workers_are_decides_for_a_large_model(self, monkeypatch, gpus, device, dtype):
        monkeypatch.setattr("sdinterp.models.SMALL", 0)
        settings, place, fitting = placed(Settings(), None, gpus)
        assert (place, settings.dtype, fitting) == (device, dtype, 512 if gpus else None)
        assert settings.weights == fingerprint(POSTCARDS)

    def test_without_ray_its_engine_says_so(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "ray", None)
        with (
            pytest.raises(ValueError, match="needs ray"),
            closing(run_ray(Job(SHORT, MakeFake(), compute_pairs), [], 1)) as results,
        ):
            next(results)

    @pytest.mark.parametrize(("bad", "message"), [({"workers": 0}, "at least 1"), ({"engine": "slurm"}, "'local' or 'ray'")])
    def test_bad_calls(self, tmp_path, bad, message):
        with pytest.raises(ValueError, match=message):
            run_fake(tmp_path / "run", SHORT, **bad)


class AnswersAtLength:
    """Gives more than a pipe holds; the process that finds a file removes it and is killed while it answers."""

    def __init__(self, deadly):
        self.deadly = deadly

    def __call__(self, renderer, pairs, job):
        with suppress(FileNotFoundError):
            self.deadly.unlink()
            threading.Timer(0.03, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return [PairResult(pair.id, 1.0, (b"x" * (64 << 20),)) for pair in pairs]


class Hand:
    """A worker that computes at once and is on nobody's machine; it dies of a pair whose id is `deadly`."""

    class Died(Exception):
        pass

    begun, deadly = True, ""

    def __init__(self, job, log):
        self.job, self.log = job, log

    def give(self, pairs):
        self.log.append((self.job and self.job.device, [pair.id for pair in pairs]))
        answer = Future()
        if self.deadly in (pair.id for pair in pairs):
            answer.set_exception(self.Died())
        else:
            answer.set_result([PairResult(pair.id, 1.0, ()) for pair in pairs])
        return answer

    def end(self):
        pass


class TestTogether:
    """Several pairs in one list of pictures."""

    PAIRS = [Pair(f"{k}", f"a red boat {k}", f"a tent {k}", 1.0) for k in range(9)]

    def test_the_table_is_the_same_to_rounding(self, tmp_path, undisturbed, undisturbed_short):
        for whole, settings, size in ((undisturbed_short, SHORT, 13), (undisturbed_short, SHORT, 100), (undisturbed, SETTINGS, 40)):
            found = run_fake(tmp_path / f"{settings.noises} {size}", settings, batch_size=size)
            how = {"check_exact": False, "rtol": 1e-4, "atol": 1e-6}
            pd.testing.assert_frame_equal(table(found).drop(columns="seconds"), table(whole).drop(columns="seconds"), **how)

    def test_and_with_the_bundled_model(self, model):
        settings = Settings(couplings=("optimal", "random"), frames=3, steps=2, noises=2)
        pairs = dosed_pairs({1.0: 1, 4.0: 1}, DOSES[-1:])
        job = Job(settings, MakeFake(), compute_pairs)
        alone = [result for pair in pairs for result in compute_pairs(model, [pair], job)]
        together = compute_pairs(model, pairs, replace(job, batch_size=4 * len(pairs) * 2))
        assert [result.pair for result in together] == [pair.id for pair in pairs]
        for ours, theirs in zip(together, alone, strict=True):
            for a, b in zip(ours.strips, theirs.strips, strict=True):
                assert (a.noise_seed, a.coupling, a.draw, a.coupling_seed) == (b.noise_seed, b.coupling, b.draw, b.coupling_seed)
                assert (a.cost_p1, a.cost_p2) == (b.cost_p1, b.cost_p2)
                assert len(a.readings) == 3 and [one.sure for one in a.readings] == pytest.approx(
                    [one.sure for one in b.readings], abs=0.02
                )
                for net in settings.nets:
                    torch.testing.assert_close(
                        a.distances[net].squared_distances, b.distances[net].squared_distances, atol=1e-2, rtol=1e-2
                    )
                    assert a.distances[net].ends == pytest.approx(b.distances[net].ends, rel=1e-2)

    def test_no_more_pictures_at_a_time_than_were_stated(self, tmp_path):
        class Counting(FakeRenderer):
            def render(self, embeddings, *rest, **options):
                counts.append(len(embeddings))
                return super().render(embeddings, *rest, **options)

        counts = []
        for size, most in ((None, 6), (5, 6), (13, 12), (48, 48)):
            counts.clear()
            make = lambda settings, device: Counting()  # noqa: E731
            run_study(SHORT, tmp_path / str(size), make_renderer=make, batch_size=size)
            assert max(counts) <= most and sum(counts) <= 8 * 6
        assert len(counts) == 1

    def test_a_kill_loses_what_was_being_computed_and_nothing_else(self, tmp_path, processes, undisturbed_short):
        folder = tmp_path / "run"
        process = processes(target=run_fake, args=(folder, SHORT), kwargs={"pause": 0.3, "batch_size": 13})
        process.start()
        wait_for(lambda: done(folder))
        process.kill()
        process.join()
        known = done(folder)
        before = table(folder)
        assert 0 < len(known) < 8
        found = table(run_fake(folder, SHORT, resume=True, batch_size=13))
        assert_same(found[found.pair.isin(known)].reset_index(drop=True), before)
        assert list(found.pair) == list(table(undisturbed_short).pair)

    def test_every_worker_gets_a_device_of_its_own_and_its_share(self, monkeypatch):
        log = []
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
        monkeypatch.setattr(compute, "_Process", lambda job: Hand(job, log))
        job = Job(SHORT, MakeFake(), compute_pairs, device="cuda", batch_size=12)
        assert sorted(result.pair for result in run_local(job, self.PAIRS, 3)) == [pair.id for pair in self.PAIRS]
        assert [device for device, _ in log[:3]] == ["cuda:0", "cuda:1", "cuda:0"]
        assert [ids for _, ids in log] == [["0", "1"], ["2", "3"], ["4", "5"], ["6", "7"], ["8"]]
        shares = replace(job, batch_size=1000).dealt(self.PAIRS, 4)
        assert [len(share) for share in shares] == [3, 3, 3], "all at once would leave workers without any"

    def test_a_pair_that_ends_its_workers_is_found_among_those_it_was_with(self, monkeypatch):
        log = []
        monkeypatch.setattr(Hand, "deadly", "1")
        results = compute._share([self.PAIRS[:3], self.PAIRS[3:4]], 1, lambda _: Hand(None, log), Hand.Died)
        with pytest.raises(ChildProcessError, match="'1' has ended 3 workers"):
            done = [next(results).pair]
            done += [result.pair for result in results]
        assert done == ["0"] and [ids for _, ids in log] == [["0", "1", "2"], ["0"], ["1"], ["1"]]

    def test_on_a_gpu_a_small_model_takes_many_pictures_at_a_time(self, tmp_path, monkeypatch):
        monkeypatch.setattr("sdinterp.models.find_device", lambda *_: torch.device("cuda:0"))
        monkeypatch.setattr(renderers, "load_renderer", MakeFake())
        settings = replace(SHORT, model="postcards", second_net="none")
        with Store(run_study(settings, tmp_path / "run")) as store:
            assert store.sessions[0]["batch_size"] == 512
        assert latent_size(POSTCARDS) == (16, 16)
        assert [default_batch((64, 64), torch.device(kind)) for kind in ("cpu", "cuda")] == [8, 8]


class MakeSuicide:
    """Ends its process."""

    def __call__(self, settings, device):
        os.kill(os.getpid(), signal.SIGKILL)


class TestCommand:
    FAST = ["--per-level", "1", "--levels", "5", "--frames", "3", "--steps", "1", "--couplings", "optimal,clip"]

    def test_a_run_its_refusals_and_its_resumption(self, tmp_path, capsys):
        out = ["--out", str(tmp_path / "run")]
        assert main(["study", "run", *out, *self.FAST]) == 0
        assert re.search(r"run: 1 pairs, 2 strips in \d+ s", capsys.readouterr().out)
        assert main(["study", "run", *out, *self.FAST]) == 2
        assert "--resume" in capsys.readouterr().err
        assert main(["study", "run", *out, "--resume", "--frames", "4"]) == 2
        assert "frames 3 → 4" in capsys.readouterr().err
        assert main(["study", "run", *out, "--resume"]) == 0
        assert main(["study", "run", *out, "--resume", "--pairs", "postcards", *self.FAST]) == 0
        with Store(tmp_path / "run") as store:
            assert len(store.sessions) == 1 and store.settings.couplings == ("optimal", "standard")
            assert store.settings.weights == fingerprint(POSTCARDS) and store.settings.dtype == "float32"

    def test_every_setting_is_an_option_with_its_own_default(self, capsys):
        with pytest.raises(SystemExit):
            main(["study", "run", "--help"])
        said = " ".join(capsys.readouterr().out.split())
        for name in {one.name for one in fields(Settings)} - {"source", "weights", "net_versions", "primary", "alphas"}:
            assert f" --{name.replace('_', '-')} " in said
        assert (
            f"of the sampler (default: the model's; {STEPS} for Postcards" in said
            and "of similarity (default: 0.5,1 ... 5; csv: all)" in said
        )

    def test_paths_may_begin_at_home(self, tmp_path, monkeypatch, capsys):
        """As in --out=~/run, where a shell leaves the ~ as it is."""
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / "mine.csv").write_text("prompt_a,prompt_b,level\na red boat,a blue boat,5\n")
        shutil.copytree(POSTCARDS, tmp_path / "model")
        options = ["--pairs", "csv:~/mine.csv", "--model=~/model", "--net", "postcards", "--frames", "2", "--steps", "1"]
        assert main(["study", "run", "--out=~/run", *options]) == 0
        assert main(["study", "sample", "~/run", "--levels", "5"]) == 0 and (tmp_path / "run" / "samples.png").is_file()
        with Store("~/run") as store:
            assert len(store.done) == 1

    @pytest.mark.filterwarnings("default")
    def test_couplings_that_give_no_report_are_warned_of_before_anything_is_computed(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setattr("sdinterp.study.run.run_study", lambda *_, **__: sys.stderr.write("computed"))
        main(["study", "run", "--out", str(tmp_path / "run"), "--couplings", "standard,random"])
        said = capsys.readouterr().err
        assert "these strips will give no report: it compares optimal with standard or random" in said.partition("computed")[0]

    def test_pairs_from_a_csv_file(self, tmp_path, capsys):
        mine = tmp_path / "mine.csv"
        mine.write_text("prompt_a,prompt_b,level\na red boat,a blue boat,2\na red boat,a green tent,1\n")
        options = ["--pairs", f"csv:{mine}", "--frames", "2", "--steps", "1", "--out", str(tmp_path / "run")]
        assert main(["study", "run", *options]) == 0
        with Store(tmp_path / "run") as store:
            assert store.settings.source["file"] == "mine.csv" and store.settings.levels == (1, 2)
            assert store.settings.per_level is None and list(store.table().level.unique()) == [1, 2]
        mine.write_text("prompt_a,prompt_b,level\na red boat,a blue tent,2\n")
        capsys.readouterr()
        assert main(["study", "run", *options, "--resume"]) == 2
        assert "other settings (source" in capsys.readouterr().err

    def test_pairs_from_crisscrossed_captions(self, tmp_path, capsys):
        (tmp_path / "scores.csv").write_text(
            "caption1,caption2,agg_score,sampling_method\nCOCO_val2014:sentid:1,COCO_val2014:sentid:2,5.0,c2c_isim\n"
        )
        (tmp_path / "captions.json").write_text('{"annotations": [{"id": 1, "caption": "a tent"}, {"id": 2, "caption": "a car"}]}')
        files = ["--cxc-scores", str(tmp_path / "scores.csv"), "--coco-captions", str(tmp_path / "captions.json")]
        assert main(["study", "run", "--pairs", "cxc", *files, *self.FAST, "--out", str(tmp_path / "run")]) == 0
        with Store(tmp_path / "run") as store:
            assert set(store.settings.source["files"]) == {"scores.csv", "captions.json"}
            assert set(store.table().sampling) == {"c2c_isim"}

    def test_an_interrupt_is_exit_code_130(self, tmp_path, capsys, monkeypatch):
        def interrupted(*_, progress, **__):
            progress(3, 10)
            raise KeyboardInterrupt

        monkeypatch.setattr("sdinterp.study.run.run_study", interrupted)
        assert main(["study", "run", "--out", str(tmp_path / "run")]) == 130
        assert "3 of 10 pairs are kept; --resume goes on" in capsys.readouterr().err
