"""The map of clouds: each of its points is a whole cloud, which shows beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from sdinterp.clouds import ArrayLike, PointCloud, as_cloud
from sdinterp.looks import VIRIDIS
from sdinterp.players.figure import Player, drawn_as, in_plane, player, svg_still


def cloud_map(places: ArrayLike, clouds: Sequence[PointCloud | ArrayLike], paths: Mapping[str, Sequence[int]]) -> Player:
    """A map whose points are clouds in the plane: drag a point along a path on the map, and its cloud shows beside it.

    Args:
        places: (k, 2), where each cloud stands on the map, such as the points of a `distance_map`.
        clouds: the k clouds, (n, 2) each.
        paths: one to five, by the name of a coupling: rows of `clouds` from A to B, at even steps of time.

    Raises:
        ValueError: places or clouds that are not in the plane, not as many of both, no path or more than five, or a path of fewer
            than two rows or of rows that there are not.

    >>> places = torch.tensor([[0.0, 0.0], [2.0, 0.0], [1.0, 1.0]])
    >>> cloud_map(places, [torch.zeros(4, 2), torch.ones(4, 2), torch.eye(2)], {"random": [0, 2, 1]}).title
    'A map of 3 clouds, with lines from A to B, one for each path: random.'

    Chapter: Which path is shortest?
    """
    where = as_cloud(places).points.detach().to("cpu", torch.float64)
    points = [as_cloud(cloud).points.detach().to("cpu", torch.float64) for cloud in clouds]
    if len(where) != len(points) or {one.shape[1] for one in (where, *points)} != {2}:
        raise ValueError(
            f"{tuple(where.shape)} places and {len(points)} clouds given; as many of both are needed, all in the plane"
        )
    looks = drawn_as(paths, least=1)
    for name, rows in paths.items():
        if len(rows) < 2 or not set(rows) <= set(range(len(points))):
            raise ValueError(f"path {name!r} goes along rows {list(rows)}; give two at least, from 0 to {len(points) - 1}")
    drawn = [{**look, "rows": [int(row) for row in rows]} for look, rows in zip(looks, paths.values(), strict=True)]
    data = {"places": where.tolist(), "clouds": [one.tolist() for one in points], "paths": drawn, "colours": VIRIDIS}
    names = ", ".join(look["name"] for look in drawn)
    alt = f"A map of {len(points)} clouds, with lines from A to B, one for each path: {names}."
    return player("map", data, _still(where.tolist(), drawn), alt=alt, parts=["plane", "looks"])


def _still(places: Sequence[Sequence[float]], paths: Sequence[Mapping]) -> str:
    """The paths as lines on the map."""
    placed = in_plane(places)
    lines = [("M" + "L".join(" ".join(map(str, placed[row])) for row in path["rows"]), path) for path in paths]
    ends = [(letter, *placed[paths[0]["rows"][k]]) for letter, k in (("A", 0), ("B", -1))]
    return svg_still("map", 320, lines=lines, ends=ends)
