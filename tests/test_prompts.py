import logging
import re
import shutil
import warnings

import pytest
import torch
from safetensors.torch import load_file, save_file

from sdinterp import load_model, word_rows
from sdinterp.models import POSTCARDS, ModelUnavailable
from sdinterp.postcards.captions import vocabulary
from tests.counts import trying


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


def test_letters_of_other_scripts_are_shown_as_such(model):
    assert model.tokens("a 船 é")[:9] == ["<start>", "a", "船 1/3", "船 2/3", "船 3/3", "é 1/2", "é 2/2", "<end>", "<pad>"]
    assert model.tokens("船 " * 25)[76] == "<end>" and len(model.tokens("船 " * 30)) == 77
    assert model.tokens("a \ufffd boat")[1:6] == ["a", "\ufffd 1/3", "\ufffd 2/3", "\ufffd 3/3", "boat"]
    with pytest.warns(UserWarning, match=r"not read: '船 лодка'"):
        model.encode("red " * 75 + "船 лодка")


def test_of_a_prompt_that_is_too_long_only_we_speak(model, caplog, capfd):
    logging.getLogger("transformers").propagate = True
    fresh = load_model("postcards")
    with pytest.warns(UserWarning, match="not read"):
        fresh.encode("red " * 100)
    fresh.tokens("red " * 100)
    assert "indexing errors" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "syntax", ["(red:1.3)", "[red]", "<lora:x:1>", "((red))", "{red}", "red++", "red--", "a boat AND a tent", "a BREAK tent"]
)
def test_syntax_of_other_tools_is_said_to_be_read_as_words(syntax, model):
    said = next((word for word in syntax.split() if word.isupper()), syntax)
    warned = pytest.warns(UserWarning, match=f"syntax of other tools, read here as plain words: '{re.escape(said)}'")
    with trying("syntax of other tools in a prompt: said to be read as plain words"), warned:
        model.encode(f"a {syntax} boat")


@pytest.mark.parametrize("plain", ["a (red) boat", "a boat and a tent", "A RED BOAT", "a well-known boat: red, 1.3", "a <red boat"])
def test_ordinary_marks_are_no_syntax(plain, model, recwarn):
    model.encode(plain)
    assert not [one for one in recwarn if "syntax" in str(one.message)]
