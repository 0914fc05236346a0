"""The figures: what is drawn is what was given, and what is shown can be read by everyone."""

from __future__ import annotations

import re

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from sdinterp import plots, shown
from sdinterp.clouds import PointCloud
from sdinterp.couplings import optimal_coupling, standard_coupling
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


def test_the_halfway_dots_are_halfway(ax):
    plots.draw_path(ax, displacement_path(standard_coupling(A, B)), times=3)
    assert np.allclose(ax.collections[-1].get_offsets(), (A + B) / 2)


def test_a_table_shows_its_numbers(ax):
    plots.draw_table(ax, np.eye(2) / 2, rows=("a0", "a1"), columns=("b0", "b1"))
    assert [text.get_text() for text in ax.texts] == ["0.5", "0", "0", "0.5"]


def test_a_cost_is_never_drawn_without_its_exponent(ax):
    plots.draw_costs(ax, np.array([1.0, 2.0, 2.5]), {"optimal": 1.0}, p=2)
    assert ax.get_xlabel() == "cost (p=2)"
    assert ax.get_legend().get_texts()[0].get_text() == "optimal, 1.00"


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_shown_figure_has_a_description_a_caption_and_no_background(kind):
    plots.use_style()
    fig, ax = plt.subplots()
    made = shown.show(fig, alt='a "plot" & more', caption="1 < 2", kind=kind)
    html = made._repr_html_()
    assert data_uri(made.data, {"svg": "image/svg+xml", "png": "image/png"}[kind]) in html
    assert 'alt="a &quot;plot&quot; &amp; more"' in html and "1 &lt; 2</figcaption>" in html
    assert re.search(r' width="\d+" height="\d+" ', html)  # nothing jumps while it loads
    assert not plt.fignum_exists(fig.number)
    assert fig.get_facecolor()[3] == ax.get_facecolor()[3] == 0


def test_the_same_figure_gives_the_same_html():
    plots.use_style()
    assert len({shown.show(plots.draw_cloud(plt.subplots()[1], A).figure, alt="a", caption="c").html for _ in range(2)}) == 1


def test_a_figure_without_a_description_is_refused():
    with pytest.raises(ValueError, match="alt"):
        shown.show(plt.figure(), alt=" ", caption="c")
    plt.close("all")


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ((1 / 3,), ["0.3333"]),
        ((12.345, 3.0, 0.5), ["12.35", "3.00", "0.50"]),
        ((1234.5, 0.001), ["1234", "0.001"]),
        ((2e-9, 1e-9), ["2e-09", "1e-09"]),
        ((0.0, float("nan")), ["0", "nan"]),
        ((7, 10), ["7", "10"]),
    ],
)
def test_numbers_of_a_column_have_the_same_decimals_and_stand_right(column, written):
    html = shown.show_table(("x", "word"), [(entry, "a") for entry in column], caption="c").html
    assert re.findall(r'<td style="text-align:right[^"]*">([^<]*)</td><td>a</td>', html) == written


def test_a_shown_table_is_rectangular():
    with pytest.raises(ValueError, match="2 columns"):
        shown.show_table(("x", "y"), [(1,)], caption="c")
