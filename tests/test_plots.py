"""The figures: what is drawn is what was given, and what is shown can be read by everyone."""

from __future__ import annotations

import re

import matplotlib
import numpy as np
import pytest
import torch

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from sdinterp import plots, shown, worded
from sdinterp.clouds import PointCloud
from sdinterp.couplings import optimal_coupling, standard_coupling
from sdinterp.looks import LOOKS
from sdinterp.paths import displacement_path
from sdinterp.pictures import data_uri

A = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
B = np.array([[2.0, 0.0], [3.0, 1.0], [2.0, 2.0]])


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def test_a_dots_area_is_its_mass(ax):
    plots.draw_cloud(ax, PointCloud(A, np.array([0.5, 0.25, 0.25])))
    areas = ax.collections[0].get_sizes()
    assert areas[0] == pytest.approx(2 * areas[1])


def test_only_the_plane_can_be_drawn(ax):
    with pytest.raises(ValueError, match="dimension 3"):
        plots.draw_cloud(ax, np.zeros((2, 3)))


def test_a_line_for_every_pair(ax):
    coupling = optimal_coupling(A[:2], B)
    plots.draw_coupling(ax, coupling, names=True)
    assert len(ax.lines) == len(coupling.pairs()[0])
    assert [text.get_text() for text in ax.texts] == ["a0", "a1", "b0", "b1", "b2"]


def test_lines_of_a_given_width_are_as_wide_as_their_mass(ax):
    plots.draw_coupling(ax, standard_coupling(A, B), width=9)
    assert [line.get_linewidth() for line in ax.lines] == pytest.approx([3, 3, 3])


def test_the_halfway_dots_are_halfway(ax):
    plots.draw_path(ax, displacement_path(standard_coupling(A, B)))
    assert np.allclose(ax.collections[-1].get_offsets(), (A + B) / 2)


def test_a_map_marks_the_ends_and_the_middle_of_every_path(ax):
    plots.draw_map(ax, [[0, 0], [4, 0], [2, 1], [2, -1]], {"optimal": [0, 2, 1], "random": [0, 3, 1]}, bar=0.5)
    assert [text.get_text() for text in ax.texts] == ["A", "B", "0.5"]
    assert [dots.get_offsets()[0].tolist() for dots in ax.collections] == [[2, 1], [2, -1], [0, 0], [4, 0]]
    assert ax.get_label().startswith("optimal: 3 points from A to B, at most 1.00 apart in height; random")


def test_a_table_shows_its_numbers(ax):
    plots.draw_table(ax, np.eye(2) / 2, rows=("a0", "a1"), columns=("b0", "b1"))
    assert [text.get_text() for text in ax.texts] == ["0.5", "0", "0", "0.5"]


def test_a_cost_is_never_drawn_without_its_exponent(ax):
    plots.draw_costs(ax, np.array([1.0, 2.0, 2.5]), {"optimal": 1.0}, p=2)
    assert ax.get_xlabel() == "cost (p=2)"
    assert ax.get_legend_handles_labels()[1] == ["optimal, 1.00"]


def test_lines_of_couplings_look_like_their_couplings_and_others_apart(ax):
    plots.draw_lines(ax, {"optimal": [1, 2], "mine": [3, 4], "yours": [5, 6]})
    assert ax.lines[0].get_color() == LOOKS["optimal"].colour
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines}) == 3


def test_labels_do_not_cover_each_other(ax):
    ax.scatter(*A.T)
    worded.draw_labels(ax, [[0, 0], [0, 0], [1, 1]], {0: "one", 1: "two"})
    assert [text.get_text() for text in ax.texts] == ["one", "two"]
    assert ax.texts[0].xyann != ax.texts[1].xyann


