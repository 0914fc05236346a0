"""Pictures side by side, in every shape, number and script, and files that are there wholly or not at all."""

import re
import time

import pytest
import torch
from PIL import Image, ImageFont

from sdinterp import PointCloud, displacement_path, optimal_coupling
from sdinterp.files import whole
from sdinterp.lettering import _letters, font_with, legible, lines_of
from sdinterp.pictures import animation, grid, in_a_row, save, save_frames, sheet
from sdinterp.players import play
from sdinterp.shown import show_strips
from sdinterp.strips import Strip, Strips


def strips_of(frames=3, size=(64, 64), prompts=("a red boat", "a blue tent"), names=("optimal", "random")):
    """Strips of plain colours."""
    path = displacement_path(optimal_coupling(PointCloud(torch.zeros(1, 2)), PointCloud(torch.tensor([[3.0, 4.0]]))))
    legs = (path,) * (len(prompts) - 1)
    count = len(legs) * (frames - 1) + 1
    pictures = torch.linspace(-1, 1, count)[:, None, None, None].expand(-1, 3, *size)
    times = torch.linspace(0, len(legs), count, dtype=torch.float64)
    return Strips(tuple(prompts), {name: Strip(name, legs, times, pictures, torch.ones(count - 1), 1.0) for name in names}, {}, 0.0)


def test_a_grid_fills_row_after_row_and_leaves_gaps_clear():
    sheet = grid([Image.new("RGB", (8, 4), colour) for colour in ("red", "lime", "blue")], 2, gap=1)
    assert sheet.size == (17, 9)
    assert [sheet.getpixel(place) for place in ((0, 0), (16, 0), (7, 8))] == [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)]
    assert sheet.getpixel((8, 0))[3] == sheet.getpixel((0, 4))[3] == sheet.getpixel((16, 8))[3] == 0
    assert grid([sheet] * 3, 3, size=(5, 5)).size == (15, 5)


@pytest.mark.parametrize(("count", "wide"), [(1, 64), (9, 64), (64, 64), (65, 64), (600, 132), (3, 9000)])
def test_rows_are_full_and_no_wider_than_viewers_open(count, wide):
    columns = in_a_row(count, wide)
    assert 1 <= columns <= count and (columns == 1 or columns * wide <= 4096)
    assert columns == count or count * wide > 4096


def test_a_sheet_of_many_frames_goes_on_in_the_next_row():
    drawn = sheet(strips_of(600, names=["optimal"]))
    assert drawn.width <= 4096 + 16 and drawn.width * drawn.height >= 600 * 128 * 128


