"""Pipelines of today's families: their ends are the plain prompts' pictures, and what reads a cloud is read as one."""

import shutil

import diffusers
import pytest
import torch
from diffusers.utils import logging

from sdinterp import displacement_path, interpolate_prompts, load_model, optimal_coupling
from sdinterp.checks import shorten
from sdinterp.cli import main
from sdinterp.defaults import POSTCARDS, STEPS
from sdinterp.models import ModelUnavailable
from sdinterp.pipelines import OFFLOADS, PipelineModel
from sdinterp.study.pairs import Pair
from sdinterp.study.renderers import placed
from sdinterp.study.run import run_study
from sdinterp.study.settings import Settings
from sdinterp.study.store import Store
from sdinterp.words import END, PAD, START
from tests import tiny

A, B, LONG = "a red boat", "the big tent", "a big tent on the snow"
PLACED = ("lumina", "qwen", "flux2")
CLOUDS = [name for name in tiny.PIPELINES if name not in PLACED]
MASKED = ("pixart", "sana", "lumina", "qwen")
logging.set_verbosity_error()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return tmp_path_factory.mktemp("pipelines")


@pytest.fixture(scope="module")
def models(folders):
    return {name: load_model(tiny.write(name, folders / name), **size(name)) for name in tiny.PIPELINES}


def size(name):
    """Pixels to ask for; Lumina 2 says that its decoder enlarges eightfold, and the tiny one twofold."""
    return {"width": 128, "height": 128} if name == "lumina" else {"width": 32, "height": 32}


def pictures(model, clouds, weighed=False, **how):
    """What a model paints of clouds of one size."""
    beside = [cloud.vector for cloud in clouds if cloud.vector is not None]
    rows, masses = (torch.stack(parts) for parts in zip(*((cloud.points, cloud.weights) for cloud in clouds), strict=True))
    how |= {"vectors": torch.stack(beside)} if beside else {}
    return model.render(rows, masses if weighed else None, steps=2, **how)


@pytest.mark.parametrize("name", tiny.PIPELINES)
def test_a_prompt_is_painted_as_by_the_pipeline_itself(models, name):
    model = models[name]
    assert isinstance(model, PipelineModel) and model.dtype == torch.float32 and model.device.type == "cpu"
    noise = [torch.Generator().manual_seed(3)]
    how = {**size(name), "output_type": "pt", **dict(model.wiring.given)}
    plain = 2 * model.pipe(prompt=A, num_inference_steps=2, generator=noise, **how).images - 1
    ours = pictures(model, model.clouds([A]), seed=3)
    torch.testing.assert_close(ours, plain, atol=2e-5, rtol=0)
    assert not torch.allclose(ours, pictures(model, model.clouds([A]), seed=4), atol=1e-2)


@pytest.mark.parametrize("name", CLOUDS)
def test_what_reads_a_cloud_takes_its_rows_in_any_order_and_with_any_masses(models, name):
    model = models[name]
    (cloud,), (other,) = model.clouds([A]), model.clouds([B])
    order = torch.randperm(len(cloud), generator=torch.Generator().manual_seed(0))
    masses = torch.ones(len(cloud)).index_fill(0, torch.tensor([1]), 2)
    again = [*range(len(cloud)), 1]
    beside = {"vectors": cloud.vector[None]} if cloud.vector is not None else {}

    def painted(rows, weights=None):
        return model.render(rows[None], None if weights is None else weights[None], steps=2, **beside)

    plain = painted(cloud.points)
    apart = (plain - pictures(model, [other])).abs().max()
    assert (plain - painted(cloud.points[order])).abs().max() < 1e-2 * apart
    assert (plain - painted(torch.cat([cloud.points] * 2), torch.ones(2 * len(cloud)))).abs().max() < 1e-2 * apart
    heavy = painted(cloud.points, masses)
    assert (heavy - painted(cloud.points[again], torch.ones(len(again)))).abs().max() < 2e-2 * apart < apart


