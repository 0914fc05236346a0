from itertools import pairwise

import pytest
import torch

from sdinterp import (
    displacement_path,
    entropic_coupling,
    geodesic_defect,
    optimal_coupling,
    random_coupling,
    standard_coupling,
    wasserstein_distance,
)
from tests.test_couplings import clouds, weighted


def test_ends_are_the_clouds():
    a, b = clouds(8)
    path = displacement_path(optimal_coupling(a, b))
    assert torch.equal(path(0).points, a)
    torch.testing.assert_close(path(1).points, b[path.coupling.permutation])
    assert wasserstein_distance(path(1), b) == pytest.approx(0, abs=1e-6)


def test_standard_half_way_is_the_mean_of_the_matrices():
    a, b = clouds(8)
    torch.testing.assert_close(displacement_path(standard_coupling(a, b))(0.5).points, (a + b) / 2)


def test_a_plan_that_splits_mass_gives_weighted_points():
    a, b = weighted(3, 5)
    cloud = displacement_path(optimal_coupling(a, b))(0.5)
    assert not cloud.uniform and len(cloud) >= 5
    torch.testing.assert_close(cloud.weights.sum(), torch.tensor(1.0, dtype=torch.float64))


def test_only_the_optimal_path_is_a_geodesic():
    a, b = clouds(12, dtype=torch.float64)
    assert geodesic_defect(displacement_path(optimal_coupling(a, b))) == pytest.approx(0, abs=1e-9)
    assert geodesic_defect(displacement_path(standard_coupling(a, b))) > 0.05
    assert geodesic_defect(displacement_path(random_coupling(a, b, seed=1))) > 0.05
    assert geodesic_defect(displacement_path(entropic_coupling(a, b, reg=0.5))) > 0.05


def test_length_is_the_sum_of_many_small_wasserstein_distances():
    a, b = clouds(6, dtype=torch.float64)
    path = displacement_path(random_coupling(a, b, seed=2))
    grid = torch.linspace(0, 1, 400, dtype=torch.float64).tolist()
    walked = sum(wasserstein_distance(path(s), path(t)) for s, t in pairwise(grid))
    assert walked == pytest.approx(path.length, rel=0.01)
    assert path.length > 1.05 * wasserstein_distance(a, b)


def test_gradients_flow_to_both_clouds():
    a, b = (cloud.requires_grad_() for cloud in clouds(5))
    displacement_path(optimal_coupling(a, b))(0.25).points.sum().backward()
    torch.testing.assert_close(a.grad, torch.full_like(a, 0.75))
    torch.testing.assert_close(b.grad, torch.full_like(b, 0.25))


def test_times_outside_the_path_are_refused():
    path = displacement_path(standard_coupling(*clouds(3)))
    for t in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="t=0 to t=1"):
            path(t)
