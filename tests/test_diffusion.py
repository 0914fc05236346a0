"""What the model promises of its pictures, on the bundled weights."""

import inspect
import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file

from sdinterp import PointCloud, diffusion, displacement_path, load_model, optimal_coupling, perceptual_distance
from sdinterp.diffusion import DiffusionModel, schedule_of
from sdinterp.enlarging import FILE
from sdinterp.models import POSTCARDS, ModelUnavailable, find_device
from sdinterp.postcards.judge import load_judge
from sdinterp.rendering import Trip, render_trips
from sdinterp.shortcuts import CompiledDenoiser
from tests.counts import trying

TOLERANCE = 5e-3
"""Of a pixel in [-1, 1], for what differs by the order of floating-point sums only."""

PROMPT = "a big red tent on the sand at noon under the sun"


@pytest.fixture(scope="module")
def rows(model):
    return model.encode(PROMPT)


def assert_same(a, b, tolerance=TOLERANCE):
    assert (a - b).abs().max() < tolerance


def test_pictures_have_their_shape_and_range(model, rows):
    pictures = model.render(rows.expand(3, -1, -1), seed=1, steps=3)
    assert pictures.shape == (3, 3, 64, 64) and pictures.abs().max() <= 1


def test_the_same_call_gives_the_same_picture_and_another_seed_another(model, rows):
    assert torch.equal(model.render(rows, seed=1, steps=4), model.render(rows, seed=1, steps=4))
    assert (model.render(rows, seed=1, steps=4) - model.render(rows, seed=2, steps=4)).abs().max() > 0.1


def test_a_picture_does_not_depend_on_its_batch(model):
    rows = model.encode([PROMPT, "a small white house on the grass at dawn", "a boat", "a car at night", ""])
    together = model.render(rows, seed=3, steps=6, batch_size=5)
    for size in (1, 2):
        assert_same(model.render(rows, seed=3, steps=6, batch_size=size), together)


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_the_order_of_the_rows_does_not_matter(model, rows, guidance):
    order = torch.randperm(77, generator=torch.Generator().manual_seed(0))
    assert_same(
        model.render(rows[:, order], seed=1, steps=6, guidance=guidance), model.render(rows, seed=1, steps=6, guidance=guidance)
    )


def test_duplicated_rows_equal_weighted_rows(model, rows):
    repeated = torch.cat([rows, rows[:, 2:4], rows[:, 2:4]], 1)
    weights = torch.ones(1, 77)
    weights[:, 2:4] = 3
    weighted = model.render(rows, weights / weights.sum(), seed=1, steps=6)
    assert_same(model.render(repeated, seed=1, steps=6), weighted)
    assert (weighted - model.render(rows, seed=1, steps=6)).abs().max() > 10 * TOLERANCE, "the weights did nothing"


def test_rows_of_no_mass_are_not_seen_and_equal_weights_are_no_weights(model, rows):
    noise = torch.randn(1, 9, rows.shape[2], generator=torch.Generator().manual_seed(0))
    weights = torch.cat([torch.ones(1, 77), torch.zeros(1, 9)], 1)
    plain = model.render(rows, seed=1, steps=6)
    assert_same(model.render(torch.cat([rows, 5 * noise], 1), weights, seed=1, steps=6), plain)
    assert_same(model.render(rows, torch.full((1, 77), 1 / 77), seed=1, steps=6), plain)


@torch.no_grad()
def test_rows_that_were_changed_in_place_are_read_anew(model):
    rows, noise = model.encode("a red boat").clone(), model.noise(0)
    before = model.unet(noise, 500, rows).sample
    rows *= 0.5
    after = model.unet(noise, 500, rows).sample
    assert torch.equal(after, model.unet(noise, 500, rows.clone()).sample) and not torch.allclose(before, after)


def test_gradients_flow_from_a_picture_to_the_rows(model):
    rows = model.encode("a red boat").clone().requires_grad_()
    for _ in range(2):
        model.unet(model.noise(0), 500, rows).sample.square().sum().backward()
    assert rows.grad is not None and rows.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("guidance", "apart", "sizes"), [(4.0, False, [(1, 4), (3, 6)]), (4.0, True, [(3, 6), (3, 6)]), (1.0, False, [(1, 3), (3, 3)])]
)
def test_what_comes_before_the_text_is_done_once_for_copies_of_a_latent(guidance, apart, sizes, model):
    seen, rows = [], model.encode(["a red boat at sea", "a tent on the snow", "a big tree"])
    noise = model.noise(0).repeat(3, 1, 1, 1) if apart else model.noise(0)
    hook = model.unet.conv_in.register_forward_hook(lambda _, inputs, output: seen.append((len(inputs[0]), len(output))))
    pictures = model.render(rows, noise=noise, steps=2, guidance=guidance)
    hook.remove()
    assert seen == sizes
    one_by_one = [model.render(row[None], seed=0, steps=2, guidance=guidance) for row in rows]
    assert_same(pictures, torch.cat(one_by_one))