@pytest.mark.parametrize("name", tiny.PIPELINES)
def test_rows_have_labels_and_masked_ones_are_none(models, name):
    model = models[name]
    labels, (cloud,) = model.tokens(LONG), model.clouds([LONG])
    assert len(labels) == len(cloud)
    words = LONG.split()
    assert words == [label for label in labels if label not in (START, END, PAD, "<unk>")][-len(words) :] or name == "sd3"
    assert (PAD in labels) == (name not in MASKED)
    if name == "sd3":
        assert labels[:8] == [START, *words, END] and labels[77 : 77 + 7] == [*words, END], "rows of CLIP, then rows of T5"
    if name in MASKED:
        with pytest.raises(ValueError, match=r"these prompts have \d+ and \d+ rows; take model.clouds"):
            model.encode([A, LONG])
    else:
        assert model.encode([A, LONG]).shape == (2, *cloud.points.shape)


@pytest.mark.parametrize("name", CLOUDS)
def test_it_walks_from_a_to_b(models, name):
    model = models[name]
    strips = interpolate_prompts(A, B, frames=3, model=model, steps=2, seed=3, negative_prompt="snow", net="efficientnet-lite0")
    away = model.clouds(["snow"])[0]
    for cloud, place in zip(model.clouds([A, B]), (0, -1), strict=True):
        plain = pictures(model, [cloud], seed=3, negative=away)[0]
        assert all(torch.equal(strip.frames[place], strips["optimal"].frames[place]) for strip in strips.values())
        torch.testing.assert_close(strips["optimal"].frames[place], plain, atol=1e-4, rtol=0)
    costs = {key: strip.coupling.cost(2) for key, strip in strips.items()}
    assert costs["optimal"] == min(costs.values()) and strips.settings["guidance"] == model.default_guidance


def test_a_vector_beside_the_rows_goes_in_a_straight_line(models):
    model = models["sdxl"]
    a, b = model.clouds([A, B])
    strips = interpolate_prompts(A, B, "standard", 3, model=model, steps=2, net="efficientnet-lite0")
    middle = displacement_path(strips["standard"].coupling)(0.5)
    half = model.render(middle.points[None], vectors=((a.vector + b.vector) / 2)[None], steps=2)
    torch.testing.assert_close(strips["standard"].frames[1:2], half, atol=1e-4, rtol=0)
    assert not torch.allclose(half, model.render(middle.points[None], vectors=100 * a.vector[None], steps=2), atol=1e-3)
    with pytest.raises(ValueError, match=r"reads a vector beside the rows; give vectors="):
        model.render(a.points[None], steps=2)


def test_prompts_of_different_length_are_clouds_of_different_size(models):
    model = models["pixart"]
    strips = interpolate_prompts(A, LONG, "optimal", 3, model=model, steps=2, net="efficientnet-lite0")
    assert len(strips["optimal"].path(0.5)) > len(model.clouds([LONG])[0]) == 7
    with pytest.raises(ValueError, match="the standard coupling needs clouds of one size, not 4 and 7"):
        interpolate_prompts(A, LONG, "standard", 3, model=model, steps=2)


def test_two_encoders_make_one_cloud_and_no_coupling_of_it_is_cheaper(models):
    a, b = models["sd3"].clouds([A, LONG])
    blocks = slice(0, 77), slice(77, None)
    apart = sum(optimal_coupling(a.points[one], b.points[one]).cost(2) * len(a.points[one]) / len(a) for one in blocks)
    assert optimal_coupling(a, b).cost(2) <= apart + 1e-9


def test_qwen_image_is_guided_where_there_is_a_text_to_lead_away_from(models):
    model = models["qwen"]
    noise = [torch.Generator().manual_seed(0)]
    plain = model.pipe(A, negative_prompt=LONG, num_inference_steps=2, generator=noise, output_type="pt", **size("qwen")).images
    guided = pictures(model, model.clouds([A]), negative=model.clouds([LONG])[0])
    torch.testing.assert_close(guided, 2 * plain - 1, atol=2e-5, rtol=0)
    assert not torch.allclose(guided, pictures(model, model.clouds([A])), atol=1e-3)


@pytest.mark.parametrize("name", PLACED)
def test_where_rows_have_places_only_the_standard_coupling_is_walked(models, name):
    model = models[name]
    strips = interpolate_prompts(A, B, "standard", 3, model=model, steps=2, net="efficientnet-lite0")
    torch.testing.assert_close(strips["standard"].frames[-1:], pictures(model, model.clouds([B])), atol=1e-4, rtol=0)
    with pytest.raises(ValueError, match=r"gives each row a place.*the optimal coupling does not arrive at B.*read a cloud\?”"):
        interpolate_prompts(A, B, model=model)
    with pytest.raises(ValueError, match="gives each row a place and takes no masses"):
        pictures(model, model.clouds([A]), weighed=True)


