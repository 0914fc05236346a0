"""What checks of exercises say: the helpers that they are made of."""

import numpy as np
import pytest
import torch

from sdinterp.exercises import compared, tried


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": 2.05, "yes": True, "word": "less"}, "Right."),
        ({"n": 2.2, "yes": True, "word": "less"}, "n: not 2.2. Think."),
        ({"n": True, "yes": True, "word": "less"}, "n: write a number, not True."),
        ({"n": 2, "yes": 1, "word": "less"}, "yes: write True or False, not 1."),
        ({"n": 2, "yes": False, "word": "less"}, "yes: not False. Think."),
        ({"n": 2, "yes": True, "word": 1}, "word: write a word, not 1."),
        ({"n": 2, "yes": True, "word": "more"}, "word: not more. Think."),
        ({"n": 2, "yes": True}, "word: write a word, not None."),
    ],
)
def test_predictions_are_compared_by_their_kind(given, said):
    assert compared(given, {"n": 2, "yes": np.bool_(True), "word": "less"}, "Think.", relative=0.05) == said


def doubled(x):
    x *= 2
    return x


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (doubled, "Right."),
        (lambda x: [2.0, 4.0], "Right."),
        (lambda x: torch.tensor([2.0, 4.0]), "Right."),
        (lambda x: None, "To do: return an array of shape (2,)."),
        (lambda x: "four", "two: return an array of shape (2,), not str."),
        (lambda x: 3.0, "two: return an array of shape (2,); yours has shape ()."),
        (lambda x: [2.0, 5.0], "two: 5 at [1] is not right. Think."),
        (lambda x: [np.nan, 4.0], "two: nan at [0] is not right. Think."),
    ],
)
def test_functions_are_tried_on_copies(function, said):
    assert tried(function, {"two": ((np.array([1.0, 2.0]),), [2.0, 4.0])}, "Think.") == said


def test_one_number_may_come_in_an_array():
    assert tried(lambda: np.array([2.0]), {"it": ((), 2)}, "Think.") == "Right."
