"""What denoisers read, by their wiring."""

import pytest
import torch
import torch.nn.functional as F

from sdinterp.attention import Weighing
from sdinterp.denoisers import FAMILIES, try_out

THERE = [family for family in FAMILIES if family.there]


@pytest.mark.parametrize("family", THERE, ids=lambda family: family.name)
def test_a_family_reads_a_cloud_unless_its_rows_have_places(family):
    found = try_out(family)
    assert found.cloud == (family.positions != "rotary, by row")
    if found.cloud:
        assert (found.doubled > 0.1) == ("joint" in family.enters), "beside a picture the whole mass of the text counts"
    else:
        assert min(found.permuted, found.halved, found.weighed) > 0.02


def test_a_trial_is_the_same_each_time_and_leaves_the_random_numbers_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    assert try_out(THERE[2], seed=1) == try_out(THERE[2], seed=1)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("mask", [None, torch.tensor([[[[True, True, False, True, True]]]]), torch.zeros(1, 1, 1, 5)])
def test_weighing_is_repeating_rows_whatever_the_mask(mask):
    query, picture, text = torch.randn(3, 1, 2, 5, 8).unbind(0)
    text, picture = text[:, :, :3], picture[:, :, :2]
    own = None if mask is None else mask[..., [0, 1, 2, 2, 3, 4]]
    both, repeated = torch.cat([picture, text], 2), torch.cat([picture, text[:, :, [0, 0, 1, 2]]], 2)
    with Weighing(torch.tensor([2.0, 1.0, 1.0]).log(), before=2):
        weighed = F.scaled_dot_product_attention(query, both, both, attn_mask=mask)
        elsewhere = F.scaled_dot_product_attention(query, picture, picture)
    torch.testing.assert_close(weighed, F.scaled_dot_product_attention(query, repeated, repeated, attn_mask=own))
    torch.testing.assert_close(elsewhere, F.scaled_dot_product_attention(query, picture, picture))


def test_a_text_may_be_weighed_for_each_picture_and_a_mass_of_zero_is_no_row():
    query, text = torch.randn(2, 2, 5, 8), torch.randn(2, 2, 3, 8)
    with Weighing(torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]]).log()):
        first, second = F.scaled_dot_product_attention(query, text, value=text)
    torch.testing.assert_close(first, F.scaled_dot_product_attention(query[0], text[0, :, :2], text[0, :, :2]))
    torch.testing.assert_close(second, text[1, :, 1:2].expand_as(second))
