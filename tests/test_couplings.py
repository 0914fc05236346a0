from itertools import permutations

import numpy as np
import ot
import pytest
import torch

from sdinterp import (
    Coupling,
    PointCloud,
    entropic_coupling,
    optimal_coupling,
    optimal_permutations,
    random_coupling,
    random_words_coupling,
    standard_coupling,
    wasserstein_distance,
)
from sdinterp.named import NAMES, coupling_name, coupling_named

TOKENS = ["<start>", "red", "boat", "<end>", "<pad>", "<pad>"], ["<start>", "a", "red", "boat", "<end>", "<pad>"]


def clouds(n=6, m=None, d=3, seed=0, dtype=torch.float32):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=g).to(dtype), torch.randn(m or n, d, generator=g).to(dtype)


def weighted(n, m, seed=0):
    a, b = clouds(n, m, seed=seed)
    g = torch.Generator().manual_seed(seed + 100)
    u, v = torch.rand(n, generator=g, dtype=torch.float64) + 0.1, torch.rand(m, generator=g, dtype=torch.float64) + 0.1
    return PointCloud(a, u / u.sum()), PointCloud(b, v / v.sum())


def assert_coupling(coupling):
    assert (coupling.plan >= 0).all()
    torch.testing.assert_close(coupling.plan.sum(1), coupling.source.weights, atol=1e-12, rtol=0)
    torch.testing.assert_close(coupling.plan.sum(0), coupling.target.weights, atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_marginals_are_the_weights(name):
    assert_coupling(coupling_named(name, *clouds(), tokens=TOKENS))


@pytest.mark.parametrize("p", [1, 2, 3.5])
@pytest.mark.parametrize("seed", range(10))
def test_optimal_is_the_cheapest_of_all_permutations(p, seed):
    a, b = clouds(6, seed=seed)
    best = min(torch.mean((a - b[list(order)]).double().norm(dim=1) ** p).item() for order in permutations(range(6)))
    coupling = optimal_coupling(a, b, p)
    assert sorted(coupling.permutation.tolist()) == list(range(6))
    assert coupling.cost(p) == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_optimal_plan_agrees_with_pot_on_weighted_clouds_of_unequal_size(seed):
    a, b = weighted(5, 8, seed)
    coupling = optimal_coupling(a, b)
    assert coupling.permutation is None
    assert_coupling(coupling)
    cost = ot.dist(a.points.double().numpy(), b.points.double().numpy())
    assert coupling.cost(p=2) == pytest.approx(ot.emd2(a.weights.numpy(), b.weights.numpy(), cost), rel=1e-6)
    assert (coupling.plan > 0).sum() <= 5 + 8 - 1


def test_a_splitting_plan_is_no_cheaper_than_the_permutation_where_both_are_allowed():
    a, b = clouds(7)
    cost = torch.cdist(a.double(), b.double()) ** 2
    uniform = torch.full((7,), 1 / 7, dtype=torch.float64)
    assert optimal_coupling(a, b).cost(p=2) == pytest.approx(ot.emd2(uniform, uniform, cost).item(), rel=1e-6)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_optimal_does_not_depend_on_scale(scale):
    a, b = clouds(9, dtype=torch.float64)
    assert torch.equal(optimal_coupling(a * scale, b * scale).permutation, optimal_coupling(a, b).permutation)


def test_half_precision_and_numpy_are_taken():
    a, b = clouds(9, dtype=torch.float16)
    expected = optimal_coupling(a.double(), b.double())
    assert torch.equal(optimal_coupling(a, b).permutation, expected.permutation)
    assert torch.equal(optimal_coupling(a.numpy(), b.numpy()).permutation, expected.permutation)


def test_many_pairs_at_once():
    batch = torch.stack([torch.stack(clouds(8, seed=s)) for s in range(5)])
    found = optimal_permutations(batch[:, 0], batch[:, 1])
    for k in range(5):
        assert torch.equal(found[k], optimal_coupling(batch[k, 0], batch[k, 1]).permutation)
    with pytest.raises(ValueError, match="the same"):
        optimal_permutations(batch[:, 0], batch[:3, 1])
    with pytest.raises(ValueError, match="at least 1"):
        optimal_permutations(batch[:, 0], batch[:, 1], p=0.5)
    with pytest.raises(ValueError, match="NaN or infinity"):
        optimal_permutations(batch[:, 0] * torch.nan, batch[:, 1])


@pytest.mark.parametrize("p", [1, 2, 3.5])
@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (1e-170, 0), (1e160, 0), (1, 1e9), (0, 1)])
def test_many_pairs_at_once_lose_no_digits(scale, shift, p):
    batch = torch.stack([torch.stack(clouds(8, seed=s)) for s in range(10)]).double() * scale + shift
    found = optimal_permutations(batch[:, 0], batch[:, 1], p)
    for k, (a, b) in enumerate(batch):
        best = optimal_coupling(a, b, p).permutation
        far = torch.stack([(a - b[order]).div(scale or 1).norm(dim=1).pow(p).sum() for order in (found[k], best)])
        torch.testing.assert_close(far[0], far[1], rtol=1e-9, atol=0)


