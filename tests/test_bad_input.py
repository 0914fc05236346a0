"""What cannot be done is one sentence and exit code 2, and leaves every file as it was."""

import shlex
import shutil
import sqlite3
from contextlib import closing

import jaxtyping
import numpy as np
import pytest
import torch

from sdinterp import (
    Coupling,
    PointCloud,
    entropic_coupling,
    geodesic_defect,
    interpolate_prompts,
    load_model,
    optimal_coupling,
    perceptual_distance,
    random_coupling,
    random_words_coupling,
    standard_coupling,
)
from sdinterp.cli import main
from sdinterp.models import POSTCARDS
from sdinterp.named import coupling_name
from sdinterp.study.pairs import Pair
from sdinterp.study.settings import Settings
from sdinterp.study.store import RESULTS, Store
from tests.counts import trying

PATH = {
    # files
    "--out x.bmp": "choose one of .png, .gif, .mp4",
    "--out x.pgn": "did you mean '.png'?",
    "--out x": "ends in 'nothing'",
    "--out .png": "ends in 'nothing'",
    "--out ''": "ends in 'nothing'",
    "--out x.png.zip": "ends in '.zip'",
    "--out nowhere/x.png": "no folder 'nowhere'",
    "--out taken.png": "--force",
    "--out taken.png/x.png": "no folder",
    "--out folder.png --force": "is a folder",
    "--out /proc/nothing/x.png": "no folder",
    "--out": "expected one argument",
    # couplings
    "--couplings optimum": "did you mean 'optimal'?",
    "--couplings standart": "did you mean 'standard'?",
    "--couplings random_wrods": "did you mean 'random_words'?",
    "--couplings identiti": "did you mean 'identity'?",
    "--couplings xyz": "choose from optimal, standard",
    "--couplings ,": "name at least one",
    "--couplings ''": "name at least one",
    "--couplings optimal,optimal": "each once",
    "--couplings optimal,ot": "each once",
    "--couplings clip,standard": "each once",
    "--couplings 'optimal standard'": "unknown coupling",
    "--couplings 7": "unknown coupling '7'",
    "--couplings": "expected one argument",
    # numbers
    "--frames 1": "frames is 1; it must be a whole number, at least 2",
    "--frames 0": "frames is 0",
    "--frames -3": "frames is -3",
    "--frames 2.5": "invalid int value: '2.5'",
    "--frames many": "invalid int value: 'many'",
    "--frames nan": "invalid int value: 'nan'",
    "--frames": "expected one argument",
    "--steps 0": "steps is 0; it must be a whole number, between 1 and 1000",
    "--steps -1": "steps is -1",
    "--steps 1001": "steps is 1001",
    "--steps 1e3": "invalid int value",
    "--seed -1": "--seed is -1; it must be a whole number, between 0 and",
    "--seed 9223372036854775808": "--seed is 9223372036854775808",
    "--seed 1.0": "invalid int value",
    "--seed x": "invalid int value",
    "--guidance nan": "between 0 and 100",
    "--guidance inf": "between 0 and 100",
    "--guidance -0.1": "between 0 and 100",
    "--guidance 101": "between 0 and 100",
    "--guidance high": "invalid float value: 'high'",
    # models
    "--model nothing": "use 'postcards'",
    "--model postcard": "did you mean 'postcards'?",
    "--model Postcards": "did you mean 'postcards'?",
    "--model stable-diffusion-v1-5/stable-difusion-v1-5": "say which commit",
    "--model a/b/c": "no model or folder 'a/b/c'",
    "--model ../nowhere": "no model or folder",
    "--model ''": "the bundled one is 'postcards'",
    "--model empty": "no model_index.json",
    "--model index_only": "it has no tokenizer",
    "--model truncated": "cannot be loaded as a Stable Diffusion folder",
    "--model garbage": "cannot be loaded as a Stable Diffusion folder",
    "--model pickled": "cannot be loaded as a Stable Diffusion folder",
    "--model mismatched": "cannot be loaded as a Stable Diffusion folder",
    "--model badconfig": "cannot be loaded as a Stable Diffusion folder",
    "--model taken.png": "no model or folder",
    "--model xl": "xl cannot be loaded as a StableDiffusionXLPipeline folder",
    "--model flux": "flux is a WanPipeline, which is not supported yet; Stable Diffusion 1.x and 2.x are, and StableDiffusionXL",
    "--model badindex": "its model_index.json cannot be read",
    "--model one.safetensors": "holds weights alone, without tokenizer and configurations; load_model takes them from a folder",
    "--model one.ckpt": "holds weights alone, without tokenizer and configurations",
    "--model cache": "holds commits one, two; say which is meant",
    # options
    "--colour red": "unrecognized arguments",
    "--frame": "could match --frames, --frames-dir",
    "--frames 2 'a third prompt'": "unrecognized arguments",
    "--negative": "expected one argument",
    # sizes, means and frames
    "--width 65": "width is 65; it must be a multiple of 4 for postcards",
    "--width 16": "width is 16; it must be a whole number, at least 32",
    "--height 0": "height is 0",
    "--height tall": "invalid int value: 'tall'",
    "--device gpu": "there is no device 'gpu'",
    "--device xpu": "never tried",
    "--device cuda:99": "PyTorch finds",
    "--dtype float8": "invalid choice: 'float8'",
    "--batch-size 0": "batch_size is 0",
    "--frames-dir folder.png": "name a folder that does not",
    "--frames-dir taken.png": "name a folder that does not",
    "--frames-dir nowhere/frames": "no folder 'nowhere'",
}  # fmt: skip