def test_given_noise_is_used(model, rows):
    assert torch.equal(model.render(rows, noise=model.noise(7), steps=2), model.render(rows, seed=7, steps=2))


def test_pictures_equal_those_of_the_diffusers_pipeline(model, rows):
    pipeline = StableDiffusionPipeline.from_pretrained(POSTCARDS, safety_checker=None).to(torch.float32)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(model.schedule)
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(
        prompt_embeds=rows, negative_prompt_embeds=model.encode([""]), latents=model.noise(5), num_inference_steps=6,
        guidance_scale=4.0, output_type="pt",
    ).images  # fmt: skip
    assert_same(model.render(rows, seed=5, steps=6, guidance=4.0), theirs * 2 - 1)


def test_a_local_diffusers_folder_loads_by_the_same_call(model, rows, tmp_path):
    copy = shutil.copytree(POSTCARDS, tmp_path / "mine")
    local = load_model(copy)
    assert local.default_guidance == model.default_guidance == 4.0
    with pytest.warns(UserWarning, match="never learned: 'zeppelin'"):
        local.encode("a red zeppelin")
    assert torch.equal(local.render(rows, steps=2, guidance=4), model.render(rows, steps=2, guidance=4))


def write_tiny(folder, heads=2, linear=False, prediction="epsilon"):
    """Shaped like Stable Diffusion, with random weights and another scheduler: it shows that parts fit, and nothing of pictures."""
    torch.manual_seed(0)
    shutil.copytree(POSTCARDS, folder)
    UNet2DConditionModel(
        sample_size=8, block_out_channels=(32, 64), layers_per_block=1, cross_attention_dim=128, attention_head_dim=heads,
        use_linear_projection=linear, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    ).save_pretrained(folder / "unet")  # fmt: skip
    PNDMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, prediction_type=prediction,
        skip_prk_steps=True, steps_offset=1,
    ).save_pretrained(folder / "scheduler")  # fmt: skip
    return folder


@pytest.mark.parametrize(
    ("heads", "linear", "prediction"), [(2, False, "epsilon"), ([2, 4], True, "v_prediction")], ids=["1.x", "2.x"]
)
def test_folders_shaped_like_stable_diffusion_load(heads, linear, prediction, rows, tmp_path):
    folder = write_tiny(tmp_path / "tiny", heads, linear, prediction)
    tiny = load_model(folder)
    assert tiny.latent_shape == (4, 8, 8)
    order = torch.randperm(77, generator=torch.Generator().manual_seed(0))
    assert_same(tiny.render(rows[:, order], steps=3), tiny.render(rows, steps=3))
    repeated, weights = torch.cat([rows, rows[:, :1]], 1), torch.ones(1, 77)
    weights[0, 0] = 2
    assert_same(tiny.render(repeated, steps=3), tiny.render(rows, weights, steps=3))


class TestCompiled:
    @pytest.fixture
    def tiny(self, tmp_path):
        return write_tiny(tmp_path / "tiny")

    @staticmethod
    def compiled(folder, backend, monkeypatch):
        monkeypatch.setattr(diffusion, "CompiledDenoiser", partial(CompiledDenoiser, backend=backend))
        return load_model(folder, compile=True)

    def test_one_graph_serves_every_step_and_every_batch(self, tiny, model, monkeypatch):
        from torch._dynamo.testing import CompileCounter

        counter = CompileCounter()
        quick, rows = self.compiled(tiny, counter, monkeypatch), model.encode([PROMPT, "a boat", "a tent at night", "", "a tree"])
        plain, seen = load_model(tiny), []
        assert_same(quick.render(rows, seed=3, steps=4, batch_size=2, progress=seen.append), plain.render(rows, seed=3, steps=4))
        quick.render(rows[:1], seed=3, steps=2, batch_size=2)
        quick.render(rows[:3], seed=[3, 4, 5], steps=2, batch_size=2)
        assert counter.frame_count == 1 and seen == [2, 2, 1]
        weights = torch.arange(1.0, 78).expand(5, -1)
        assert_same(quick.render(rows, weights, steps=3, batch_size=2), plain.render(rows, weights, steps=3))
        assert counter.frame_count == 2, "one more, with masses"

    def test_where_nothing_compiles_it_says_so(self, tiny, rows, monkeypatch):
        def broken(*_):
            raise RuntimeError("no compiler")

        with pytest.raises(ValueError, match=r"cannot be compiled here \(.*no compiler\); do without compile"):
            self.compiled(tiny, broken, monkeypatch).render(rows, steps=1)