def test_cost_is_mass_times_distance_to_the_power_p():
    coupling = standard_coupling(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 2.0], [1.0, 4.0]]))
    assert coupling.cost(p=1) == 3.0 and coupling.cost(p=2) == 10.0
    with pytest.raises(ValueError, match="at least 1"):
        coupling.cost(p=0.5)


def test_random_is_a_function_of_its_seed():
    a, b = clouds(20)
    assert torch.equal(random_coupling(a, b, seed=3).permutation, random_coupling(a, b, seed=3).permutation)
    assert not torch.equal(random_coupling(a, b, seed=3).permutation, random_coupling(a, b, seed=4).permutation)


def test_random_words_moves_words_only():
    a, b = clouds(20)
    mask = torch.zeros(20, dtype=torch.bool)
    mask[2:12] = True
    permutation = random_words_coupling(a, b, mask, seed=0).permutation
    assert torch.equal(permutation[~mask], torch.arange(20)[~mask])
    assert sorted(permutation[mask].tolist()) == list(range(2, 12)) != permutation[mask].tolist()
    with pytest.raises(ValueError, match="word rows"):
        random_words_coupling(a, b, [25], seed=0)


def test_entropic_tends_to_optimal_and_to_independent():
    a, b = weighted(6, 8)
    exact = optimal_coupling(a, b)
    small, large = entropic_coupling(a, b, reg=0.003), entropic_coupling(a, b, reg=1e4)
    assert_coupling(small)
    assert exact.cost(p=2) - 1e-12 <= small.cost(p=2) <= 1.02 * exact.cost(p=2)
    torch.testing.assert_close(large.plan, torch.outer(a.weights, b.weights), atol=1e-4, rtol=0)
    with pytest.raises(ValueError, match="must be positive"):
        entropic_coupling(a, b, reg=0)


def test_wasserstein_distance_is_a_metric():
    a, b = weighted(5, 7)
    c = PointCloud(clouds(4, seed=9)[0])
    assert wasserstein_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert wasserstein_distance(a, b) == pytest.approx(wasserstein_distance(b, a))
    assert wasserstein_distance(a, c) <= wasserstein_distance(a, b) + wasserstein_distance(b, c) + 1e-9


def test_unequal_clouds_have_no_standard_coupling():
    with pytest.raises(ValueError, match="not 3 and 4"):
        standard_coupling(*clouds(3, 4))


def test_names_aliases_and_the_nearest_name():
    assert coupling_name("CLIP") == coupling_name("identity") == "standard"
    with pytest.raises(ValueError, match="did you mean 'optimal'"):
        coupling_name("optiml")
    with pytest.raises(ValueError, match="tokens="):
        coupling_named("random_words", *clouds())


def test_a_coupling_takes_arrays_and_lists():
    a, b = (PointCloud(cloud) for cloud in clouds(3))
    by_hand = Coupling(a, b, permutation=[2, 0, 1])
    assert torch.equal(Coupling(a, b, permutation=np.array([2, 0, 1])).plan, by_hand.plan)
    assert Coupling(a, b, mass=by_hand.plan.numpy()).cost(2) == pytest.approx(by_hand.cost(2))
    with pytest.raises(ValueError, match="either a permutation or a table"):
        Coupling(a, b)
    with pytest.raises(ValueError, match="sums over rows and columns"):
        Coupling(a, b, mass=np.eye(3))


@pytest.mark.parametrize("reg", [1e-3, 1e-4, 1e-6])
def test_a_small_regularisation_comes_near_the_optimum(reg):
    a, b = clouds(60, d=5)
    assert entropic_coupling(a, b, reg=reg).cost(2) == pytest.approx(optimal_coupling(a, b).cost(2), rel=1e-3)


def test_iterates_that_have_not_converged_are_warned_of(monkeypatch):
    solve = ot.bregman.sinkhorn_log
    monkeypatch.setattr(ot.bregman, "sinkhorn_log", lambda *args, **given: solve(*args, **given | {"numItermax": 2}))
    with pytest.warns(UserWarning, match=r"not converged at reg=0.0001: \d+\.\d% of the mass"):
        assert_coupling(entropic_coupling(*clouds(40), reg=1e-4))