COMMANDS = {
    "": "the following arguments are required: COMMAND",
    "walk": "invalid choice: 'walk'",
    "--version": "required",
    "path": "the following arguments are required: A, B",
    "path 'a red boat'": "required: B",
    "study": "required: COMMAND",
    "study walk": "invalid choice: 'walk'",
    "study run": "required: --out",
    "study report": "required: DIR",
    "study sample": "required: DIR",
    "postcards": "required: COMMAND",
    "postcards judge --prompts 0": "prompts is 0",
    "postcards judge --prompts -5": "prompts is -5",
    "postcards judge --prompts few": "invalid int value",
    "postcards judge --steps 0": "steps is 0",
    "postcards judge --seed -1": "seed is -1",
    "postcards judge --guidance nan": "between 0 and 100",
    "postcards judge --model nothing": "use 'postcards'",
    "postcards judge --model truncated": "cannot be loaded",
    "postcards judge --write --model empty": "leave --model out",
    "study report nowhere": "there is no study in 'nowhere'",
    "study report empty": "there is no study in 'empty'",
    "study report taken.png": "there is no study in 'taken.png'",
    "study report zero": "there is no study in 'zero'",
    "study report broken": "cannot be read as a study",
    "study report cut": "malformed",
    "study report future": "not the settings of a study that this version reads",
    "study report nosettings": "not the settings",
    "study report begun": "no pair of the study is done",
    "study sample nowhere": "there is no study",
    "study sample broken": "cannot be read as a study",
    "study sample begun": "no pair",
    "study sample begun --levels x": "invalid list of numbers value: 'x'",
    "study sample begun --levels 1,,x": "invalid list of numbers value",
    "study report begun --fast": "unrecognized arguments",
}  # fmt: skip

