"""What checks of exercises say: the helpers that they are made of."""

import numpy as np
import pytest
import torch

from sdinterp.clouds import PointCloud
from sdinterp.exercises import asks_for, compared, tried


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


def test_true_or_false_is_no_number():
    cases = {"here": ((), True)}
    assert tried(lambda: np.bool_(True), cases, "Think.") == "Right."
    assert tried(lambda: False, {"here": ((), True, "Look here.")}, "Think.") == "here: False is not right. Look here."
    assert tried(lambda: 1, cases, "Think.") == "here: return True or False, not 1."
    assert tried(lambda: True, {"it": ((), 1.0)}, "Think.") == "it: return one number, not True."


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((np.array([[1.0, 0.0], [0.0, 0.0]]), [0.25, 0.75]), "Right."),
        ((np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]), np.array([0.5, 0.25, 0.25])), "Right."),
        (None, "To do: return two arrays, points (k, 2) and weights (k,)."),
        (np.zeros((2, 2)), "it: return two arrays, points (k, 2) and weights (k,), not ndarray."),
        ((np.zeros((2, 2)), [1.0]), "it: return two arrays, points (k, 2) and weights (k,); yours has shape (2, 2) and (1,)."),
        (
            (np.zeros((1, 2)), [0.5]),
            "it: your weights sum to 0.5 and the least is 0.5; they sum to 1, and none is negative. Think.",
        ),
        ((np.zeros((1, 2)), [1.0]), "it: your cloud is at Wasserstein distance 0.5 from the right one. Think."),
    ],
)
def test_a_cloud_is_compared_as_a_measure(answer, said):
    truth = PointCloud(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0.75, 0.25]))
    assert tried(lambda: answer, {"it": ((), truth)}, "Think.") == said


def test_shapes_of_tensors_are_said_as_those_of_arrays():
    assert tried(lambda: None, {"it": ((), torch.zeros(2, 3))}) == "To do: return an array of shape (2, 3)."


def test_one_number_may_come_in_an_array():
    assert tried(lambda: np.array([2.0]), {"it": ((), 2)}, "Think.") == "Right."


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "To do: write two clouds."),
        ([[[0, 0], [1, 0], [2, 0]]] * 2, "Right."),
        ([[0, 0], [1, 0]], "Write two clouds, in the shape (2, n, 2); yours is (2, 2)."),
        (np.zeros((2, 3, 1)), "Write two clouds, in the shape (2, n, 2); yours is (2, 3, 1)."),
        ([[[0, 0]], [[0, 0], [1, 1]]], "Write two clouds, as numbers in the shape (2, n, 2)."),
        ("two", "Write two clouds, as numbers in the shape (2, n, 2)."),
    ],
)
def test_what_is_asked_for_has_a_shape(answer, said):
    @asks_for("two clouds", 2, None, 2)
    def check(clouds):
        return "Right." if clouds.dtype == float else "Not numbers."

    assert check(answer) == said
