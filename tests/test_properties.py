"""The mathematics on random clouds that nobody chose: ties, duplicates, points on a line, every dtype and scale (hypothesis)."""

import os
from functools import cache
from itertools import permutations

import numpy as np
import ot
import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from sdinterp import (
    PointCloud,
    displacement_path,
    entropic_coupling,
    geodesic_defect,
    optimal_coupling,
    optimal_permutations,
    random_coupling,
    random_words_coupling,
    standard_coupling,
    wasserstein_distance,
)
from tests.counts import trying

DTYPES = {torch.float64: (1e-140, 1e140), torch.float32: (1e-35, 1e35), torch.bfloat16: (1e-35, 1e35), torch.float16: (1e-3, 1e3)}
"""Each dtype's range of scales: numbers that it holds with all its digits."""

CI = bool(os.environ.get("CI"))  # the same clouds in every run there, other ones in every run at home
many = settings(max_examples=600, deadline=None, derandomize=CI)
some = settings(max_examples=200, deadline=None, derandomize=CI)


@st.composite
def tables(draw, rows, columns, dtype=torch.float64, scale=1.0):
    """An n x d table: of a few whole numbers (ties, duplicates), on a line, or of any numbers."""
    kind = draw(st.sampled_from(["whole", "line", "any"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = {
        "whole": lambda: rng.integers(-2, 3, (rows, columns)).astype(float),
        "line": lambda: rng.normal(size=(rows, 1)) * rng.normal(size=columns),
        "any": lambda: rng.normal(size=(rows, columns)),
    }[kind]()
    return torch.from_numpy(values * scale).to(dtype)


@st.composite
def pairs(draw, most=7, equal=True, dtypes=(torch.float64,)):
    """Two tables of one dimension, in one dtype and at one scale of its range."""
    n, d = draw(st.integers(1, most)), draw(st.integers(1, 5))
    m = n if equal else draw(st.integers(1, most))
    dtype = draw(st.sampled_from(dtypes))
    low, high = np.log10(DTYPES[dtype])
    scale = 1.0 if len(dtypes) == 1 else 10 ** draw(st.floats(low, high))
    return draw(tables(n, d, dtype, scale)), draw(tables(m, d, dtype, scale))


@st.composite
def weighted_pairs(draw, most=7):
    """Two clouds of any sizes and masses, some of them nothing."""
    a, b = draw(pairs(most, equal=False))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    masses = [rng.exponential(size=len(table)) * (rng.random(len(table)) < 0.8) + 1e-9 for table in (a, b)]
    return tuple(PointCloud(table, mass / mass.sum()) for table, mass in zip((a, b), masses, strict=True))


exponents = st.sampled_from([1, 1.5, 2, 3])


@cache
def all_orders(n):
    return torch.tensor(list(permutations(range(n))))


def size(*clouds):
    """The largest coordinate: what rounding errors are measured against."""
    return max(cloud.double().abs().max().item() for cloud in clouds) or 1.0


def assert_marginals(coupling):
    assert (coupling.plan >= 0).all()
    torch.testing.assert_close(coupling.plan.sum(1), coupling.source.weights, atol=1e-9, rtol=0)
    torch.testing.assert_close(coupling.plan.sum(0), coupling.target.weights, atol=1e-9, rtol=0)


@many
@given(pairs(dtypes=tuple(DTYPES)), exponents)
@trying("random clouds: the optimal coupling against all permutations, in four dtypes at all their scales")
def test_optimal_equals_brute_force_in_every_dtype_at_every_scale(clouds, p):
    a, b = clouds
    x, y = a.double() / size(a, b), b.double() / size(a, b)
    table = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist") ** p
    least = table[torch.arange(len(a)), all_orders(len(a))].mean(1).min().item()
    permutation = optimal_coupling(a, b, p).permutation
    assert sorted(permutation.tolist()) == list(range(len(a)))
    assert table[torch.arange(len(a)), permutation].mean().item() == pytest.approx(least, rel=1e-9, abs=1e-12)


@many
@given(pairs(most=40), exponents)
@trying("random clouds: the optimal coupling against SciPy and POT")
def test_optimal_equals_scipy_and_pot(clouds, p):
    a, b = clouds
    table = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist").numpy() ** p
    cost = optimal_coupling(a, b, p).cost(p)
    assert cost == pytest.approx(table[linear_sum_assignment(table)].mean(), rel=1e-9, abs=1e-12)
    uniform = np.full(len(a), 1 / len(a))
    assert cost == pytest.approx(ot.emd2(uniform, uniform, table), rel=1e-7, abs=1e-9)
    assert cost <= min(standard_coupling(a, b).cost(p), random_coupling(a, b, seed=0).cost(p)) + 1e-12


@many
@given(weighted_pairs(most=12), exponents)
@trying("random weighted clouds: the optimal plan against POT, and its marginals")
def test_optimal_plans_of_weighted_clouds_equal_pot_and_have_their_marginals(clouds, p):
    a, b = clouds
    coupling = optimal_coupling(a, b, p)
    assert_marginals(coupling)
    assert (coupling.plan > 0).sum() <= len(a) + len(b) - 1 or coupling.permutation is not None
    table = torch.cdist(a.points, b.points, compute_mode="donot_use_mm_for_euclid_dist").numpy() ** p
    assert coupling.cost(p) == pytest.approx(ot.emd2(a.weights.numpy(), b.weights.numpy(), table), rel=1e-6, abs=1e-9)


@some
@given(st.lists(pairs(most=9, dtypes=(torch.float32, torch.float64)), min_size=1, max_size=5), exponents)
@trying("random batches of clouds: many pairs at once against one by one")
def test_many_pairs_at_once_are_as_good_as_one_by_one(batch, p):
    n, d = batch[0][0].shape
    kept = [(a.double(), b.double()) for a, b in batch if a.shape == (n, d)]
    found = optimal_permutations(torch.stack([a for a, _ in kept]), torch.stack([b for _, b in kept]), p)
    for (a, b), permutation in zip(kept, found, strict=True):
        unit = size(a, b)
        costs = [
            ((a - b[order]) / unit).norm(dim=1).pow(p).mean().item()
            for order in (permutation, optimal_coupling(a, b, p).permutation)
        ]
        assert costs[0] == pytest.approx(costs[1], rel=1e-9, abs=1e-12)


@many
@given(weighted_pairs(), st.integers(0, 2**32 - 1), st.sampled_from([1, 2]))
@trying("random triples of clouds: the axioms of a metric, rows in any order")
def test_the_wasserstein_distance_is_a_metric(clouds, seed, p):
    a, b = clouds
    c = PointCloud(torch.from_numpy(np.random.default_rng(seed).normal(size=(4, a.points.shape[1]))))
    ab = wasserstein_distance(a, b, p)
    assert ab >= 0 and ab == pytest.approx(wasserstein_distance(b, a, p), rel=1e-6, abs=1e-7)
    assert wasserstein_distance(a, a, p) == pytest.approx(0, abs=1e-6)
    assert wasserstein_distance(a, c, p) <= ab + wasserstein_distance(b, c, p) + 1e-6
    order = torch.randperm(len(a), generator=torch.Generator().manual_seed(seed))
    assert wasserstein_distance(a, PointCloud(a.points[order], a.weights[order]), p) == pytest.approx(0, abs=1e-6)


@some
@given(pairs(most=9), st.floats(0, 1), st.floats(0, 1))
@trying("random paths: only the optimal one is a geodesic")
def test_only_the_optimal_path_is_a_geodesic(clouds, s, t):
    a, b = clouds
    whole = wasserstein_distance(a, b)
    path = displacement_path(optimal_coupling(a, b))
    assert path.length == pytest.approx(whole, rel=1e-9, abs=1e-12)
    assert wasserstein_distance(path(s), path(t)) == pytest.approx(abs(t - s) * whole, rel=1e-6, abs=1e-7)
    for other in (standard_coupling(a, b), random_coupling(a, b, seed=1)):
        longer = displacement_path(other)
        assert longer.length >= whole - 1e-12
        if longer.length > whole * (1 + 1e-3) + 1e-6:
            assert geodesic_defect(longer) > 0


@some
@given(pairs(most=9), st.floats(0, 1), st.integers(0, 1000))
@trying("random paths: A and B exchanged, rows in another order")
def test_walking_back_and_other_orders_of_the_rows_give_the_same_clouds(clouds, t, seed):
    a, b = clouds
    there, back = displacement_path(standard_coupling(a, b)), displacement_path(standard_coupling(b, a))
    torch.testing.assert_close(there(t).points, back(1 - t).points, atol=1e-9, rtol=1e-9)
    orders = [torch.randperm(len(a), generator=torch.Generator().manual_seed(seed + k)) for k in range(2)]
    cost = optimal_coupling(a, b).cost(2)
    assert optimal_coupling(b, a).cost(2) == pytest.approx(cost, rel=1e-9, abs=1e-12)
    assert optimal_coupling(a[orders[0]], b[orders[1]]).cost(2) == pytest.approx(cost, rel=1e-9, abs=1e-12)


@some
@given(pairs(most=5), st.lists(st.integers(1, 4), min_size=5, max_size=5), exponents)
@trying("random clouds: rows written twice against double weights")
def test_a_row_written_twice_is_a_row_of_double_weight(clouds, times, p):
    a, b = clouds
    counts = torch.tensor(times[: len(a)], dtype=torch.float64)
    repeated, weighted = a.repeat_interleave(counts.long(), 0), PointCloud(a, counts / counts.sum())
    assert optimal_coupling(repeated, weighted, p).cost(p) == pytest.approx(0, abs=1e-12)
    assert optimal_coupling(repeated, b, p).cost(p) == pytest.approx(optimal_coupling(weighted, b, p).cost(p), rel=1e-6, abs=1e-9)


@some
@given(weighted_pairs(most=6), exponents)
@trying("random weighted clouds: the entropic plan between its two limits")
@pytest.mark.filterwarnings("ignore:Sinkhorn's iterates have not converged at reg=0.02")  # by a thousandth
def test_entropic_plans_lie_between_the_optimal_and_the_independent_one(clouds, p):
    a, b = clouds
    least, independent = optimal_coupling(a, b, p).cost(p), torch.outer(a.weights, b.weights)
    blurred = [entropic_coupling(a, b, reg=reg, p=p) for reg in (1e4, 0.5, 0.02)]
    for coupling in blurred:
        assert_marginals(coupling)
        assert coupling.cost(p) >= least - 1e-9
    torch.testing.assert_close(blurred[0].plan, independent, atol=1e-3, rtol=0)
    costs = [coupling.cost(p) for coupling in blurred]
    mean = float((independent * torch.cdist(a.points, b.points) ** p).sum()) or 1.0
    assert costs[0] >= costs[1] - 1e-6 * mean >= costs[2] - 2e-2 * mean
    assert costs[2] <= least + 0.25 * mean


@some
@given(st.integers(1, 40), st.integers(0, 2**63 - 1), st.data())
@example(77, 0, None)
@trying("random couplings: permutations, and functions of their seed")
def test_random_couplings_are_permutations_and_functions_of_their_seed(n, seed, data):
    a, b = torch.zeros(n, 1), torch.ones(n, 1)
    words = [] if data is None else data.draw(st.lists(st.integers(0, n - 1), unique=True))
    for make in (lambda: random_coupling(a, b, seed=seed), lambda: random_words_coupling(a, b, words, seed=seed)):
        permutation = make().permutation
        assert sorted(permutation.tolist()) == list(range(n))
        assert torch.equal(permutation, make().permutation)
    still = [row for row in range(n) if row not in words]
    assert permutation[still].tolist() == still


@some
@given(pairs(most=6), st.floats(0.01, 0.99))
@trying("random paths: gradients")
def test_gradients_flow_along_the_path_as_they_should(clouds, t):
    a, b = clouds
    assume(len(a) > 1)
    a, b = a.clone().requires_grad_(), b.clone().requires_grad_()
    displacement_path(optimal_coupling(a, b))(t).points.sum().backward()
    torch.testing.assert_close(a.grad, torch.full_like(a, 1 - t))
    torch.testing.assert_close(b.grad, torch.full_like(b, t))
