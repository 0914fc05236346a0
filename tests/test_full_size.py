"""Stable Diffusion 1.5 in its own size with random weights: shapes, memory and precision, end to end. Its pictures mean nothing.

Slow (minutes and 10 GB of memory): `make test-slow` runs it, `make test` does not.
"""

import numpy as np
import pytest
import torch

from benchmarks.full_size import write_folder
from sdinterp import load_model
from sdinterp.study.pairs import postcards_pairs
from sdinterp.study.run import run_study
from sdinterp.study.settings import Settings
from sdinterp.study.store import Store

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
