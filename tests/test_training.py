"""The training recipe, from nothing to a folder that loads, in a few steps. It proves the plumbing; the weights mean nothing."""

import itertools
import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from transformers import CLIPTokenizer

from sdinterp import load_model
from sdinterp.models import POSTCARDS
from sdinterp.postcards.captions import vocabulary
from sdinterp.postcards.judge import Judge
from sdinterp.postcards.training import export
from sdinterp.postcards.training.__main__ import main
from sdinterp.postcards.training.data import Pool
from sdinterp.postcards.training.loop import load_checkpoint, train
from sdinterp.postcards.training.pictures import judge_loss
from sdinterp.postcards.training.stages import STAGES
from sdinterp.postcards.training.text import new_text_encoder
from sdinterp.postcards.training.tokenizer import tokenize, write_tokenizer
from sdinterp.postcards.training.unet import new_scheduler, new_unet, stitch, unet_loss
from sdinterp.postcards.training.workshop import Workshop


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder, vocabulary())
    return CLIPTokenizer.from_pretrained(folder)


def test_every_stage_runs_from_nothing_and_leaves_a_model_that_loads(tmp_path, monkeypatch):
    work, out = tmp_path / "work", tmp_path / "weights"
    out.mkdir()
    monkeypatch.setattr(export, "HELD", 32)
    main(["--work", str(work), "--out", str(out), "--pool", "32", "--steps", "1"])
    for stage in STAGES:
        assert load_checkpoint(work / f"{stage}.pt")["step"] == 1, stage
    trained = json.loads((out / "training.json").read_text())
    assert trained["steps"] == dict.fromkeys(STAGES, 1) and {"word_probe", "retrieval_of_32"} <= set(trained)
    model = load_model(out)
    pictures = model.render(model.encode(["a red boat"]), steps=2)
    assert pictures.shape == (1, 3, 64, 64) and torch.isfinite(pictures).all()
    assert not list(work.glob("*.part*")) and not list(work.glob(".*"))


def test_what_no_stage_has_trained_stays_as_it_was_and_the_folder_is_a_model_like_the_bundled_one(tmp_path, monkeypatch):
    work, out = tmp_path / "work", tmp_path / "weights"
    shutil.copytree(POSTCARDS, out)
    monkeypatch.setattr(export, "HELD", 32)
    main(["export", "--work", str(work), "--out", str(out)])
    model, bundled = load_model(out), load_model()
    assert model.default_guidance == bundled.default_guidance == 4.0
    assert model.text.known_words == bundled.text.known_words
    for part in ("unet", "vae"):
        for name, value in getattr(bundled, part).state_dict().items():
            assert torch.equal(getattr(model, part).state_dict()[name], value), name
    assert torch.equal(model.encode("a red boat at sea"), bundled.encode("a red boat at sea"))


def test_a_device_that_is_not_there_is_one_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["text", "--device", "cuda:99"])
    assert "error: device is 'cuda:99', and PyTorch finds" in capsys.readouterr().err


def the_denoiser(tokenizer):
    text, pool, latents, unet = new_text_encoder(tokenizer).eval(), Pool(8, seed=2), torch.randn(8, 4, 16, 16), new_unet()
    return unet, lambda step: unet_loss(step, unet, new_scheduler(), text, tokenizer, pool, latents, batch=2)


def the_judge(tokenizer):
    judge = Judge()
    return judge, lambda step: judge_loss(step, judge, batch=4)


@pytest.mark.parametrize("begin", [the_denoiser, the_judge])
def test_a_killed_training_ends_where_an_undisturbed_one_does(begin, tokenizer, tmp_path):
    """The denoiser draws from generators of the step's number; the judge's noise and dropout come from PyTorch's own."""

    def trained(name, kill=None):
        torch.manual_seed(0)
        model, loss = begin(tokenizer)
        calls = itertools.count()

        def until_killed(step):
            if next(calls) == kill:
                raise KeyboardInterrupt
            return loss(step)

        train(tmp_path / name, model, until_killed, 4, 1e-3, clip=1.0, average=True, save_every=2)
        return load_checkpoint(tmp_path / name)

    undisturbed = trained("undisturbed.pt")
    with pytest.raises(KeyboardInterrupt):
        trained("killed.pt", kill=2)
    assert load_checkpoint(tmp_path / "killed.pt")["step"] == 2
    resumed = trained("killed.pt")
    assert resumed["step"] == 4
    for name, value in undisturbed["model"].items():
        assert torch.allclose(value, resumed["model"][name], atol=1e-6), name
    for mean, other in zip(undisturbed["ema"]["shadow_params"], resumed["ema"]["shadow_params"], strict=True):
        assert torch.allclose(mean, other, atol=1e-6)


@torch.no_grad()
def test_a_stitched_denoiser_paints_from_other_rows_what_it_painted_from_its_own(tokenizer):
    torch.manual_seed(0)
    its_own, unet = new_text_encoder(tokenizer).eval(), new_unet().eval()
    turn = torch.linalg.qr(torch.randn(128, 128))[0]

    def turned(input_ids):
        return SimpleNamespace(last_hidden_state=its_own(input_ids=input_ids).last_hidden_state @ turn)

    noise, ids = torch.randn(1, 4, 16, 16), tokenize(tokenizer, ["a red boat at sea"])
    before = unet(noise, 500, its_own(input_ids=ids).last_hidden_state).sample
    unmended = unet(noise, 500, turned(ids).last_hidden_state).sample
    stitch(unet, its_own, turned, tokenizer, Pool(64, seed=2), captions=400)
    after = unet(noise, 500, turned(ids).last_hidden_state).sample
    assert (after - before).abs().max() < 0.01 * (unmended - before).abs().max()


def test_another_seed_is_another_model_of_the_same_recipe(tmp_path):
    begun = {}
    for name, seed in {"first": 0, "again": 0, "second": 1}.items():
        shop = Workshop(tmp_path / name, POSTCARDS, 8, True, False, torch.device("cpu"), seed)
        judge, _ = STAGES["judge"].begin(shop)
        begun[name] = next(judge.parameters()).detach().clone(), shop.pool(0).scenes
    assert torch.equal(begun["first"][0], begun["again"][0]) and begun["first"][1] == begun["again"][1]
    assert not torch.equal(begun["first"][0], begun["second"][0]) and begun["first"][1] != begun["second"][1]