def test_a_match_joins_every_row_and_equal_words_in_thick_lines(ax):
    red, boat = ["<start>", "red", "<end>", "<pad>"], ["<start>", "boat", "red", "<pad>"]
    worded.draw_match(ax, standard_coupling(np.eye(4), np.eye(4)), red, boat, LOOKS["standard"])
    joined = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert [line.get_linewidth() for line in joined] == [2.2, 1, 1, 1]
    assert "<pad> x1" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_shown_figure_has_a_description_a_caption_and_no_background(kind):
    plots.use_style()
    fig, ax = plt.subplots()
    made = shown.show(fig, alt='a "plot" & more', caption="1 < 2", kind=kind)
    html = made._repr_html_()
    assert {"svg": b"<svg", "png": b"PNG"}[kind] in made.data
    assert {"svg": data_uri(made.data, "image/svg+xml"), "png": "data:image/webp"}[kind] in html
    assert 'alt="a &quot;plot&quot; &amp; more"' in html and "1 &lt; 2</figcaption>" in html
    assert re.search(r' width="\d+" height="\d+" ', html)  # nothing jumps while it loads
    assert not plt.fignum_exists(fig.number)
    assert fig.get_facecolor()[3] == ax.get_facecolor()[3] == 0


def test_a_figure_too_wide_for_a_phone_is_drawn_again_with_its_panels_below_one_another():
    plots.use_style()
    fig, axes = plots.panels("abc", width=7.4, height=2.5, sharey=True)
    for ax in axes:
        ax.plot([0, 1], [0, 1])
    html = shown.show(fig, alt="a", caption="c").html
    media, width, height = re.search(r'<source media="([^"]+)" srcset="data:[^"]+" width="(\d+)" height="(\d+)"', html).groups()
    wide, low = re.search(r'<img .* width="(\d+)" height="(\d+)"', html).groups()
    assert media == "(max-width: 600px)" and int(width) < 420 < int(wide) and int(height) > 2 * int(low)
    places = [ax.get_position() for ax in axes]
    assert places[0].y0 > places[1].y1 and places[1].y0 > places[2].y1
    assert all(ax.yaxis.get_ticklabels()[0].get_visible() for ax in axes)  # beside one another the first spoke for all
    assert "<source" not in shown.show(plt.figure(figsize=(4, 3)), alt="a", caption="c").html
    captions = {"Left, a; right, b.": True, "Both are bright.": False}
    for caption, moved in captions.items():
        assert ("left is above" in shown.show(plots.panels("ab", width=7)[0], alt="a", caption=caption).html) == moved


def test_a_long_legend_does_not_squeeze_the_panel_on_a_phone():
    plots.use_style()
    fig, (ax,) = plots.panels([""], height=3)
    plots.draw_costs(ax, [1, 2, 3], {"optimal": 1.0, "standard": 2.0, "the worst of all": 3.0}, p=1)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    shown.show(fig, alt="a", caption="c")
    assert ax.get_position().width > 0.7 and len(ax.get_legend().get_texts()) == 3


def test_a_legend_keeps_its_marks_on_a_phone():
    fig, (ax,) = plots.panels([""], width=7.4, height=3)
    for height, mark in enumerate("s^o"):
        ax.errorbar([1], [height], xerr=[1], fmt=mark, label=f"measured at a height of {height}")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    shown.show(fig, alt="a", caption="c")
    marks = [line.get_marker() for line in fig.legends[0].findobj(matplotlib.lines.Line2D)]
    assert [mark for mark in marks if mark != "none"] == ["s", "^", "o"]


def test_pictures_are_no_brighter_in_the_dark():
    assert "sdi-ink" in shown.show(plots.panels("ab")[0], alt="a", caption="c").html
    fig, axes = plots.panels("ab")
    axes[1].imshow([[0, 1]])
    assert 'class="sdi-figure"' in shown.show(fig, alt="a", caption="c").html


def test_a_legend_below_all_panels_is_no_wider_than_its_screen():
    def draw(ax, heights):
        for height in heights:
            ax.plot([0, 1], [0, height], label=f"a line that rises up to {height}")

    html = shown.show_each(draw, {"one": range(5), "two": range(5)}, caption="c", width=7.4, height=3).html
    narrow, wide = re.findall(r' width="(\d+)" height', html)
    assert int(narrow) < 420 and int(wide) < 740


