"""Pictures side by side, and files that are there wholly or not at all."""

import pytest
from PIL import Image

from sdinterp.pictures import grid, whole


def test_a_grid_fills_row_after_row_and_leaves_gaps_clear():
    sheet = grid([Image.new("RGB", (8, 4), colour) for colour in ("red", "lime", "blue")], 2, gap=1)
    assert sheet.size == (17, 9)
    assert [sheet.getpixel(place) for place in ((0, 0), (16, 0), (7, 8))] == [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)]
    assert sheet.getpixel((8, 0))[3] == sheet.getpixel((0, 4))[3] == sheet.getpixel((16, 8))[3] == 0
    assert grid([sheet] * 3, 3, size=(5, 5)).size == (15, 5)


def test_what_fails_half_way_leaves_the_file_as_it_was(tmp_path):
    (tmp_path / "a.txt").write_text("before")
    with pytest.raises(OSError), whole(tmp_path / "a.txt") as unfinished:
        unfinished.write_text("half")
        raise OSError
    assert [file.read_text() for file in tmp_path.iterdir()] == ["before"]