RUN = {
    # places
    "--out taken.png": "exists and holds no study",
    "--out full": "exists and holds no study",
    "--out begun": "go on with it by --resume",
    "--out broken": "cannot be read as a study",
    "--out broken --resume": "cannot be read as a study",
    "--out future --resume": "not the settings of a study that this version reads",
    "--out new --resume": "there is no study in 'new'",
    "--out begun --resume --frames 5": "frames",
    "--out begun --resume --levels 2": "levels",
    "--out begun --resume --seed 7": "seed",
    "--out begun --resume --pairs csv:good.csv": "source",
    "--out taken.png/run": "Not a directory",
    # sources
    "--out new --pairs other": "choose postcards, doses, rivals, cxc or csv:FILE",
    "--out new --pairs csv": "choose postcards, doses, rivals, cxc or csv:FILE",
    "--out new --pairs csv:": "choose postcards, doses, rivals, cxc or csv:FILE",
    "--out new --pairs postcards:x": "choose postcards, doses, rivals, cxc or csv:FILE",
    "--out new --pairs csv:nowhere.csv": "No such file",
    "--out new --pairs csv:full": "Is a directory",
    "--out new --pairs csv:zero.csv": "has no column 'prompt_a'",
    "--out new --pairs csv:header.csv": "holds no pairs",
    "--out new --pairs csv:columns.csv": "has no column 'level'",
    "--out new --pairs csv:short.csv": "fewer than 3 values",
    "--out new --pairs csv:comma.csv": "comma.csv, line 3: more than 3 values; put a text that holds a comma in quotes",
    "--out new --pairs csv:quote.csv": "is not a csv file in UTF-8",
    "--out new --pairs csv:semicolons.csv": "with commas between, not semicolons",
    "--out new --pairs csv:tabs.csv": "with commas between, not tabs",
    "--out new --pairs csv:blank.csv": "a prompt is empty",
    "--out new --pairs csv:word.csv": "level is 'high', not a number",
    "--out new --pairs csv:nan.csv": "level is 'nan', not a number",
    "--out new --pairs csv:inf.csv": "level is 'inf', not a number",
    "--out new --pairs csv:latin.csv": "is not a csv file in UTF-8",
    "--out new --pairs csv:binary.csv": "is not a csv file in UTF-8",
    "--out new --pairs csv:good.csv --levels 9": "level 9 has 0 pairs",
    "--out new --pairs csv:good.csv --per-level 3": "level 1 has 1 pairs",
    "--out new --pairs cxc --cxc-scores nowhere.csv --coco-captions captions.json": "No such file",
    "--out new --pairs cxc --cxc-scores good.csv --coco-captions captions.json": "has no column 'caption1'",
    "--out new --pairs cxc --cxc-scores scores.csv --coco-captions nowhere.json": "No such file",
    "--out new --pairs cxc --cxc-scores scores.csv --coco-captions good.csv": "is not a file of COCO captions",
    "--out new --pairs cxc --cxc-scores scores.csv --coco-captions cut.json": "is not a file of COCO captions",
    "--out new --pairs cxc --cxc-scores scores.csv --coco-captions list.json": "is not a file of COCO captions",
    "--out new --pairs cxc --cxc-scores scores.csv --coco-captions captions.json --levels 5 --per-level 9": "level 5 has 1 pairs",
    "--out new --pairs cxc --cxc-scores scores.csv --coco-captions captions.json --cxc-match near": "invalid choice: 'near'",
    "--out new --pairs cxc --cxc-scores scores.csv --coco-captions captions.json --cxc-sampling half": "sampling is 'half'",
    "--out new --pairs cxc --cxc-scores ids.csv --coco-captions captions.json --levels 5 --per-level 1": "is not an id such as",
    # settings
    "--out new --levels 0.7": "level 0.7 is not one of Postcards",
    "--out new --levels 6": "level 6 is not one of Postcards",
    "--out new --levels 0": "level 0 is not one of Postcards",
    "--out new --levels nan": "levels are [nan]",
    "--out new --levels inf": "levels are [inf]",
    "--out new --levels 1,1": "each once",
    "--out new --levels ,": "name at least one",
    "--out new --levels low": "invalid list of numbers value",
    "--out new --per-level 0": "per_level is 0",
    "--out new --per-level -1": "per_level is -1",
    "--out new --per-level some": "invalid int value",
    "--out new --couplings best": "unknown coupling 'best'",
    "--out new --couplings ,": "name at least one",
    "--out new --couplings ot,optimal": "each once",
    "--out new --random-draws 0": "random_draws is 0",
    "--out new --frames 1": "frames is 1",
    "--out new --frames x": "invalid int value",
    "--out new --steps 0": "steps is 0",
    "--out new --noises 0": "noises is 0",
    "--out new --seed -1": "seed is -1",
    "--out new --seed 9223372036854775808": "seed is 9223372036854775808",
    "--out new --guidance -1": "between 0 and 100",
    "--out new --guidance nan": "between 0 and 100",
    "--out new --p 0.5": "at least 1",
    "--out new --p nan": "at least 1",
    "--out new --p inf": "finite",
    "--out new --p two": "invalid float value",
    "--out new --dtype float8": "choose one of auto, float32",
    "--out new --dtype flaot16": "did you mean 'float16'?",
    "--out new --net vgg": "unknown perceptual net 'vgg'",
    "--out new --net lpips-vg": "did you mean 'lpips-vgg'?",
    "--out new --net postcards --second-net postcards": "both perceptual nets are postcards",
    "--out new --second-net efficientnet-lite0": "both perceptual nets",
    "--out new --model nothing": "use 'postcards'",
    "--out new --model postcard": "did you mean 'postcards'?",
    "--out new --model empty": "no model_index.json",
    "--out new --model truncated --net postcards": "cannot be loaded",
    # means
    "--out new --workers 0": "workers is 0",
    "--out new --workers -1": "workers is -1",
    "--out new --workers two": "invalid int value",
    "--out new --batch-size 0": "batch_size is 0",
    "--out new --engine slurm": "invalid choice: 'slurm'",
    "--out new --device gpu": "there is no device 'gpu'",
    "--out new --device cuda:99": "PyTorch finds",
    "--out new --quiet": "unrecognized arguments",
}  # fmt: skip

