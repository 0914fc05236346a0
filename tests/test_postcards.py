import json
import random

import numpy as np
import pytest

from sdinterp import diffusion
from sdinterp.models import POSTCARDS, fingerprint
from sdinterp.postcards import card, told
from sdinterp.postcards.captions import FIXED_PHRASES, SYNONYMS, describe, random_caption, vocabulary
from sdinterp.postcards.drawing import SIZE, draw, to_tensor
from sdinterp.postcards.judge import load_judge, verdict
from sdinterp.postcards.scenes import ATTRIBUTES, Scene, random_scene, scene_sharing


@pytest.fixture
def rng():
    return random.Random(0)


@pytest.fixture(scope="module")
def measured(model):
    return card.measure(model, 24, seed=2, steps=5, groups=1)


def test_a_scene_has_ten_attributes_and_refuses_other_values(rng):
    assert len(ATTRIBUTES) == 10
    with pytest.raises(ValueError, match="colour is 'pink'"):
        Scene("boat", "pink", *(values[0] for values in list(ATTRIBUTES.values())[2:]))


@pytest.mark.parametrize("shared", range(11))
def test_two_scenes_share_exactly_as_many_attributes_as_asked(shared, rng):
    scene = random_scene(rng)
    assert len(scene.shared_with(scene_sharing(scene, shared, rng))) == shared


def test_every_attribute_shows_in_the_drawing(rng):
    scene = random_scene(rng)
    for name, values in ATTRIBUTES.items():
        other = next(value for value in values if value != getattr(scene, name))
        changed = Scene(**{**scene.__dict__, name: other})
        a, b = (np.asarray(draw(s, random.Random(5))).astype(int) for s in (scene, changed))
        assert a.shape == (64, 64, 3) and (np.abs(a - b).max(2) > 40).sum() > 25, name


def test_the_same_scene_without_a_generator_is_the_same_picture(rng):
    scene = random_scene(rng)
    assert draw(scene).tobytes() == draw(scene).tobytes()


def test_a_drawing_at_twice_the_size_is_the_same_drawing(rng):
    scene = random_scene(rng)
    small, large = (np.asarray(picture, float) for picture in (draw(scene), draw(scene, size=2 * SIZE).reduce(2)))
    assert np.abs(small - large).max() <= 1


def test_fixed_order_gives_each_attribute_its_own_words_at_the_same_place(rng):
    lengths = {len(describe(random_scene(rng), rng, "fixed").split()) for _ in range(200)}
    assert len(lengths) == 1


@pytest.mark.parametrize("order", ["fixed", "free"])
def test_captions_name_all_ten_attributes_and_use_the_vocabulary(order, rng):
    known = set(vocabulary())
    for _ in range(300):
        scene = random_scene(rng)
        words = describe(scene, rng, order).replace(",", " ,").split()
        assert set(words) <= known and len(words) <= 75
        for name in ATTRIBUTES:
            value = getattr(scene, name)
            assert set(SYNONYMS.get(value, (value,))) & set(words), (name, words)


def test_training_captions_leave_things_out(rng):
    scene = random_scene(rng)
    assert len({len(random_caption(scene, rng).split()) for _ in range(50)}) > 5
    assert set(FIXED_PHRASES) < set(ATTRIBUTES)


def test_free_order_needs_a_generator(rng):
    with pytest.raises(ValueError, match="drawn at random"):
        describe(random_scene(rng), order="free")
    with pytest.raises(ValueError, match="'fixed' or 'free'"):
        describe(random_scene(rng), rng, "loose")  # type: ignore[arg-type]


def test_the_judge_reads_drawings(rng):
    scenes = [random_scene(rng) for _ in range(300)]
    rates = verdict(load_judge(), to_tensor(draw(scene, rng) for scene in scenes), scenes).by_attribute
    assert min(rates.values()) >= 0.97, rates


def test_the_model_paints_what_prompts_say(measured):
    """A floor under the committed weights, well below what the book's page measures."""
    found = measured[0].model
    assert found.by_attribute["ground"] > 0.9 and found.by_attribute["time"] > 0.9
    assert np.mean(list(found.by_attribute.values())) > 0.8


def test_the_model_card_was_measured_on_the_weights_beside_it():
    recorded = json.loads((POSTCARDS / "measures.json").read_text())
    assert recorded["weights"] == fingerprint(POSTCARDS), "the weights changed: run `sdinterp postcards judge --write`"
    text = (POSTCARDS / "README.md").read_text()
    assert recorded["weights"] in text and f"{recorded['psnr']:.2f} dB" in text
    assert all(" | ".join(row) in text for row in recorded["table"])
    assert recorded["settings"]["prompts"] >= 500


def test_measures_are_a_table_of_ten_attributes_and_a_card_can_be_written(measured, model, tmp_path):
    found, pictures, prompts = measured
    assert pictures.shape == (24, 3, 64, 64) and len(prompts) == 24
    table = found.table()
    assert [row[0] for row in table] == [*ATTRIBUTES, "all ten at once"] and {len(row) for row in table} == {len(card.HEADER)}
    assert set(found.kinds) == set(ATTRIBUTES) - set(card.NAMED) and all(0 < kinds < 1.5 for kinds in found.kinds.values())
    assert "| all ten at once |" in card.write_card(found, tmp_path).read_text()
    with pytest.raises(ValueError, match="prompts is 0"):
        card.measure(model, 0)


def test_what_was_recorded_of_the_model_is_told(model):
    table = told.kept("measures")["table"]
    assert all(f">{entry}</td>" in told.measures().html for entry in table[0][1:4])
    assert told.from_nothing().html.count("<tr>") == 1 + len(table) + 3 + len(told.kept("../from_nothing")["training"]["steps"])
    assert told.parts(model).html.count("<tr>") == 4 and "data:image/webp" in told.painted_again().html
    short = told.shortfalls()
    rates = {row[0]: float(row[3]) for row in told.kept("../from_nothing")["table"][:-1]}
    assert all((f"{name} (" in short) == (rate < told.WANTED.get(name, 0.9)) for name, rate in rates.items())


def test_a_model_says_its_sizes(model):
    sizes = diffusion.sizes(model.unet, model.vae, model.text.text_model)
    assert sizes["rows of an embedding, n"] == 77 and sizes["picture"] == "64 x 64" and sizes["latents"].endswith("16 x 16")