def test_every_picture_has_its_own_seed_where_there_are_several(model):
    rows = model.encode([PROMPT, "a boat", "a tent at night"])
    together = model.render(rows, seed=[4, 9, 4], steps=3)
    for row, seed, picture in zip(rows, (4, 9, 4), together, strict=True):
        assert_same(model.render(row[None], seed=seed, steps=3)[0], picture)
    assert torch.equal(model.render(rows, seed=[4, 4, 4], steps=3), model.render(rows, seed=4, steps=3))
    with pytest.raises(ValueError, match="noise has shape"):
        model.render(rows, seed=[1, 2], steps=1)


def test_the_decoder_takes_no_more_than_its_pixels_at_a_time(model, rows, monkeypatch):
    monkeypatch.setattr(diffusion, "PIXELS", 2 * 64 * 64)
    seen = []
    hook = model.vae.decoder.register_forward_hook(lambda _, inputs, output: seen.append(len(output)))
    model.render(rows.expand(5, -1, -1), steps=1, batch_size=5)
    hook.remove()
    assert seen == [2, 2, 1]


def test_numbers_lie_channels_last_on_a_processor_and_not_on_cuda(monkeypatch):
    monkeypatch.setattr(torch.nn.Module, "to", lambda part, *_, **given: layouts.append(given) or part)
    for kind, expected in (("cpu", 1), ("cuda", 0)):
        layouts = []
        load = partial(DiffusionModel, POSTCARDS, torch.device(kind), torch.float32, name="postcards")
        load()
        assert sum("memory_format" in given for given in layouts) == expected


def test_the_bundled_model_stays_on_the_cpu_in_float32_where_there_is_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert find_device().type == "cuda" and find_device("cpu").type == "cpu"
    model = load_model()
    assert (model.device.type, model.dtype) == ("cpu", torch.float32)


def test_bfloat16_renders(rows):
    half = load_model("postcards", dtype=torch.bfloat16)
    picture = half.render(rows.bfloat16(), steps=2)
    assert picture.dtype == torch.float32 and torch.isfinite(picture).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"embeddings": torch.zeros(1, 77, 5)}, "(b, n, 128)"),
        ({"embeddings": torch.zeros(77, 128)}, "(b, n, 128)"),
        ({"embeddings": torch.full((1, 77, 128), torch.nan)}, "NaN"),
        ({"weights": torch.ones(1, 76)}, "need (1, 77)"),
        ({"weights": -torch.ones(1, 77)}, "not negative"),
        ({"weights": torch.zeros(1, 77)}, "positive"),
        ({"noise": torch.zeros(1, 4, 8, 8)}, "noise has shape"),
        ({"steps": 0}, "between 1 and 1000"),
        ({"batch_size": 0}, "at least 1"),
        ({"guidance": -1.0}, "between 0 and 100"),
    ],
)
def test_bad_settings_get_one_clear_sentence(model, rows, change, message):
    with pytest.raises(ValueError) as error:
        model.render(**{"embeddings": rows, "steps": 1} | change)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing-like-it", "there is no model"),
        ("someone/something", "which commit"),
        (".", "model_index.json"),
        ("../x", "there is no model"),
    ],
)
def test_models_that_are_not_there(name, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelUnavailable, match=message):
        load_model(name)


def test_no_network_is_said_in_one_sentence_that_names_the_offline_default(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match=r"cannot get .* from the hub .* use 'postcards'"):
        load_model("CompVis/stable-diffusion-v1-4")


KINDS = [kind for kind in DPMSolverMultistepScheduler().compatibles if "beta_start" in inspect.signature(kind).parameters]
KINDS.sort(key=lambda kind: kind.__name__)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_whatever_scheduler_a_folder_names_the_sampler_is_ours(kind, model, rows, tmp_path, monkeypatch):
    """Deterministic, of second order, and with the noise schedule that the folder says."""
    own = DPMSolverMultistepScheduler.load_config(POSTCARDS / "scheduler")
    known = {name: value for name, value in own.items() if name in inspect.signature(kind).parameters}
    sampler = {"algorithm_type": "sde-dpmsolver++", "solver_order": 1, "use_karras_sigmas": True, "eta": 1.0}
    strange = {name: value for name, value in sampler.items() if name in inspect.signature(kind).parameters}
    strange |= {"algorithm_type": "deis"} if "DEIS" in kind.__name__ else {}
    kind(**known | strange).save_pretrained(tmp_path / "scheduler")
    monkeypatch.setattr(model, "schedule", schedule_of(tmp_path))
    pictures = model.render(rows, seed=1, steps=3)
    assert torch.equal(pictures, model.render(rows, seed=1, steps=3))
    spacing = model.schedule.get("timestep_spacing", "linspace")
    monkeypatch.setattr(model, "schedule", {**schedule_of(POSTCARDS), "timestep_spacing": spacing})
    assert_same(pictures, model.render(rows, seed=1, steps=3))


