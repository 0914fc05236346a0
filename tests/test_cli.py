import io
import json
import re
import subprocess
import sys

import pytest
from PIL import Image

from sdinterp import extras
from sdinterp.cli import main
from tests.counts import trying

FAST = ["--frames", "3", "--steps", "2"]
A, B = "a small red boat at sea at noon", "a big yellow tent on the snow at night"


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_path_draws_a_sheet_and_prints_a_table(capsys, tmp_path):
    assert main(["path", A, B, *FAST]) == 0
    printed = capsys.readouterr().out
    for word in ("optimal", "standard", "random", "cost (p=1)", "W2 length", "PPL", "jump"):
        assert word in printed
    with Image.open("path.png") as sheet:
        assert sheet.width > 3 * 64 and sheet.height > 3 * 64
    assert [file.name for file in tmp_path.iterdir()] == ["path.png"]


def test_json_is_for_machines(capsys):
    assert main(["path", A, B, *FAST, "--json", "--couplings", "optimal,random-words", "--seed", "5"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert set(record["measures"]) == {"optimal", "random_words"}
    assert record["settings"]["seed"] == 5 and record["prompts"] == [A, B]
    assert record["measures"]["optimal"]["cost_p1"] <= record["measures"]["random_words"]["cost_p1"]


@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_moving_pictures(suffix, tmp_path):
    assert main(["path", A, B, *FAST, "--out", f"walk.{suffix}"]) == 0
    assert (tmp_path / f"walk.{suffix}").stat().st_size > 2000
    if suffix == "gif":
        with Image.open("walk.gif") as walk:
            assert walk.n_frames == 4  # there and back


def test_a_file_is_overwritten_only_by_force(capsys, tmp_path):
    (tmp_path / "path.png").write_text("mine")
    assert main(["path", A, B, *FAST]) == 2
    assert "--force" in capsys.readouterr().err and (tmp_path / "path.png").read_text() == "mine"
    assert main(["path", A, B, *FAST, "--force"]) == 0


@pytest.mark.filterwarnings("default")
def test_unknown_words_are_warned_of(capsys):
    assert main(["path", "a red zebra", B, *FAST]) == 0
    assert "'zebra'" in capsys.readouterr().err


def test_the_doctor_finds_an_installation_in_order(capsys):
    """The golden strip: the same numbers on every machine and version, to rounding."""
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert "as in the model card" in printed and "the same, to" in printed
    for name in ("Python", "torch", "diffusers", "transformers", "POT", "device"):
        assert re.search(rf"^{name} +\S", printed, flags=re.M)


@pytest.mark.parametrize(
    ("ill", "said"),
    [
        ({"models.fingerprint": lambda folder: "0" * 64}, "those of the model card"),
        ({"doctor.known_strip": lambda: {"costs": [1.0] * 6}}, "the costs of the known strip are off by"),
        ({"doctor.known_strip": lambda: {"colours": [float("nan")] * 27}}, "the colours of the known strip are off by nan"),
    ],
)
def test_the_doctor_says_what_is_wrong(ill, said, capsys, monkeypatch):
    for name, value in ill.items():
        monkeypatch.setattr(f"sdinterp.{name}", value)
    assert main(["doctor"]) == 2
    assert said in capsys.readouterr().err


def test_the_installed_command_explains_itself():
    shown = subprocess.run([sys.executable, "-m", "sdinterp", "path", "--help"], capture_output=True, text=True, check=True).stdout
    for option in ("--couplings", "--frames", "--seed", "--steps", "--guidance", "--model", "--out", "--json", "--force"):
        assert option in shown
    for option in ("--negative", "--width", "--height", "--device", "--dtype", "--batch-size", "--frames-dir"):
        assert option in shown


def test_a_walk_past_three_prompts_away_from_a_fourth_in_oblong_pictures(capsys, tmp_path):
    options = ["--negative", "a cat", "--width", "96", "--height", "64", "--couplings", "optimal,random", "--json"]
    assert (
        main(["path", A, B, "a tree", *FAST, *options, "--frames-dir", "frames", "--dtype", "bfloat16", "--batch-size", "3"]) == 0
    )
    record = json.loads(capsys.readouterr().out)
    assert record["prompts"] == [A, B, "a tree"]
    assert {name: record["settings"][name] for name in ("negative_prompt", "width", "height")} == {
        "negative_prompt": "a cat", "width": 96, "height": 64,
    }  # fmt: skip
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png"))
    assert written == [*(f"frames/{name}/{k:03}.png" for name in ("optimal", "random") for k in range(5)), "path.png"]
    with Image.open("frames/random/004.png") as frame:
        assert frame.size == (96, 64)
    assert main(["path", A, B, *FAST, "--out", "other.png", "--frames-dir", "frames"]) == 2
    assert "'frames' exists" in capsys.readouterr().err and not (tmp_path / "other.png").exists()


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_console_that_lacks_letters_fails_nothing(encoding, tmp_path, monkeypatch):
    with trying("consoles that lack letters of a prompt or a file: all is written, and exit code 0"):
        said = {name: io.TextIOWrapper(io.BytesIO(), encoding) for name in ("stdout", "stderr")}
        for name, console in said.items():
            monkeypatch.setattr(sys, name, console)
        out, error = ((lambda console=console: console.flush() or console.buffer.getvalue()) for console in said.values())
        command = ["path", "a red 船", "a blue tent", *FAST, "--couplings", "optimal", "--out", "船.png"]
        assert main(command) == 0
        assert rb"\u8239.png: 1 strips" in out() and rb"'\u8239'" in error()
        assert [path.name for path in tmp_path.iterdir()] == ["船.png"]
        assert main(command) == 2
        assert rb"'\u8239.png' exists" in error()


def test_a_file_may_be_at_home(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["path", A, B, *FAST, "--out=~/a.png", "--frames-dir=~/frames", "--couplings", "optimal"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "frames"}


def test_what_is_missing_is_said_before_anything_is_computed(monkeypatch, capsys, tmp_path):
    find_spec = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "statsmodels" else find_spec(name))
    monkeypatch.setattr("sdinterp.study.run.run_study", lambda *_, **__: pytest.fail("something was computed"))
    assert main(["study", "run", "--out", "run"]) == 2
    assert capsys.readouterr().err == "sdinterp: this needs statsmodels: pip install 'sdinterp-book[study]'\n"
