import math

import pytest
import torch

from sdinterp import interpolate_prompts, perceptual_distance, perceptual_length, perceptual_path_length, wasserstein_distance

A, B = "a small red boat at sea at noon", "a big yellow tent on the snow at night"


@pytest.fixture(scope="module")
def strips(model):
    names = ("optimal", "clip", "random", "random-words", "entropic")
    return interpolate_prompts(A, B, names, frames=4, model=model, seed=2, steps=4)


def test_names_are_standard_and_aliases_find_them(strips):
    assert list(strips) == ["optimal", "standard", "random", "random_words", "entropic"]
    assert strips["clip"] is strips["standard"]


def test_ends_are_the_pictures_of_the_plain_prompts(strips, model):
    plain = model.render(model.encode([A, B]), seed=2, steps=4)
    for strip in strips.values():
        assert strip.frames.shape == (4, 3, 64, 64)
        assert (strip.frames[[0, -1]] - plain).abs().max() < 5e-3
        ends = model.render(torch.stack([strip.path(1).points]), strip.path(1).weights[None], seed=2, steps=4)
        assert (ends[0] - plain[1]).abs().max() < 5e-3, f"the {strip.name} path does not end at B"


def test_measures_are_those_of_the_frames(strips):
    for strip in strips.values():
        squares = perceptual_distance(strip.frames[:-1], strip.frames[1:])
        torch.testing.assert_close(strip.squared_distances, squares, atol=1e-5, rtol=1e-4)
        assert strip.measures["perceptual_path_length"] == pytest.approx(squares.sum().item(), rel=1e-4)
        assert perceptual_path_length(strip) <= perceptual_length(strip) ** 2 <= 3 * perceptual_path_length(strip) + 1e-9
        assert strip.measures["straightness"] >= 1 - 1e-6


def test_the_optimal_path_is_the_shortest(strips, model):
    a, b = model.encode([A, B])
    assert strips["optimal"].path.length == pytest.approx(wasserstein_distance(a, b))
    assert all(strips["optimal"].path.length <= strip.path.length + 1e-9 for strip in strips.values())


def test_the_same_prompt_twice_makes_a_strip_of_one_picture(model):
    strips = interpolate_prompts(A, A, frames=3, steps=2, model=model)
    assert strips["optimal"].measures["cost_p1"] == 0
    assert strips["optimal"].measures["perceptual_length"] < 0.1
    assert math.isnan(strips["optimal"].measures["straightness"]) or strips["optimal"].ends < 1e-3


