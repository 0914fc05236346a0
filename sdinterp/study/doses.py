"""The design of the second study: the same scenes in several word orders.

Two captions of two scenes say their phrases in one order, but for some phrases of the second, which are displaced. How many is the
**dose**: with none the standard coupling pairs like with like, and with all it pairs every phrase with another. All phrases that
may be displaced are three words long, so that those left in place keep their rows.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping

from sdinterp.postcards.captions import FIXED_PHRASES, SYNONYMS, caption_in_order
from sdinterp.postcards.scenes import Scene, random_scene, scene_sharing
from sdinterp.study.pairs import Pair, check_levels

MOVABLE = tuple(slot for slot, phrase in FIXED_PHRASES.items() if len(phrase.split()) == 3)
"""The attributes whose phrases are three words long: all but those of the object, which come first, and of the time."""

DOSES = (0, 3, 6)
"""Phrases that are displaced: none, half of the movable ones, all of them."""

SCENES: dict[float, int] = {0.5: 75, 1.0: 75, 1.5: 50, **dict.fromkeys((2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0), 30)}
"""Pairs of scenes at each level of similarity: more where the first study found small gains. Each comes with every dose."""


def dosed_pairs(scenes: Mapping[float, int] = SCENES, doses: Collection[int] = DOSES, seed: int = 0) -> list[Pair]:
    """Pairs of prompts for pairs of scenes that share 2 x level of their ten attributes, at every dose.

    Within a pair of scenes the words are the same at every dose; only the order of the second prompt's phrases differs. Levels take
    turns, and doses within them, so that a study that was stopped early is balanced.

    Args:
        scenes: how many pairs of scenes at each level, 0.5, 1.0 ... 5.0.
        doses: those of `DOSES` that are wanted.
        seed: of scenes, words and orders.

    Raises:
        ValueError: another level.

    >>> pairs = dosed_pairs({4.5: 1})
    >>> [pair.id for pair in pairs]
    ['4.5-000-dose0', '4.5-000-dose3', '4.5-000-dose6']
    >>> len({pair.prompt_a for pair in pairs}), sorted(pairs[0].prompt_b) == sorted(pairs[2].prompt_b)
    (1, True)
    """
    check_levels(scenes)
    pairs = []
    for number in range(max(scenes.values())):
        for level in [level for level, count in scenes.items() if number < count]:
            rng = random.Random(f"doses {seed} {level:g} {number}")
            scene = random_scene(rng)
            other = scene_sharing(scene, round(2 * level), rng)
            words, others = _words(scene, rng), _words(other, rng)
            while words == others:
                others = _words(other, rng)
            order = rng.sample(list(FIXED_PHRASES), len(FIXED_PHRASES))
            moved = rng.sample(MOVABLE, len(MOVABLE))
            group = {
                "scene": f"{level:g}-{number:03}", "shared": ",".join(scene.shared_with(other)),
                "scene_a": ",".join(vars(scene).values()), "scene_b": ",".join(vars(other).values()),
            }  # fmt: skip
            for dose in DOSES:
                a, b = caption_in_order(words, order), caption_in_order(others, displaced(order, moved[:dose], rng))
                if dose in doses:
                    pairs.append(Pair(f"{group['scene']}-dose{dose}", a, b, float(level), group | {"dose": str(dose)}))
    return pairs


def displaced(order: list[str], moved: list[str], rng: random.Random) -> list[str]:
    """The order with the phrases named moved, each to the place of another of them and none to its own."""
    places = [order.index(slot) for slot in moved]
    new = places
    while any(there == here for there, here in zip(new, places, strict=True)):
        new = rng.sample(places, len(places))
    changed = list(order)
    for slot, place in zip(moved, new, strict=True):
        changed[place] = slot
    return changed


def _words(scene: Scene, rng: random.Random) -> dict[str, str]:
    """A word for each attribute, drawn from its synonyms."""
    return {name: rng.choice(SYNONYMS.get(value, (value,))) for name, value in vars(scene).items()}