def test_the_same_figure_gives_the_same_html():
    plots.use_style()
    assert len({shown.show(plots.draw_cloud(plt.subplots()[1], A).figure, alt="a", caption="c").html for _ in range(2)}) == 1


def test_a_figure_without_a_description_is_refused():
    with pytest.raises(ValueError, match="alt"):
        shown.show(plt.figure(), alt=" ", caption="c")
    plt.close("all")


def test_a_chart_without_a_description_is_told_from_what_is_drawn():
    fig, (left, right) = plots.panels(("first", ""), width=4, height=2)
    plots.draw_lines(left, {"standard": torch.tensor([3.0, 1.0, 2.0])})
    left.set(xlabel="t", ylabel="how\nlong")
    right.axvline(2, label="here")
    right.plot([0, 1], [5, 6])
    right.scatter([1, 2], [4, 4], label="dots")
    told = "first, how long against t: standard 3 to 2, lowest 1. here; dots 4 to 4."
    assert shown.in_words(fig) == told and f'alt="{told}"' in shown.show(fig, caption="c").html


def test_a_figure_of_clouds_is_told_from_what_was_noted():
    fig, (left, right, ways) = plots.panels(("one", "two", "three"), width=6, height=2)
    plots.draw_coupling(left, standard_coupling(A, B), names=True)
    plots.draw_table(right, [[1, 2], [3, 4]])
    plots.draw_path(ways, displacement_path(standard_coupling(A, B)))
    assert shown.in_words(fig) == (
        "one: 3 dots, A; 3 squares, B; 3 lines: a0 to b0, a1 to b1, a2 to b2. two: a table with the rows 1 2, 3 4. "
        "three: 3 dots, A; 3 squares, B; 3 diamonds, halfway; a straight way from a dot to a square for every pair."
    )
    plt.close(fig)


def test_bars_and_tables_of_colours_are_told_with_their_numbers():
    fig, (left, middle, right) = plots.panels(("", "", ""), width=6, height=2)
    left.bar(["red", "blue"], [1, 2])
    middle.barh([0, 1, 2], [3, 1, 2], label="rows")
    fig.colorbar(right.imshow([[1.0, 2.0, 0.5]]), ax=right)
    told = "2 bars: red 1, blue 2. 3 bars rows 3 to 2, lowest 1. 1 by 3, numbers from 0.5 to 2 as colours."
    assert shown.in_words(fig) == told
    plt.close(fig)


def test_each_thing_has_its_panel_and_all_of_them_one_legend():
    drawn = []

    def draw(ax, thing):
        drawn.append((ax.get_title(), thing))
        ax.plot([0, thing], [0, 1], label="rising")

    html = shown.show_each(draw, {"one": 1, "two": 5}, caption="c", width=4, height=2).html
    assert drawn == [("one", 1), ("two", 5)] and html.count("<figcaption") == 1
    assert 'alt="one: rising 0 to 1. two: rising 0 to 1."' in html and not plt.get_fignums()


