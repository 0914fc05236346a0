"""Saying a scene in words: one sentence, many wordings, two word orders.

Every attribute of a scene has a few phrases. In the **fixed** order they always come in the same order and every
attribute takes the same number of words, so that equal attributes of two captions stand in equal rows of their
embeddings. In the **free** order the phrases are shuffled and vary in length, as they do in captions people write.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from sdinterp.postcards.scenes import ATTRIBUTES, Scene, random_scene, scene_sharing

WordOrder = Literal["fixed", "free"]

SYNONYMS: dict[str, tuple[str, ...]] = {
    "boat": ("boat", "sailboat", "ship"), "tent": ("tent", "marquee"), "house": ("house", "cottage", "cabin"),
    "car": ("car", "automobile"), "lighthouse": ("lighthouse", "beacon"), "castle": ("castle", "fortress"),
    "windmill": ("windmill", "mill"), "tree": ("tree", "oak"),
    "red": ("red", "crimson", "scarlet"), "yellow": ("yellow", "golden"), "green": ("green", "emerald"),
    "blue": ("blue", "azure"), "purple": ("purple", "violet"), "white": ("white", "ivory"),
    "small": ("small", "little", "tiny"), "big": ("big", "large", "huge"),
    "middle": ("middle", "center", "centre"),
    "sea": ("sea", "water", "ocean"), "snow": ("snow", "ice"), "grass": ("grass", "meadow"), "sand": ("sand", "beach"),
    "dawn": ("dawn", "daybreak", "sunrise"), "noon": ("noon", "midday"), "sunset": ("sunset", "dusk"),
    "night": ("night", "midnight"),
    "sun": ("sun", "sunshine"), "moon": ("moon", "crescent"), "cloud": ("cloud", "clouds"), "stars": ("stars", "starlight"),
    "rainbow": ("rainbow",), "balloon": ("balloon", "airship"),
    "mountains": ("mountains", "peaks", "mountain"), "hills": ("hills", "downs"), "city": ("city", "town", "skyline"),
    "forest": ("forest", "woods", "pines"),
    "dog": ("dog", "puppy", "hound"), "flag": ("flag", "banner"), "ball": ("ball", "beachball"),
    "lamp": ("lamp", "lantern"), "snowman": ("snowman",),
    "fence": ("fence", "railing"), "stones": ("stones", "rocks", "pebbles"), "hedge": ("hedge", "bushes", "bush"),
    "flowers": ("flowers", "tulips", "blossoms"),
}  # fmt: skip
"""The words for each value of an attribute; the first is the plain one."""

FIXED_PHRASES: dict[str, str] = {
    "position": "at the {}",
    "ground": "on the {}",
    "time": "at {}",
    "sky": "under the {}",
    "backdrop": "before the {}",
    "companion": "beside the {}",
    "foreground": "behind the {}",
}
"""The phrases of the fixed order: one per attribute, each as long whatever its value."""

FREE_PHRASES: dict[str, tuple[str, ...]] = {
    "position": ("on the {}", "to the {}", "in the {}", "at the {}", "on the {} side"),
    "ground": ("on the {}", "at {}", "on {}", "in the {}", "on top of the {}", "standing on the {}"),
    "time": ("at {}", "it is {}", "a picture at {}", "around {}"),
    "sky": ("under the {}", "under a {}", "with a {} above", "with the {} in the sky", "below the {}", "a {} in the sky"),
    "backdrop": ("before the {}", "in front of the {}", "with {} in the background", "with the {} behind", "near the {}"),
    "companion": ("beside the {}", "next to a {}", "with a {}", "and a {}", "by a {}", "a {} close by"),
    "foreground": ("behind the {}", "behind a {}", "with a {} in front", "{} in the foreground", "{} along the edge"),
}
"""The phrases of the free order."""

_PLURAL = {"stars", "starlight", "sunshine", "clouds", "stones", "rocks", "pebbles", "bushes", "flowers", "tulips", "blossoms"}
_HEAD = ("size", "colour", "object")


def describe(
    scene: Scene, rng: random.Random | None = None, order: WordOrder = "fixed", naming: Collection[str] = tuple(ATTRIBUTES)
) -> str:
    """One sentence that describes a scene.

    Args:
        scene: what to describe.
        rng: the choice of synonyms, phrases and (in the free order) their order. Without one, the plain words are used.
        order: `"fixed"` or `"free"`, see the module's text.
        naming: the attributes to name, all ten by default. A scene whose object is not named is a "scene".

    Raises:
        ValueError: an unknown word order, or the free order without `rng`.

    >>> boat = Scene("boat", "red", "small", "left", "sea", "noon", "sun", "hills", "dog", "fence")
    >>> describe(boat, naming=("size", "colour", "object", "ground", "time"))
    'a small red boat on the sea at noon'
    """
    if order not in ("fixed", "free"):
        raise ValueError(f"order is {order!r}; choose 'fixed' or 'free'")

    def word(attribute: str) -> str:
        words = SYNONYMS.get(getattr(scene, attribute), (getattr(scene, attribute),))
        return rng.choice(words) if rng else words[0]

    head = [word(attribute) if attribute in naming else "" for attribute in _HEAD]
    head[2] = head[2] or "scene"
    noun = " ".join(filter(None, head))
    slots = [attribute for attribute in FIXED_PHRASES if attribute in naming]
    if order == "fixed":
        return caption_in_order({"object": noun} | {slot: word(slot) for slot in slots}, slots)

    if rng is None:
        raise ValueError("the free word order is drawn at random: give it rng=random.Random(seed)")
    rng.shuffle(slots)
    phrases = [_fill(rng.choice(FREE_PHRASES[slot]), word(slot)) for slot in slots]
    phrases.insert(rng.randint(0, len(phrases)), rng.choice((f"{_article(noun)} {noun}", f"the {noun}", noun)))
    return rng.choice((" ", " ", ", ")).join(phrases)


def caption_in_order(words: Mapping[str, str], slots: Sequence[str]) -> str:
    """The fixed template filled with a word for each attribute, the object first and then the phrases of `slots` in their order.

    >>> caption_in_order({"size": "small", "colour": "red", "object": "boat", "ground": "sea", "time": "noon"}, ["time", "ground"])
    'a small red boat at noon on the sea'
    """
    noun = " ".join(words[attribute] for attribute in _HEAD if attribute in words)
    return " ".join([f"{_article(noun)} {noun}", *(FIXED_PHRASES[slot].format(words[slot]) for slot in slots)])


def random_caption(scene: Scene, rng: random.Random) -> str:
    """A caption for training: any wording and order; half of them leave attributes out."""
    naming: list[str] = list(ATTRIBUTES)
    if rng.random() < 0.5:
        naming = rng.sample(naming, rng.randint(1, len(naming)))
        naming += [] if rng.random() < 0.1 else ["object"]
    return describe(scene, rng, rng.choice(("fixed", "free")), naming)


def pair_sharing(shared: int, rng: random.Random, order: WordOrder = "free") -> list[str]:
    """Two prompts of random scenes that agree on so many of their ten attributes.

    Args:
        shared: 0 to 10.
        rng: what is drawn from: a scene, the other one, then the words of both.
        order: of the words, see `describe`.

    >>> pair_sharing(10, random.Random(0), "fixed")[1].split()[0]
    'a'
    """
    scene = random_scene(rng)
    return [describe(one, rng, order) for one in (scene, scene_sharing(scene, shared, rng))]


def vocabulary() -> list[str]:
    """Every word (and the comma) that a caption can hold, sorted."""
    templates = itertools.chain(FIXED_PHRASES.values(), *FREE_PHRASES.values())
    words = {word for template in templates for word in template.split() if word != "{}"}
    words.update(itertools.chain.from_iterable(SYNONYMS.values()), ATTRIBUTES["position"], ("a", "an", "the", "scene", ","))
    return sorted(words)


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _fill(template: str, word: str) -> str:
    if word in _PLURAL:
        template = template.replace("a {}", "{}")
    elif "a {}" in template:
        template = template.replace("a {}", f"{_article(word)} {{}}")
    return template.format(word)