@pytest.mark.parametrize(
    ("size", "sheet_side", "film_side"), [((64, 64), 128, 192), ((200, 200), 200, 200), ((512, 512), 256, 512)]
)
def test_large_pictures_stay_large(size, sheet_side, film_side):
    strips = strips_of(size=size)
    assert sheet(strips).width == 3 * sheet_side + 2 * (sheet_side // 32) + 2 * (sheet_side // 16)
    assert animation(strips)[0].width == (2 * film_side + film_side // 24 + 1) // 2 * 2


@pytest.mark.parametrize("size", [(64, 128), (128, 64)])
def test_oblong_pictures_keep_their_shape_everywhere(size):
    strips, (high, wide) = strips_of(size=size), size
    assert sheet(strips).width == 3 * wide + 2 * 4 + 2 * 8
    film = animation(strips)[0]
    assert film.size == (2 * wide * 192 // 128 + 8, high * 192 // 128 + 24)
    assert f'width="{3 * 96 + 2 * max(1, wide // 24) * 96 // wide}"' in show_strips(strips).html
    assert play(strips).html.count("<figure") == 1


def test_strips_take_more_rows_on_a_phone():
    gap = 64 // 24 * 96 // 64  # of the pictures, on the page
    narrow = re.findall(r'<source media="[^"]+" srcset="[^"]+" width="(\d+)" height="(\d+)"', show_strips(strips_of(9)).html)
    assert len(narrow) == 2  # a strip each
    for width, height in narrow:
        assert int(width) == pytest.approx(5 * 96 + 4 * gap, abs=2) and int(height) == pytest.approx(2 * 96 + gap, abs=2)
    assert "<source" not in show_strips(strips_of(5)).html


def test_every_frame_is_a_file_or_none_is(tmp_path, monkeypatch):
    save_frames(strips_of(size=(40, 60)), tmp_path / "frames")
    written = sorted(path.relative_to(tmp_path / "frames").as_posix() for path in (tmp_path / "frames").rglob("*.png"))
    assert written == [f"{name}/{k:03}.png" for name in ("optimal", "random") for k in range(3)]
    with Image.open(tmp_path / "frames" / "random" / "002.png") as picture:
        assert picture.size == (60, 40) and picture.getpixel((0, 0)) == (255, 255, 255)
    with pytest.raises(ValueError, match="name a folder that does not"):
        save_frames(strips_of(), tmp_path / "frames")
    kept, saved = Image.Image.save, []
    monkeypatch.setattr(Image.Image, "save", lambda *given: kept(*given) if saved.append(1) or len(saved) < 4 else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_frames(strips_of(), tmp_path / "others")
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


def test_a_gif_is_quick_and_near_its_pictures(tmp_path):
    strips, began = strips_of(20, names=("optimal", "standard", "random")), time.perf_counter()
    save(strips, tmp_path / "walk.gif")
    assert time.perf_counter() - began < 2
    with Image.open(tmp_path / "walk.gif") as walk:
        assert walk.n_frames == 38 and max(walk.convert("RGB").getpixel((100, 100))) < 16


def test_a_walk_past_three_prompts_is_shown_with_all_of_them():
    strips = strips_of(3, prompts=("a", "b", "c"))
    assert strips.letters == ["A", "B", "C"] and strips["optimal"].cost_so_far == pytest.approx([0, 2.5, 5, 7.5, 10])
    assert "5 pictures from “a” to “b” to “c” along" in show_strips(strips).html
    assert "From A, “a”, to B, “b”, to C, “c”." in show_strips(strips).html
    page = play(strips).html
    assert "From “a” to “b” to “c” (cost: how far a row moves, on average)" in page
    assert "0.0,2.5,5.0,7.5,10.0" in page.replace(" ", "")
    assert sheet(strips).width > sheet(strips_of()).width


class TestLettering:
    def test_a_font_is_found_for_letters_of_other_scripts_and_what_none_has_is_written_out(self, monkeypatch):
        font = font_with(["a red boat", "красная лодка", "قارب"])
        assert font.name == "DejaVuSans.ttf" and legible("красная\n лодка", font) == "красная лодка"
        monkeypatch.setattr("sdinterp.lettering.findSystemFonts", list)
        assert legible("a \U0002f81a \0", font_with(["a \U0002f81a"])) == r"a \U0002f81a \x00"

    def test_a_font_of_this_machine_is_taken_where_it_has_more(self, monkeypatch, tmp_path):
        font = font_with(["a"])
        (tmp_path / "none.ttf").write_bytes(b"no font")
        monkeypatch.setattr("sdinterp.lettering.findfont", lambda name: tmp_path / "none.ttf")
        monkeypatch.setattr("sdinterp.lettering.findSystemFonts", lambda: [str(tmp_path / "none.ttf"), str(font)])
        assert font_with(["a"]) == font and _letters(tmp_path / "none.ttf") == frozenset()

    @pytest.mark.parametrize("text", ["word " * 50, "x" * 300, "a " + "x" * 300 + " b", "船" * 90, ""])
    def test_lines_fit_and_hold_the_whole_text(self, text):
        font = ImageFont.truetype(font_with(["a"]), 14)
        lines = lines_of(text, font, 200)
        assert all(font.getlength(line) <= 200 for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("prompt", ["船", "a 🚤 at sea", "x" * 400, "قارب أحمر", "a \0 b"])
    def test_a_sheet_of_any_prompt_fits(self, prompt):
        assert sheet(strips_of(2, prompts=(prompt, "b"))).width == 2 * 128 + 4 + 2 * 8


def test_what_fails_half_way_leaves_the_file_as_it_was(tmp_path):
    (tmp_path / "a.txt").write_text("before")
    with pytest.raises(OSError), whole(tmp_path / "a.txt") as unfinished:
        unfinished.write_text("half")
        raise OSError
    assert [file.read_text() for file in tmp_path.iterdir()] == ["before"]