def test_progress_counts_every_picture_once(model):
    seen = []
    interpolate_prompts(
        A, B, ("optimal", "standard"), frames=5, steps=1, model=model, progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (8, 8) and [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_every_picture_is_rendered_once_and_looked_at_once(model, monkeypatch):
    """Three strips of nine with shared ends are 2 + 3 * 7 pictures."""
    from sdinterp import rendering

    rendered, looked_at = [], []
    monkeypatch.setattr(
        rendering, "perceptual_features", lambda pictures, *_, **__: looked_at.append(len(pictures)) or pictures.flatten(1)
    )

    class Flat:
        name, default_guidance, device, dtype = "flat", 1.0, model.device, model.dtype
        default_steps, reads_cloud = 1, True
        clouds, tokens, enlarge = model.clouds, model.tokens, model.enlarge

        def render(self, embeddings, weights=None, **_):
            rendered.append(len(embeddings))
            return embeddings.mean((1, 2))[:, None, None, None].expand(-1, 3, 64, 64)

    strips = interpolate_prompts(A, B, frames=9, model=Flat())
    assert sum(rendered) == sum(looked_at) == 23
    for strip in strips.values():
        flat = strip.frames.flatten(1)
        torch.testing.assert_close(strip.squared_distances, flat.diff(dim=0).square().sum(1))
        assert strip.ends == pytest.approx(float((flat[-1] - flat[0]).square().sum()))


def test_two_frames_are_the_ends(model):
    strip = interpolate_prompts(A, B, ("random", "entropic"), frames=2, steps=1, model=model)["entropic"]
    assert strip.frames.shape[0] == 2 and strip.squared_distances.item() == pytest.approx(strip.ends)


@pytest.mark.parametrize(
    ("couplings", "frames", "message"),
    [(["optimal"], 1, "frames is 1"), ([], 3, "at least one"), (["optimal", "ot"], 3, "each once"), (["best"], 3, "unknown")],
)
def test_bad_calls_get_one_clear_sentence(model, couplings, frames, message):
    with pytest.raises(ValueError, match=message):
        interpolate_prompts(A, B, couplings, frames, model=model)


def test_couplings_that_are_equal_share_their_pictures(model, monkeypatch):
    counted, render = [], model.render
    monkeypatch.setattr(model, "render", lambda rows, *args, **given: counted.append(len(rows)) or render(rows, *args, **given))
    strips = interpolate_prompts("a red boat", "a red boat at night", ["standard", "optimal_words"], 4, model=model, steps=1)
    assert torch.equal(strips["standard"].coupling.permutation, strips["optimal_words"].coupling.permutation)
    assert sum(counted) == 4 and torch.equal(strips["standard"].frames, strips["optimal_words"].frames)
    assert torch.equal(strips["standard"].squared_distances, strips["optimal_words"].squared_distances)


def test_a_walk_past_three_prompts_is_its_legs_and_renders_each_prompt_once(model, monkeypatch):
    prompts, how = (
        ["a red boat", "a blue tent at night", "a tree"],
        {"couplings": ["optimal", "random"], "model": model, "steps": 2},
    )
    legs = [interpolate_prompts(a, b, frames=4, **how) for a, b in (prompts[:2], prompts[1:])]
    counted, render = [], model.render
    monkeypatch.setattr(model, "render", lambda rows, *args, **given: counted.append(len(rows)) or render(rows, *args, **given))
    walk = interpolate_prompts(prompts, frames=4, **how)
    assert sum(counted) == 3 + 2 * 2 * 2 and walk.prompts == tuple(prompts)
    for name, strip in walk.items():
        first, second = (leg[name] for leg in legs)
        assert strip.times.tolist() == pytest.approx([k / 3 for k in range(7)])
        torch.testing.assert_close(strip.frames, torch.cat([first.frames, second.frames[1:]]), atol=5e-3, rtol=0)
        torch.testing.assert_close(
            strip.squared_distances, torch.cat([first.squared_distances, second.squared_distances]), atol=1e-3, rtol=1e-2
        )
        assert strip.measures["cost_p1"] == pytest.approx(first.measures["cost_p1"] + second.measures["cost_p1"])


def test_a_negative_prompt_leads_every_frame_away_from_it(model):
    plain, away = (
        interpolate_prompts("a boat", "a tent", "optimal", 3, model=model, steps=2, negative_prompt=negative)["optimal"].frames
        for negative in ("", "a red boat at sea at night")
    )
    assert ((plain - away).abs().amax((1, 2, 3)) > 0.05).all()
    rows, negative = model.encode(["a boat", "a tent"]), model.encode("a red boat at sea at night")
    torch.testing.assert_close(model.render(rows, steps=2, negative=negative), away[[0, -1]], atol=5e-3, rtol=0)
    again = model.render(rows, steps=2, negative=model.encode(""))  # the shortcut keeps no text of the call before
    torch.testing.assert_close(again, plain[[0, -1]], atol=5e-3, rtol=0)


def test_pictures_that_hold_no_numbers_are_the_models(model, monkeypatch):
    nothing = lambda rows, *args, **given: torch.full((len(rows), 3, 64, 64), torch.nan)  # noqa: E731
    monkeypatch.setattr(model, "render", nothing)
    with pytest.raises(ValueError, match=r"postcards gave pictures that hold no numbers, in torch\.float32; try it in float32"):
        interpolate_prompts("a boat", "a tent", model=model)
