import numpy as np
import pytest
import torch

from sdinterp import PointCloud
from sdinterp.clouds import distances


def test_weights_default_to_uniform_and_numpy_is_taken():
    cloud = PointCloud(np.zeros((4, 2), dtype=np.float32))
    assert cloud.uniform and cloud.points.dtype == torch.float32
    assert cloud.weights.tolist() == [0.25] * 4


def test_integers_become_floats():
    assert PointCloud(torch.tensor([[1, 2]])).points.is_floating_point()


@pytest.mark.parametrize(
    ("points", "weights", "message"),
    [
        (torch.zeros(3), None, "(n, d) table"),
        (torch.zeros(0, 2), None, "(n, d) table"),
        (torch.tensor([[np.nan]]), None, "NaN"),
        (torch.zeros(2, 1), [0.5, 0.25], "sum to 0.75"),
        (torch.zeros(2, 1), [1.5, -0.5], "not negative"),
        (torch.zeros(2, 1), [1.0], "shape (2,)"),
    ],
)
def test_bad_clouds_get_one_clear_sentence(points, weights, message):
    with pytest.raises(ValueError) as error:
        PointCloud(points, None if weights is None else torch.tensor(weights))
    assert message in str(error.value)


def test_distances_do_not_cancel_far_from_the_origin():
    a = PointCloud(torch.tensor([[1e6, 0.0]]))
    b = PointCloud(torch.tensor([[1e6 + 1, 0.0]]))
    assert distances(a, b).item() == 1.0


def test_distances_refuse_other_dimensions():
    with pytest.raises(ValueError, match="dimensions 1 and 2"):
        distances(PointCloud(torch.zeros(1, 1)), PointCloud(torch.zeros(1, 2)))
