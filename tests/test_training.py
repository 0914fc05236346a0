"""The training recipe, from nothing to a folder that loads, in a few steps. It proves the plumbing; the weights mean nothing."""

import itertools
from types import SimpleNamespace

import pytest
import torch
from transformers import CLIPTokenizer

from sdinterp import load_model
from sdinterp.postcards.captions import vocabulary
from sdinterp.postcards.training import STAGES, main
from sdinterp.postcards.training import unet as unet_stage
from sdinterp.postcards.training.data import Pool, load_checkpoint
from sdinterp.postcards.training.text import new_text_encoder, tokenize
from sdinterp.postcards.training.tokenizer import write_tokenizer


def test_every_stage_runs_from_nothing_and_leaves_a_model_that_loads(tmp_path):
    work, out = tmp_path / "work", tmp_path / "weights"
    out.mkdir()
    main(["--work", str(work), "--out", str(out), "--pool", "64", "--steps", "1"])
    for stage in set(STAGES) - {"export"}:
        assert load_checkpoint(work / f"{stage}.pt")["step"] == 1, stage
    model = load_model(out)
    pictures = model.render(model.encode(["a red boat"]), steps=2)
    assert pictures.shape == (1, 3, 64, 64) and torch.isfinite(pictures).all()
    assert not list(work.glob("*.part"))


def test_a_device_that_is_not_there_is_one_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["text", "--device", "cuda:99"])
    assert "error: device is 'cuda:99', and PyTorch finds" in capsys.readouterr().err


def test_a_killed_training_of_the_denoiser_ends_where_an_undisturbed_one_does(tmp_path, monkeypatch):
    write_tokenizer(tmp_path / "tokenizer", vocabulary())
    tokenizer = CLIPTokenizer.from_pretrained(tmp_path / "tokenizer")
    torch.manual_seed(0)
    text = new_text_encoder(tokenizer).eval()
    pool, latents = Pool(8, seed=2), torch.randn(8, 4, 16, 16)

    def train(name):
        unet_stage.train_unet(tmp_path / name, tokenizer, text, pool, latents, 4, batch=2, save_every=1)
        return load_checkpoint(tmp_path / name / "unet.pt")

    undisturbed = train("undisturbed")
    calls = itertools.count()

    def killed_in_the_third_step(*args):
        if next(calls) == 2:
            raise KeyboardInterrupt
        return tokenize(*args)

    with monkeypatch.context() as patch:
        patch.setattr(unet_stage, "tokenize", killed_in_the_third_step)
        with pytest.raises(KeyboardInterrupt):
            train("killed")
    assert load_checkpoint(tmp_path / "killed" / "unet.pt")["step"] == 2
    resumed = train("killed")
    assert resumed["step"] == 4
    for name, value in undisturbed["model"].items():
        assert torch.allclose(value, resumed["model"][name], atol=1e-6), name
    for mean, other in zip(undisturbed["ema"]["shadow_params"], resumed["ema"]["shadow_params"], strict=True):
        assert torch.allclose(mean, other, atol=1e-6)


@torch.no_grad()
def test_a_stitched_denoiser_paints_from_other_rows_what_it_painted_from_its_own(tmp_path):
    write_tokenizer(tmp_path / "tokenizer", vocabulary())
    tokenizer = CLIPTokenizer.from_pretrained(tmp_path / "tokenizer")
    torch.manual_seed(0)
    its_own, unet = new_text_encoder(tokenizer).eval(), unet_stage.new_unet().eval()
    turn = torch.linalg.qr(torch.randn(128, 128))[0]

    def turned(input_ids):
        return SimpleNamespace(last_hidden_state=its_own(input_ids=input_ids).last_hidden_state @ turn)

    noise, ids = torch.randn(1, 4, 16, 16), tokenize(tokenizer, ["a red boat at sea"])
    before = unet(noise, 500, its_own(input_ids=ids).last_hidden_state).sample
    unmended = unet(noise, 500, turned(ids).last_hidden_state).sample
    unet_stage.stitch(unet, its_own, turned, tokenizer, Pool(64, seed=2), captions=400)
    after = unet(noise, 500, turned(ids).last_hidden_state).sample
    assert (after - before).abs().max() < 0.01 * (unmended - before).abs().max()
