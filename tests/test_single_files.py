"""Checkpoints of one file, in the layout that a model's authors published: read with a folder of their kind, or refused."""

import json
import shutil

import diffusers
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.testing import assert_close

from sdinterp import load_model
from sdinterp.cli import main
from sdinterp.defaults import POSTCARDS
from sdinterp.models import ModelUnavailable
from tests import single_file


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Postcards in one file: it has the layout of Stable Diffusion, only smaller."""
    pipe = diffusers.StableDiffusionPipeline.from_pretrained(POSTCARDS, local_files_only=True, low_cpu_mem_usage=False)
    save_file(single_file.one_file(pipe), path := tmp_path_factory.mktemp("one") / "postcards.safetensors")
    return path


@pytest.fixture
def config(tmp_path):
    """A folder of its kind without any weights."""
    return shutil.copytree(POSTCARDS, tmp_path / "config", ignore=shutil.ignore_patterns("*.safetensors"))


def test_a_file_paints_what_its_folder_paints(file, config, tmp_path):
    one, folder = load_model(file, config=config), load_model("postcards")
    assert one.name == str(file) and one.default_guidance == folder.default_guidance and one.device.type == "cpu"
    rows = folder.encode(["a red boat"])
    assert torch.equal(one.encode(["a red boat"]), rows)
    for own, other in ((one.unet, folder.unet), (one.vae, folder.vae)):
        assert_close(own.state_dict(), other.state_dict(), atol=0, rtol=0)
    assert torch.equal(one.render(rows, seed=1, steps=1), folder.render(rows, seed=1, steps=1))
    assert torch.nn.Module.load_state_dict.__module__ == "torch.nn.modules.module"
    asked = ["--model", str(file), "--config", str(config), "--frames", "2", "--steps", "1", "--couplings", "optimal"]
    assert main(["path", "a red boat", "a tent", *asked, "--out", str(tmp_path / "strip.png")]) == 0


def test_what_cannot_be_read_is_said(file, config, tmp_path):
    weights = load_file(file)
    name = next(name for name in weights if name.endswith("to_k.weight"))
    save_file({one: value for one, value in weights.items() if one != name}, lacking := tmp_path / "lacking.safetensors")
    (broken := tmp_path / "broken.safetensors").write_bytes(file.read_bytes()[:10_000])
    (pickled := tmp_path / "old.ckpt").touch()
    (pixart := tmp_path / "pixart").mkdir()
    (pixart / "model_index.json").write_text(json.dumps({"_class_name": "PixArtAlphaPipeline"}))
    for path, beside, said in (
        (lacking, config, r"like .*config \(it lacks 1 weights, for example .*to_k.weight\)"),
        (broken, config, "broken.safetensors cannot be read as a StableDiffusionPipeline like"),
        (pickled, config, r"config goes with a .safetensors file, which '.*old.ckpt' is not"),
        (tmp_path / "none.safetensors", config, "config goes with a .safetensors file"),
        (file, tmp_path, "is not a diffusers folder: it has no model_index.json"),
        (file, pixart, "diffusers reads no single file of a PixArtAlphaPipeline; give a folder"),
        (file, None, r"load_model takes them from a folder of a model of its kind \(config='FOLDER'\)"),
    ):
        with pytest.raises(ModelUnavailable, match=said) as refused:
            load_model(path, config=beside)
        assert "\n" not in str(refused.value)
