import shutil
import warnings

import pytest
import torch
from safetensors.torch import load_file, save_file

from sdinterp import load_model, word_rows
from sdinterp.models import POSTCARDS, ModelUnavailable
from sdinterp.postcards.captions import vocabulary


def test_rows_are_start_words_end_and_padding(model):
    tokens = model.tokens("A small red boat, at sea")
    assert len(tokens) == 77
    assert tokens[:9] == ["<start>", "a", "small", "red", "boat", ",", "at", "sea", "<end>"]
    assert set(tokens[9:]) == {"<pad>"}


def test_every_word_of_the_vocabulary_is_one_token(model):
    for word in vocabulary():
        assert model.tokens(word)[:3] == ["<start>", word, "<end>"]


def test_unknown_words_are_named_with_the_nearest_known_ones(model):
    with pytest.warns(UserWarning, match=r"'sailbot' \(near: sailboat"):
        model.encode("a red sailbot")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.encode("a small red boat at sea at noon")


def test_words_past_the_last_row_are_named(model):
    with pytest.warns(UserWarning, match="not read: 'lighthouse'"):
        model.encode(" ".join(["red"] * 75 + ["lighthouse"]))


def test_padding_is_the_end_token_as_in_stable_diffusion(model):
    ids = model.text.tokenizer("red", padding="max_length", max_length=77).input_ids
    assert ids[2:] == [model.text.tokenizer.eos_token_id] * 75


def test_word_rows_of_two_prompts(model):
    rows = word_rows(model.tokens("a red boat"), model.tokens("a boat"))
    assert rows.nonzero()[:, 0].tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="one model"):
        word_rows(["<start>"], ["<start>", "<end>"])


def test_a_prompt_is_a_text(model):
    with pytest.raises(ValueError, match="not int"):
        model.encode([3])


def test_embeddings_do_not_depend_on_the_batch(model):
    pair = model.encode(["a red boat", "a big blue car at night"])
    torch.testing.assert_close(model.encode("a red boat")[0], pair[0], atol=1e-4, rtol=0)


@pytest.mark.parametrize("prefix", ["", "text_model."])
def test_weights_load_whichever_version_of_transformers_named_them(prefix, model, tmp_path):
    shutil.copytree(POSTCARDS, tmp_path / "model")
    file = tmp_path / "model" / "text_encoder" / "model.safetensors"
    save_file({prefix + name.removeprefix("text_model."): value for name, value in load_file(file).items()}, file)
    assert torch.equal(load_model(tmp_path / "model").encode("a red boat"), model.encode("a red boat"))
    save_file({name: value for name, value in load_file(file).items() if "position" not in name}, file)
    with pytest.raises(ModelUnavailable, match=r"text_encoder lacks 1 weights, for example embeddings\.position_embedding"):
        load_model(tmp_path / "model")