BAD = {f"path 'a red boat' 'a blue tent' {rest}": said for rest, said in PATH.items()}
BAD |= COMMANDS | {f"study run {rest}": said for rest, said in RUN.items()}


def model_folder(path, broken):
    """A copy of the bundled model with one file changed."""
    shutil.copytree(POSTCARDS, path)
    broken(path / "unet")
    return path


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with what commands stumble over."""
    place = tmp_path_factory.mktemp("place")
    (place / "taken.png").write_text("mine")
    for name in ("empty", "full", "folder.png", "index_only", "zero", "broken"):
        (place / name).mkdir()
    (place / "full" / "thesis.txt").write_text("mine")
    (place / "index_only" / "model_index.json").write_text("{}")
    for name, index in {
        "xl": '{"_class_name": "StableDiffusionXLPipeline"}', "flux": '{"_class_name": "WanPipeline"}', "badindex": "[1]",
    }.items():  # fmt: skip
        (place / name).mkdir()
        (place / name / "model_index.json").write_text(index)
    for name in ("one", "two"):
        (place / "cache" / "snapshots" / name).mkdir(parents=True)
    for name in ("one.safetensors", "one.ckpt"):
        (place / name).write_bytes(b"weights")
    weights = "diffusion_pytorch_model.safetensors"
    model_folder(place / "truncated", lambda unet: cut(unet / weights))
    model_folder(place / "garbage", lambda unet: (unet / weights).write_bytes(b"\0" * 4096))
    model_folder(place / "pickled", lambda unet: (unet / weights).rename(unet / "diffusion_pytorch_model.bin"))
    model_folder(place / "badconfig", lambda unet: (unet / "config.json").write_text("{ not json"))
    model_folder(place / "mismatched", lambda unet: shutil.copy(POSTCARDS / "vae" / weights, unet / weights))
    (place / "zero" / RESULTS).write_bytes(b"")
    (place / "broken" / RESULTS).write_bytes(b"not a database" * 500)
    pairs = [Pair(f"1-{k}", "a red boat", f"a blue tent {k} " * 200, 1.0) for k in range(60)]
    for name in ("begun", "cut", "future", "nosettings"):
        (place / name).mkdir()
        Store.begin(place / name, Settings(levels=(1.0,), per_level=60), pairs).close()
    cut(place / "cut" / RESULTS)
    for name, settings in {"future": '{"frames": 9, "colour": "red"}', "nosettings": "{"}.items():
        with closing(sqlite3.connect(place / name / RESULTS)) as db, db:
            db.execute("UPDATE study SET settings = ?", (settings,))
    for name, text in {
        "zero": "", "header": "prompt_a,prompt_b,level\n", "columns": "prompt_a,prompt_b\na,b\n",
        "short": "prompt_a,prompt_b,level\na\n",
        "blank": "prompt_a,prompt_b,level\n , b,1\n", "word": "prompt_a,prompt_b,level\na,b,high\n",
        "nan": "prompt_a,prompt_b,level\na,b,nan\n", "inf": "prompt_a,prompt_b,level\na,b,inf\n",
        "good": "prompt_a,prompt_b,level\na red boat,a blue tent,1\n",
        "scores": "caption1,caption2,agg_score,sampling_method\nCOCO_val2014:sentid:1,COCO_val2014:sentid:2,5,c2c_isim\n",
        "comma": "level,prompt_a,prompt_b\n1,a,b\n0.5,a red boat, at noon,a blue car\n",
        "quote": 'prompt_a,prompt_b,level\n"a,b,1\nc,d,1\n',
        "semicolons": "prompt_a;prompt_b;level\na, b;c;1\n", "tabs": "prompt_a\tprompt_b\tlevel\na\tb\t1\n",
        "ids": "caption1,caption2,agg_score,sampling_method\none,two,5,c2c_isim\n",
    }.items():  # fmt: skip
        (place / f"{name}.csv").write_text(text)
    (place / "latin.csv").write_bytes("prompt_a,prompt_b,level\nein Gru\xdf,b,1\n".encode("latin-1"))
    (place / "binary.csv").write_bytes(b"prompt_a,prompt_b,level\n\xff\xfe\0\x01,b,1\n")
    captions = '{"annotations": [{"id": 1, "caption": "a red boat"}, {"id": 2, "caption": "a blue tent"}]}'
    (place / "captions.json").write_text(captions)
    (place / "cut.json").write_text(captions[:40])
    (place / "list.json").write_text("[1, 2]")
    return place


def contents(folder):
    return {path: path.is_file() and path.stat().st_mtime_ns for path in folder.rglob("*") if path.name != "results.lock"}


def test_there_are_enough_of_them():
    assert len(BAD) >= 150


@pytest.mark.parametrize("line", BAD)
@trying("bad command lines: one sentence, exit code 2, no file changed")
def test_a_bad_command_line_is_one_sentence_exit_code_2_and_no_change(line, place, monkeypatch, capfd):
    monkeypatch.chdir(place)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    before = contents(place)
    try:
        code = main(shlex.split(line))
    except SystemExit as stop:  # argparse's way
        code = stop.code
    out, said = capfd.readouterr()
    assert (code, out) == (2, "")
    bars = ("rendering:", "judging:", "study:")
    sentences = [part for part in said.replace("\r", "\n").split("\n") if part.strip() and not part.startswith(bars)]
    assert len(sentences) == 1 and sentences[0].startswith("sdinterp: "), said
    assert BAD[line] in sentences[0]
    assert contents(place) == before


A, B = torch.randn(5, 2, generator=torch.Generator().manual_seed(0)), torch.randn(5, 2, generator=torch.Generator().manual_seed(1))
ONES, EYE = torch.ones(5, 5, dtype=torch.float64) / 25, torch.eye(5, dtype=torch.float64)
WORDS, GREY = "a red boat", torch.zeros(1, 3, 64, 64)

CALLS = {
    "points are words": (lambda m: PointCloud("abc"), "cannot be read as a table of numbers"),
    "points are ragged": (lambda m: PointCloud([[1.0], [1.0, 2.0]]), "cannot be read as a table of numbers"),
    "points are complex": (lambda m: PointCloud(torch.zeros(2, 2, dtype=torch.complex64)), "must be real"),
    "points are infinite": (lambda m: PointCloud(A / 0), "finite coordinates"),
    "weights are words": (lambda m: PointCloud(A, "abc"), "cannot be read as a table of numbers"),
    "weights are NaN": (lambda m: PointCloud(A, torch.full((5,), torch.nan)), "finite and not negative"),
    "weights are zero": (lambda m: PointCloud(A, torch.zeros(5)), "sum to 0"),
    "p is below one": (lambda m: optimal_coupling(A, B, 0.99), "at least 1"),
    "p is infinite": (lambda m: optimal_coupling(A, B, torch.inf), "finite"),
    "p is NaN": (lambda m: optimal_coupling(A, B).cost(torch.nan), "at least 1"),
    "other dimensions": (lambda m: optimal_coupling(A, torch.zeros(5, 3)), "dimensions 2 and 3"),
    "other sizes": (lambda m: standard_coupling(A, B[:4]), "not 5 and 4"),
    "other weights": (lambda m: standard_coupling(A, PointCloud(B, torch.tensor([0.6, 0.1, 0.1, 0.1, 0.1]))), "weights forbid"),
    "reg is infinite": (lambda m: entropic_coupling(A, B, reg=torch.inf), "positive and finite"),
    "reg is NaN": (lambda m: entropic_coupling(A, B, reg=torch.nan), "positive and finite"),
    "a negative seed": (lambda m: random_coupling(A, B, seed=-1), "seed is -1"),
    "a seed too large": (lambda m: random_coupling(A, B, seed=2**70), "between 0 and 9223372036854775807"),
    "half a word row": (lambda m: random_words_coupling(A, B, [0.5], seed=0), "different whole numbers"),
    "a word row twice": (lambda m: random_words_coupling(A, B, [1, 1], seed=0), "different whole numbers"),
    "a mask too short": (lambda m: random_words_coupling(A, B, torch.ones(2, dtype=torch.bool), seed=0), "5 rows need (5,)"),
    "no coupling's name": (lambda m: coupling_name(""), "unknown coupling ''"),
    "no permutation": (lambda m: Coupling(PointCloud(A), PointCloud(B), torch.zeros(5).long()), "each of their rows once"),
    "beyond the rows": (lambda m: Coupling(PointCloud(A), PointCloud(B), torch.arange(1, 6)), "each of their rows once"),
    "masses too many": (lambda m: Coupling(PointCloud(A), PointCloud(B), mass=2 * ONES), "the clouds' weights"),
    "masses below zero": (lambda m: Coupling(PointCloud(A), PointCloud(B), mass=ONES - EYE + EYE.roll(1, 0)), "negative"),
    "neither of both": (lambda m: Coupling(PointCloud(A), PointCloud(B)), "either a permutation or a table"),
    "one time": (lambda m: geodesic_defect(None, 1), "times is 1"),
    "no prompt": (lambda m: m.encode([]), "no prompt"),
    "a number for a prompt": (lambda m: m.encode(5), "a prompt is a text, not int: 5"),
    "None for a prompt": (lambda m: m.encode([None]), "not NoneType"),
    "bytes for a prompt": (lambda m: m.encode(b"a red boat"), "not bytes"),
    "half a letter": (lambda m: m.encode("a \ud800 boat"), "not valid Unicode: surrogates not allowed at letter 3"),
    "an array of one embedding": (lambda m: m.render(A.numpy()), "embeddings have shape (5, 2)"),
    "words to render": (lambda m: m.render(WORDS), "embeddings cannot be read as a table of numbers"),
    "lists of unequal length": (lambda m: m.render([torch.zeros(2, 128), torch.zeros(3, 128)]), "cannot be read as a table"),
    "a negative prompt in words": (lambda m: m.render(m.encode(WORDS), negative=WORDS), "negative cannot be read"),
    "a negative prompt of two": (lambda m: m.render(m.encode(WORDS), negative=m.encode([WORDS] * 2)), "it must be (1, n, 128)"),
    "a negative prompt of NaN": (lambda m: m.render(m.encode(WORDS), negative=m.encode(WORDS) * torch.nan), "negative holds NaN"),
    "pictures of words": (lambda m: perceptual_distance(WORDS, GREY), "pictures cannot be read"),
    "pictures of no numbers": (lambda m: perceptual_distance(GREY * torch.nan, GREY), "pictures hold NaN"),
    "a number for prompts": (lambda m: interpolate_prompts(5, "b", model=m), "a prompt is a text, not int: 5"),
    "one prompt": (lambda m: interpolate_prompts(["a"], model=m), "a walk needs two at least"),
    "a number for couplings": (lambda m: interpolate_prompts("a", "b", 5, model=m), "unknown coupling 5"),
    "a precision that is none": (lambda m: load_model(dtype="float8"), "dtype is float8; a model runs in"),
    "half a size": (lambda m: load_model(width=96.5), "width is 96.5"),
    "one embedding without its batch": (lambda m: m.render(m.encode(WORDS)[0]), "(77, 128)"),
    "noise that is none": (lambda m: m.render(m.encode(WORDS), noise=torch.full((1, 4, 16, 16), torch.nan)), "noise holds NaN"),
    "half a step": (lambda m: m.render(m.encode(WORDS), steps=1.5), "steps is 1.5"),
    "a word for guidance": (lambda m: m.render(m.encode(WORDS), guidance="4"), "guidance is '4'"),
    "half a seed": (lambda m: m.render(m.encode(WORDS), seed=0.5), "seed is 0.5"),
    "half a frame": (lambda m: interpolate_prompts("a", "b", "optimal", 3.5, model=m), "frames is 3.5"),
    "an unknown net": (lambda m: interpolate_prompts("a", "b", "optimal", 3, model=m, net="postcard"), "did you mean 'postcards'?"),
    "no such device": (lambda m: load_model(device="gpu"), "there is no device 'gpu'"),
    "a GPU too many": (lambda m: load_model(device="cuda:99"), "PyTorch finds"),
    "whole numbers for a model": (lambda m: load_model(dtype=torch.int64), "a model runs in"),
    "no pictures": (lambda m: perceptual_distance(GREY[:0], GREY[:0]), "b >= 1"),
    "pictures of bytes": (lambda m: perceptual_distance(GREY + 200, GREY), "lie in [-1, 1]"),
}  # fmt: skip


@pytest.fixture
def unchecked():
    """As users call the package: without the tests' own checks of types (conftest.py), which would speak first."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.parametrize("case", CALLS)
