"""What stands before the denoisers: what the page says of pipelines stands in their source, and rows know what they may."""

from dataclasses import replace

import pytest

from sdinterp.encoders import ENCODERS, PADDINGS, what_rows_know


@pytest.mark.parametrize("padding", PADDINGS, ids=lambda one: one.name)
def test_what_is_said_of_a_pipeline_stands_in_its_source(padding):
    assert not padding.missing()


def test_words_that_are_not_there_are_named():
    flux = next(one for one in PADDINGS if one.name == "FLUX.1")
    assert replace(flux, says=("no such words",)).missing() == ["no such words"]
    assert replace(flux, function="NoSuchPipeline.encode_prompt").missing() is None


def test_only_padding_that_counts_takes_mass():
    assert {one.name: one.mass(10) for one in PADDINGS if one.name in ("SDXL", "Sana", "Qwen-Image")} == {
        "SDXL": "13%", "Sana": "all", "Qwen-Image": "all",
    }  # fmt: skip


def test_only_t5_lets_a_row_know_what_follows():
    found = {name.split()[0]: what_rows_know(name) for name in ENCODERS}
    assert {name for name, knows in found.items() if knows.before > 1e-4} == {"T5"}
    assert all(0 <= spread < 1 for knows in found.values() for spread in knows.spread)