def test_rows_of_pictures_stand_under_their_names():
    black = -torch.ones(3, 3, 8, 8)
    html = shown.show_pictures({"first": black, "second": black[:2]}, caption="c").html
    assert re.findall(r"<b>(\w+)</b></p>", html) == ["first", "second"] and html.count("<img") == 2
    assert 'alt="second: 2 pictures, 2 to a row; the caption says what they show"' in html
    assert 'alt="3 pictures, 2 to a row; the caption says what they show"' in shown.show_pictures(black, 2, caption="c").html


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ((1 / 3,), ["0.333"]),
        ((12.345, 3.0, 0.5), ["12.35", "3.00", "0.50"]),
        ((1234.5, 0.001), ["1234", "0.001"]),
        ((2.07, 0.5344, 0.003134), ["2.0700", "0.5344", "0.0031"]),
        ((0.125, 0.0, 1.563e-5), ["0.125000", "0.000000", "0.000016"]),
        ((2.486, 3.517e-6), ["2.486", "4e-06"]),
        ((2.0, 40.0), ["2", "40"]),
        ((1.0, 0.3, 0.03), ["1.00", "0.30", "0.03"]),
        ((2e-9, 1e-9), ["2 × 10⁻⁹", "1 × 10⁻⁹"]),
        ((3628800.0, 2.433e18), ["3,628,800", "2.433 × 10¹⁸"]),
        ((0.5, 1e40), ["0.5", "1 × 10⁴⁰"]),
        ((0.0, float("nan")), ["0", "nan"]),
        ((7, 10), ["7", "10"]),
    ],
)
def test_numbers_of_a_column_have_the_same_decimals_and_stand_right(column, written):
    html = shown.show_table(("x", "word"), [(entry, "a") for entry in column], caption="c").html
    assert re.findall(r'<td style="text-align:right[^"]*">([^<]*)</td><td style="text-align:left[^"]*">a</td>', html) == written


def test_a_shown_table_is_rectangular():
    with pytest.raises(ValueError, match="2 columns"):
        shown.show_table(("x", "y"), [(1,)], caption="c")


def test_a_table_by_columns_is_the_table_by_rows():
    rows = shown.show_table(("x", "y"), [(1, "a"), (2.5, "b")], caption="c").html
    assert shown.show_columns({"x": [1, 2.5], "y": "ab"}, caption="c").html == rows
    with pytest.raises(ValueError, match=r"\[1, 2\] entries"):
        shown.show_columns({"x": [1], "y": [1, 2]}, caption="c")


def test_panels_have_their_titles_and_the_style_of_the_book():
    matplotlib.rcdefaults()
    fig, axes = plots.panels(("one", "two"), width=3, height=2)
    assert [ax.get_title() for ax in axes] == ["one", "two"]
    assert fig.get_facecolor()[3] == axes[0].get_facecolor()[3] == 0
    plt.close(fig)


def test_a_name_stands_clear_of_lines_dots_and_names(ax):
    plots.draw_coupling(ax, standard_coupling(np.array([[0, 0], [1, 0]]), np.array([[-1, 1], [2, 1]])), names=True)
    assert [(text.get_ha(), text.get_va()) for text in ax.texts[:2]] == [("left", "baseline"), ("right", "baseline")]
    ax.clear()
    plots.draw_clouds(ax, np.array([[0, 0], [0.15, 0.15]]), np.array([[5, 5]]), names=True)
    assert (ax.texts[0].get_ha(), ax.texts[0].get_va()) != ("left", "baseline")


def test_one_height_is_a_line_at_all_places(ax):
    plots.draw_lines(ax, {"rising": [1, 2, 3], "level": 2.0}, [0, 5, 7], marker="o")
    assert ax.lines[1].get_ydata().tolist() == [2, 2, 2] and ax.lines[1].get_marker() == ""


def test_a_frame_is_a_picture_without_ground_of_what_was_drawn():
    frame = plots.picture(plots.draw_cloud, A)
    assert frame.size == (256, 256) and frame.getpixel((0, 0)) == (255, 255, 255, 0)
    assert len(frame.getcolors(10**5)) > 1 and not plt.get_fignums()


def test_every_trial_is_a_dot_above_its_name(ax):
    plots.draw_trials(ax, {3: [1.0, 2.0], 6: [3.0]})
    assert ax.get_label() == "3: 2 dots from 1 to 2, half of them above 1.5; 6: 1 dots from 3 to 3, half of them above 3"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["3", "6"]
    for place, (dots, heights) in enumerate(zip(ax.collections, ([1, 2], [3]), strict=True)):
        assert dots.get_offsets()[:, 1].tolist() == heights and (abs(dots.get_offsets()[:, 0] - place) <= 0.25).all()