@trying("bad calls: one sentence")
def test_a_bad_call_is_one_sentence(case, model, unchecked):
    call, said = CALLS[case]
    with pytest.raises(ValueError) as refusal:
        call(model)
    assert said in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "prompt",
    ["", " ", "a \0 boat", "a 🚤 at sea", "قارب أحمر في البحر", "a\x1b[31m boat\x07\u202e", "x" * 100_000, f"{WORDS} " * 20_000],
    ids=["empty", "blank", "NUL", "emoji", "right to left", "control", "a huge word", "a huge prompt"],
)  # fmt: skip
@trying("strange prompts: encoded, and what is not read is said")
def test_any_text_is_a_prompt_and_what_is_not_read_is_said_briefly(prompt, model, recwarn):
    rows = model.encode(prompt)
    assert rows.shape == (1, 77, 128) and torch.isfinite(rows).all()
    assert len(model.tokens(prompt)) == 77
    said = [str(warning.message) for warning in recwarn]
    assert all(len(text) < 1500 and text.isprintable() for text in said)
    assert bool(said) == bool(prompt.strip())


def test_seeds_may_be_numbers_of_numpy(unchecked):
    a, b = torch.rand(5, 2), torch.rand(5, 2)
    assert torch.equal(random_coupling(a, b, seed=np.int64(3)).permutation, random_coupling(a, b, seed=3).permutation)
    rows = random_words_coupling(a, b, [1, 2, 3], seed=np.uint8(3)).permutation
    assert torch.equal(rows, random_words_coupling(a, b, [1, 2, 3], seed=3).permutation)
