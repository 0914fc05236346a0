import json
import re
import subprocess
import sys

import pytest
from PIL import Image

from sdinterp.cli import main

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
