"""The rivals: each does what its name says, as cheaply as that can be done."""

from itertools import permutations

import pytest
import torch

from sdinterp import optimal_coupling
from sdinterp.clouds import PointCloud
from sdinterp.plans import Coupling
from sdinterp.rivals import RIVALS, preferred_coupling, rival_coupling
from sdinterp.words import equal_words, met_by, word_rows

PROMPTS = "a small red boat on the sea at noon under the sun", "at noon a big tent on the snow under the sun behind the fence"


@pytest.fixture(scope="module")
def pair(model):
    return *model.encode(list(PROMPTS)), (model.tokens(PROMPTS[0]), model.tokens(PROMPTS[1]))


@pytest.mark.parametrize("seed", range(8))
def test_of_those_that_please_most_the_cheapest(seed):
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.randn(5, 2, generator=generator), torch.randn(5, 2, generator=generator)
    preference = torch.randint(0, 3, (5, 5), generator=generator)
    rows, every = torch.arange(5), torch.tensor(list(permutations(range(5))))
    pleases = preference[rows, every].sum(1)
    costs = (torch.cdist(a, b) ** 2)[rows, every].mean(1)
    least = costs[pleases == pleases.max()].min().item()
    assert preferred_coupling(a, b, preference).cost(2) == pytest.approx(least, rel=1e-5)
    assert rival_coupling("dearest", a, b, ([], [])).cost(2) == pytest.approx(costs.max().item(), rel=1e-5)


def test_a_preference_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"need \(3, 3\)"):
        preferred_coupling(torch.zeros(3, 2), torch.ones(3, 2), torch.zeros(2, 3))


def test_each_rival_is_what_its_name_says(pair):
    a, b, tokens = pair
    words, same, rows = word_rows(*tokens), equal_words(*tokens), torch.arange(77)
    to = {name: rival_coupling(name, a, b, tokens).permutation for name in RIVALS}
    assert torch.equal(to["optimal_words"][~words], rows[~words]) and words[to["optimal_words"][words]].all()
    shared = sum(min(tokens[0].count(word), tokens[1].count(word)) for word in set(tokens[0]) - {"<start>", "<end>", "<pad>"})
    assert same[rows, to["equal_words"]].sum() == shared > 5
    assert not same[rows, to["unequal_words"]].any()
    assert not words[to["through_padding"][words]].any()


def test_none_is_cheaper_than_the_optimal_one_and_the_dearest_is_dearest(pair):
    a, b, tokens = pair
    costs = {name: rival_coupling(name, a, b, tokens).cost(2) for name in RIVALS}
    assert min(costs.values()) >= optimal_coupling(a, b).cost(2) and max(costs, key=costs.get) == "dearest"


def test_words_are_met_by_what_gets_most_of_their_mass():
    tokens = ["<start>", "red", "boat"], ["<start>", "boat", "<end>"]
    points = PointCloud(torch.eye(3))
    plan = torch.tensor([[1, 0, 0], [0, 0.75, 0.25], [0, 0.25, 0.75]]) / 3
    assert met_by(Coupling(points, points, mass=plan), *tokens) == [("red", "boat", 0.75), ("boat", "<end>", 0.75)]