def test_the_command_and_a_study_take_one(folders, models, tmp_path, capsys):
    folder = str(folders / "sdxl")
    asked = ["--model", folder, "--width", "32", "--height", "32", "--steps", "1", "--frames", "2", "--couplings", "optimal"]
    assert main(["path", A, B, *asked, "--out", str(tmp_path / "strip.png")]) == 0, capsys.readouterr().err
    settings = Settings(
        source={"pairs": "csv"}, model=folder, couplings=("optimal", "standard"), frames=2, steps=1, net="efficientnet-lite0",
        second_net="none",
    )  # fmt: skip
    run = run_study(settings, tmp_path / "run", pairs=[Pair("one", A, B, 1.0)])
    with Store(run) as store:
        assert set(store.table()["coupling"]) == {"optimal", "standard"} and store.settings.dtype == "float32"


def test_a_study_takes_the_steps_of_the_pipelines_own_call(folders, models):
    for name in ("sdxl", "flux", "pixart"):
        settings, *_ = placed(Settings(model=str(folders / name)), "cpu", None)
        assert settings.steps == models[name].default_steps > STEPS, name
    assert placed(Settings(model=str(folders / "flux"), steps=3), "cpu", None)[0].steps == 3
    assert placed(Settings(model=str(POSTCARDS)), "cpu", None)[0].steps == STEPS
    assert placed(Settings(model=str(folders / "flux")), "cuda", 1)[2] is None, "a pipeline knows how many pictures it takes"


@pytest.mark.parametrize("offload", OFFLOADS)
def test_offloading_is_asked_of_diffusers(folders, models, monkeypatch, offload):
    """On a machine without a GPU or accelerate: that it is asked for is seen here, what it saves is not."""
    asked = []
    monkeypatch.setattr(diffusers.DiffusionPipeline, f"enable_{offload}_cpu_offload", lambda pipe, device: asked.append(device))
    monkeypatch.setattr(diffusers.DiffusionPipeline, "to", None)
    model = load_model(folders / "sdxl", offload=offload, **size("sdxl"))
    assert asked == [torch.device("cpu")] and model.pipe.vae.use_slicing and not model.pipe.vae.use_tiling
    clouds = models["sdxl"].clouds([A, B])
    torch.testing.assert_close(pictures(model, clouds), pictures(models["sdxl"], clouds), atol=1e-5, rtol=0)


def test_a_hub_id_loads_from_the_hubs_cache_where_there_is_no_network(folders, models, tmp_path, monkeypatch):
    commit = "0123456789abcdef0123456789abcdef01234567"
    shutil.copytree(folders / "sdxl", tmp_path / "models--someone--tiny" / "snapshots" / commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    (cloud,) = load_model("someone/tiny", revision=commit).clouds([A])
    assert torch.equal(cloud.points, models["sdxl"].clouds([A])[0].points)
    with pytest.raises(ModelUnavailable, match="say which commit of someone/tiny is meant"):
        load_model("someone/tiny")
    with pytest.raises(ModelUnavailable, match="cannot get someone/tiny from the hub"):
        load_model("someone/tiny", revision=commit[::-1])


def test_what_cannot_be_done_is_said(folders, models):
    for how, said in (
        ({"compile": True}, "is a FluxPipeline, which is not compiled here"),
        ({"offload": "disk"}, "offload is 'disk'; choose model or sequential"),
    ):
        with pytest.raises(ValueError, match=said):
            load_model(folders / "flux", **how)
    with pytest.raises(ValueError, match="which is not offloaded here"):
        load_model("postcards", offload="model")
    model = models["flux"]
    with pytest.raises(ValueError, match=r"renders \(b, n, 32\)"):
        model.render(torch.zeros(1, 3, 5))
    weights = next((folders / "sana" / "transformer").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelUnavailable, match="cannot be loaded as a SanaPipeline folder") as refused:
        load_model(folders / "sana")
    assert len(shorten(str(refused.value))) < 100
