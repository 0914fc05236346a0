"""The studies that the book shows, as they were fixed before they ran, by where their pairs come from.

`sdinterp study run --pairs doses` is the second study, `--pairs rivals` what goes with it; options change what they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sdinterp.rivals import RIVALS
from sdinterp.study.doses import DOSES, SCENES, dosed_pairs
from sdinterp.study.pairs import Pair, postcards_pairs
from sdinterp.study.settings import Settings

_DOSED: dict[str, Any] = {"per_level": None, "frames": 7, "steps": 6, "noises": 3}

PLANNED: dict[str, dict[str, Any]] = {
    "postcards": {},
    "doses": _DOSED,
    "rivals": _DOSED | {"per_level": 30, "couplings": RIVALS},
}
"""What is not as usual in the settings. Rivals are walked in the first scenes of each level, at full dose, from the same noises."""


def settings_for(source: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Settings:
    """The settings of a study of pairs from a source, as planned but for those that are given."""
    return Settings(source=source, **PLANNED.get(source["pairs"], {}) | dict(given or {}))


def drawn_pairs(settings: Settings) -> list[Pair]:
    """The pairs of a study that draws its own.

    Raises:
        ValueError: it does not, or not without the number at each level.
    """
    kind, each = settings.source["pairs"], settings.per_level
    if kind in ("doses", "rivals"):
        scenes = {level: each or SCENES.get(level, 1) for level in settings.levels}
        return dosed_pairs(scenes, DOSES if kind == "doses" else DOSES[-1:], settings.seed)
    if kind != "postcards" or each is None:
        raise ValueError(f"pairs of {kind} have to be given, and how many per level for those of Postcards")
    return postcards_pairs(settings.levels, each, seed=settings.seed)
