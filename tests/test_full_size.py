"""Stable Diffusion 1.5 and SDXL's denoiser in their own size with random weights: shapes, memory and precision. What they paint
means nothing.

Slow (minutes and 10 GB of memory): `make test-slow` runs it, `make test` does not.
"""

import diffusers
import numpy as np
import pytest
import torch

from benchmarks.full_size import write_folder
from sdinterp import load_model
from sdinterp.study.pairs import postcards_pairs
from sdinterp.study.run import run_study
from sdinterp.study.settings import Settings
from sdinterp.study.store import Store

SDXL = {
    "sample_size": 128, "cross_attention_dim": 2048, "block_out_channels": (320, 640, 1280), "attention_head_dim": (5, 10, 20),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), "transformer_layers_per_block": (1, 2, 10),
    "use_linear_projection": True, "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}  # fmt: skip
"""The configuration of SDXL's denoiser, as published."""

SIDE = 32
"""Of the latents: half of Stable Diffusion's, so that a processor can do it. The weights have the full size whatever it is."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("full"), SIDE)


@pytest.mark.slow
def test_one_pair_of_the_study_runs_on_a_model_of_full_size(folder, tmp_path):
    settings = Settings(
        levels=(2.5,), per_level=1, couplings=("optimal", "standard"), frames=3, steps=1, model=str(folder), dtype="float32",
        net="efficientnet-lite0",
    )  # fmt: skip
    run_study(settings, tmp_path / "run", pairs=postcards_pairs([2.5], 1), device="cpu", batch_size=2)
    with Store(tmp_path / "run") as store:
        table = store.table()
    assert set(table["coupling"]) == {"optimal", "standard"} and np.isfinite(table["ppl"]).all()


@pytest.mark.slow
def test_a_model_of_full_size_reads_its_rows_as_a_measure(folder):
    model = load_model(folder, device="cpu")
    rows = model.encode(["a red boat on the sea"])
    assert rows.shape == (1, 77, 768) and model.latent_shape == (4, SIDE, SIDE)
    assert round(sum(p.numel() for p in model.unet.parameters()) / 1e6) == 860
    order = torch.randperm(77, generator=torch.Generator().manual_seed(0))
    noise = model.noise(0)
    plain, shuffled = (model.unet(noise, 500, cloud).sample for cloud in (rows, rows[:, order]))
    assert (plain - shuffled).abs().max() < 1e-4 * plain.abs().max()


@pytest.mark.slow
def test_the_denoiser_of_sdxl_in_its_own_size_reads_its_rows_in_any_order():
    with torch.device("meta"):
        shapes = diffusers.UNet2DConditionModel(**SDXL)
        beside = {"text_embeds": torch.empty(1, 1280), "time_ids": torch.empty(1, 6)}
        picture, rows = torch.empty(1, 4, 128, 128), torch.empty(1, 77, 2048)
        assert shapes(picture, torch.tensor(500), rows, added_cond_kwargs=beside).sample.shape == picture.shape
    assert round(sum(p.numel() for p in shapes.parameters()) / 1e6) == 2567
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        unet = diffusers.UNet2DConditionModel(**SDXL).eval()
    finally:
        torch.set_default_dtype(before)
    rows, other = 4 * torch.randn(2, 1, 77, 2048)
    order = torch.randperm(77)
    texts = torch.cat([rows, rows[:, order], other]).bfloat16()
    beside = {"text_embeds": torch.randn(1, 1280).bfloat16().expand(3, -1), "time_ids": torch.full((3, 6), 1024).bfloat16()}
    with torch.no_grad():
        plain, permuted, another = unet(
            torch.randn(1, 4, 8, 8).bfloat16().expand(3, -1, -1, -1), 500, texts, added_cond_kwargs=beside
        ).sample.float()  # fmt: skip
    assert (permuted - plain).abs().max() < 0.1 * (another - plain).abs().max(), "bfloat16 has 8 binary digits"
