"""The pairs of a study of doses as panels of dots, each of which opens its strips."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sdinterp.players import Dot, Panel, Player, dot_plot
from sdinterp.study.doses import DOSES
from sdinterp.study.estimates import interval

TITLES = ("words in one order", "half of them displaced", "all of them displaced")


def dose_plot(pairs: pd.DataFrame, prompts: pd.DataFrame, kept: Mapping[str, Mapping[str, bytes]]) -> Player:
    """A panel for each dose: a dot for each pair, and the mean of each level with its interval.

    Args:
        pairs: of `answers.gains`.
        prompts: `prompt_a` and `prompt_b` by pair.
        kept: of `kept_strips`.
    """
    panels = [_panel(pairs[pairs["dose"] == dose], dose, title, prompts, kept) for dose, title in zip(DOSES, TITLES, strict=True)]
    return dot_plot(
        panels, title="How many times as long the standard strip is", x_label="similarity of the prompts",
        y_label="length, standard / optimal", y_ticks={float(np.log(ratio)): f"{ratio:g}" for ratio in (0.5, 1, 2, 4, 8, 16)},
    )  # fmt: skip


def _panel(pairs: pd.DataFrame, dose: int, title: str, prompts: pd.DataFrame, kept: Mapping[str, Mapping[str, bytes]]) -> Panel:
    """The pairs of one dose; dots of a level are spread sideways so that they can be told apart."""
    own = pairs.sort_values("level", ascending=False).join(prompts[["prompt_a", "prompt_b"]], on="pair")
    aside = np.random.default_rng(dose).uniform(-0.18, 0.18, len(own))
    dots = [
        Dot(row["level"] + shift, row["gain"], _says(row), kept.get(row["pair"], {}))
        for shift, (_, row) in zip(aside, own.iterrows(), strict=True)
    ]
    means = [(float(level), *interval(group["gain"].to_numpy(), np.mean)) for level, group in own.groupby("level")]  # type: ignore[arg-type]
    return Panel(title, dots, means)


def _says(row: pd.Series) -> str:
    """A pair in words."""
    return (
        f"Similarity {row['level']:g}, from “{row['prompt_a']}” to “{row['prompt_b']}”: the standard strip is "
        f"{np.exp(row['gain']):.2f} times as long as the optimal one."
    )
