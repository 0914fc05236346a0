"""Maps: what lies in a plane is drawn as it is, and what does not is said so."""

import itertools

import pytest
import torch

from sdinterp import displacement_path, optimal_coupling, wasserstein_distance
from sdinterp.maps import DistanceMap, distance_map
from tests.test_couplings import clouds


def table(things, distance):
    """The symmetric table of distances of all things."""
    filled = torch.zeros(len(things), len(things), dtype=torch.float64)
    for i, j in itertools.combinations(range(len(things)), 2):
        filled[i, j] = filled[j, i] = distance(things[i], things[j])
    return filled


def planar(n=9, dtype=torch.float64):
    points = torch.randn(n, 2, generator=torch.Generator().manual_seed(3), dtype=dtype)
    return points, torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")


def test_planar_points_come_back_up_to_an_isometry():
    points, distances = planar()
    found = distance_map(distances)
    centred = points - points.mean(0)
    left, _, right = torch.linalg.svd(found.points.T @ centred)  # the best rotation or reflection (Procrustes)
    torch.testing.assert_close(found.points @ left @ right, centred)
    assert found.stress == pytest.approx(0, abs=1e-9)
    assert found.explained == pytest.approx(1)
    assert found.eigenvalues[2:].abs().max() < 1e-9


def test_axes_are_the_directions_of_greatest_spread():
    found = distance_map(planar()[1])
    moments = found.points.T @ found.points
    torch.testing.assert_close(moments, torch.diag(found.eigenvalues[:2]))
    assert found.eigenvalues.tolist() == sorted(found.eigenvalues.tolist(), reverse=True)
    torch.testing.assert_close(found.points.mean(0), torch.zeros(2, dtype=torch.float64), atol=1e-12, rtol=0)


def test_points_on_a_line_get_a_line():
    line = torch.tensor([[0.0], [1.0], [4.0]])
    found = distance_map(torch.cdist(line, line))
    assert found.points[:, 1].abs().max() < 1e-6
    torch.testing.assert_close((found.points[:, 0] - found.points[0, 0]).abs(), line[:, 0].double(), atol=1e-6, rtol=0)


def test_order_and_scale_of_the_things():
    _, distances = planar()
    order = torch.tensor([4, 2, 0, 8, 6, 1, 3, 5, 7])
    found, moved = distance_map(distances), distance_map(3 * distances[order][:, order])
    torch.testing.assert_close(moved.eigenvalues, 9 * found.eigenvalues)
    apart = torch.cdist(found.points, found.points)
    torch.testing.assert_close(torch.cdist(moved.points, moved.points), 3 * apart[order][:, order])


def test_three_dimensions_do_not_fit_but_are_not_negative():
    corners = torch.eye(4, dtype=torch.float64)  # a regular tetrahedron: three equal eigenvalues
    found = distance_map(torch.cdist(corners, corners))
    assert found.explained == pytest.approx(2 / 3)
    assert found.stress > 0.1
    assert found.eigenvalues.min() > -1e-9


def test_a_cycle_of_four_is_in_no_euclidean_space():
    hops = torch.tensor([[0.0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]])
    found = distance_map(hops)
    torch.testing.assert_close(found.eigenvalues, torch.tensor([2.0, 2, 0, -1], dtype=torch.float64))
    assert found.explained == pytest.approx(1)  # the negative one is not counted
    # the map is a square of diagonal 2: four sides of root 2 where 1 was asked for
    assert found.stress == pytest.approx(((4 * (2**0.5 - 1) ** 2) / (4 * 1 + 2 * 4)) ** 0.5)


def test_wasserstein_space_is_curved():
    # a needle, two opposite points, is itself again after half a turn: four of them stand on a circle that is too short
    angles = torch.arange(4, dtype=torch.float64) * torch.pi / 4
    ends = torch.stack([angles.cos(), angles.sin()], 1)
    found = distance_map(table([torch.stack([end, -end]) for end in ends], wasserstein_distance))
    torch.testing.assert_close(found.eigenvalues, torch.tensor([1.0, 1, 0, 1 - 2**0.5], dtype=torch.float64))


def test_wasserstein_space_over_the_line_is_flat():
    things = list(torch.randn(10, 6, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    values = distance_map(table(things, wasserstein_distance)).eigenvalues
    assert values.min() > -1e-9 * values.max()


def test_a_geodesic_is_mapped_to_a_straight_line_at_constant_speed():
    path = displacement_path(optimal_coupling(*clouds(8, dtype=torch.float64)))
    times = [0, 0.125, 0.5, 0.75, 1]
    found = distance_map(table([path(t) for t in times], wasserstein_distance))
    assert found.stress == pytest.approx(0, abs=1e-6)
    along = (found.points[:, 0] - found.points[0, 0]).abs() / path.length
    torch.testing.assert_close(along, torch.tensor(times, dtype=torch.float64), atol=1e-6, rtol=0)


def test_equal_things_share_a_place_and_all_equal_things_one_point():
    found = distance_map(torch.zeros(3, 3))
    assert found.stress == 0 and not found.points.any()
    twins = distance_map(torch.tensor([[0.0, 0, 3], [0, 0, 3], [3, 3, 0]]))
    torch.testing.assert_close(twins.points[0], twins.points[1], atol=1e-6, rtol=0)


def test_the_input_may_be_an_array_or_half_precise_or_need_gradients():
    _, distances = planar(dtype=torch.float32)
    wanted = distance_map(distances)
    assert isinstance(wanted, DistanceMap) and wanted.points.dtype == torch.float64
    assert not distance_map(distances.clone().requires_grad_()).points.requires_grad
    torch.testing.assert_close(distance_map(distances.numpy()).eigenvalues, wanted.eigenvalues)


@pytest.mark.parametrize("shape", [(3, 4), (2, 2), (0, 0), (9,), (3, 3, 3)])
def test_tables_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="square table of at least 3"):
        distance_map(torch.zeros(shape))


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_numbers_that_are_no_distances_are_refused(value):
    distances = planar()[1].clone()
    distances[0, 1] = distances[1, 0] = value
    with pytest.raises(ValueError, match="finite, not negative, and zero on the diagonal"):
        distance_map(distances)


def test_a_thing_away_from_itself_is_refused():
    distances = planar()[1].clone()
    distances[2, 2] = 0.5
    with pytest.raises(ValueError, match="zero on the diagonal"):
        distance_map(distances)


def test_another_way_back_is_refused():
    distances = planar()[1].clone()
    distances[0, 1] *= 1.01
    with pytest.raises(ValueError, match="not symmetric"):
        distance_map(distances)