def test_no_double_precision_goes_to_a_device_that_has_none(model, rows, monkeypatch):
    """Apple's MPS has no float64; a second name of the CPU stands for it here, and refuses what MPS refuses."""
    move = torch.Tensor.to

    def to(self, *args, **given):
        moved = move(self, *args, **given)
        assert moved.dtype != torch.float64 or "cpu:0" not in map(str, args), "a float64 tensor goes to the device"
        return moved

    monkeypatch.setattr(torch.Tensor, "to", to)
    monkeypatch.setattr(model, "device", torch.device("cpu:0"))
    with pytest.raises(AssertionError):
        torch.zeros(1, dtype=torch.float64).to(model.device)
    weights = torch.rand(1, 77, dtype=torch.float64)
    model.render(rows, weights, seed=1, steps=1)
    a, b = PointCloud(rows[0], weights[0] / weights.sum()), PointCloud(rows[0].flip(0))
    render_trips(model, [Trip({"optimal": displacement_path(optimal_coupling(a, b))})], 3, steps=1)


@pytest.fixture(params=["fp16", "cache", "main", "path"])
def folder_as_people_have_it(request, tmp_path, monkeypatch):
    """The bundled model as it may lie on somebody's disk."""
    name = tmp_path / "models--someone--postcards"
    folder = shutil.copytree(POSTCARDS, name / "snapshots" / "abc" if request.param in ("cache", "main") else name)
    if request.param == "fp16":
        for file in folder.glob("*/*.safetensors"):
            save_file({key: value.half() for key, value in load_file(file).items()}, file)
            file.rename(file.with_name(f"{file.stem}.fp16.safetensors"))
    if request.param == "main":
        (name / "snapshots" / "older").mkdir()
        (name / "refs").mkdir()
        (name / "refs" / "main").write_text("abc")
    if request.param == "path":
        monkeypatch.setenv("HOME", str(tmp_path))
        return Path("~") / name.name
    return str(name)


def test_folders_load_as_people_have_them(folder_as_people_have_it, model, rows):
    with trying("folders as people have them: the model loads, or a sentence says what is missing"):
        found = load_model(folder_as_people_have_it)
        assert_same(found.render(rows, steps=2), model.render(rows, steps=2), 0.05)


def test_pictures_may_be_oblong(model, rows):
    wide = load_model("postcards", width=96, height=48)
    assert wide.latent_shape == (4, 12, 24) and wide.noise(0).shape == (1, 4, 12, 24)
    assert wide.render(rows, steps=1).shape == (1, 3, 48, 96)
    wide.set_size()
    assert torch.equal(wide.render(rows, steps=1), model.render(rows, steps=1))


def test_a_folder_may_say_height_and_width(tmp_path):
    folder = shutil.copytree(POSTCARDS, tmp_path / "mine")
    config = folder / "unet" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"sample_size": [8, 16]}))
    assert load_model(folder).latent_shape == (4, 8, 16)


def test_arrays_and_lists_are_taken_as_tensors_are(model, rows):
    plain, weights = model.render(rows, torch.arange(1.0, 78)[None], steps=1, noise=model.noise(3)), np.arange(1.0, 78)[None]
    assert torch.equal(model.render(rows.numpy(), weights, steps=1, noise=model.noise(3).numpy()), plain)
    assert torch.equal(model.render([rows[0]], [list(weights[0])], steps=1, noise=model.noise(3).tolist()), plain)
    away = model.render(rows, steps=1, negative=model.encode("a tent"), seed=np.int64(1))
    assert torch.equal(model.render(rows.double().numpy(), steps=1, negative=model.encode("a tent").numpy(), seed=1), away)
    a, b = torch.zeros(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    assert torch.equal(perceptual_distance(a.numpy(), b.tolist()), perceptual_distance(a, b))


def test_pictures_are_enlarged_for_the_eye_and_stay_the_same_scene(model, rows):
    painted = model.render(rows, steps=12)
    larger = model.enlarge(painted)
    assert larger.shape == (1, 3, 128, 128) and larger.abs().max() <= 1
    assert_same(torch.nn.functional.avg_pool2d(larger, 2).mean((2, 3)), painted.mean((2, 3)), 0.03)
    alike = load_judge().sees(torch.nn.functional.avg_pool2d(larger, 2)) == load_judge().sees(painted)
    assert alike.sum() >= 9


def test_a_model_without_an_enlarger_leaves_pictures_as_they_are(rows, tmp_path):
    shutil.copytree(POSTCARDS, tmp_path / "plain", ignore=shutil.ignore_patterns(FILE))
    plain = load_model(tmp_path / "plain")
    painted = plain.render(rows, steps=1)
    assert torch.equal(plain.enlarge(painted), painted)
