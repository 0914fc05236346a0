import math
from types import SimpleNamespace

import pytest
import torch

from sdinterp import largest_jump, perceptual_length, perceptual_path_length, straightness


def strip(steps, ends):
    return SimpleNamespace(squared_distances=torch.tensor(steps, dtype=torch.float64), ends=ends)


def test_measures_of_a_known_strip():
    walk = strip([1.0, 4.0, 9.0], 16.0)
    assert perceptual_path_length(walk) == 14
    assert perceptual_length(walk) == 6
    assert largest_jump(walk) == 3
    assert straightness(walk) == 1.5


def test_path_length_splits_into_length_and_unevenness():
    steps = torch.rand(8, dtype=torch.float64)
    walk = strip(steps.tolist(), 1.0)
    roots = steps.sqrt()
    expected = perceptual_length(walk) ** 2 / 8 + 8 * roots.var(correction=0).item()
    assert perceptual_path_length(walk) == pytest.approx(expected)


def test_straightness_of_a_loop_is_not_defined():
    assert math.isnan(straightness(strip([1.0, 1.0], 0.0)))
