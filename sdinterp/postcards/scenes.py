"""The world of Postcards: a scene is ten attributes, small enough to be described completely in one sentence.

It is rich enough that two scenes can share any number of attributes from none to all ten.
"""

from __future__ import annotations

import random
from dataclasses import astuple, dataclass, fields

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "object": ("boat", "tent", "house", "car", "lighthouse", "castle", "windmill", "tree"),
    "colour": ("red", "yellow", "green", "blue", "purple", "white"),
    "size": ("small", "big"),
    "position": ("left", "middle", "right"),
    "ground": ("sea", "snow", "grass", "sand"),
    "time": ("dawn", "noon", "sunset", "night"),
    "sky": ("sun", "moon", "cloud", "stars", "rainbow", "balloon"),
    "backdrop": ("mountains", "hills", "city", "forest"),
    "companion": ("dog", "flag", "ball", "lamp", "snowman"),
    "foreground": ("fence", "stones", "hedge", "flowers"),
}
"""The ten attributes of a scene and the values each can take."""


@dataclass(frozen=True)
class Scene:
    """One scene: a value for each of the ten attributes of `ATTRIBUTES`, in that order."""

    object: str
    colour: str
    size: str
    position: str
    ground: str
    time: str
    sky: str
    backdrop: str
    companion: str
    foreground: str

    def __post_init__(self) -> None:
        for name, values in ATTRIBUTES.items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name} is {getattr(self, name)!r}; choose one of {', '.join(values)}")

    def labels(self) -> tuple[int, ...]:
        """The scene as ten class indices, one for each attribute."""
        return tuple(values.index(value) for values, value in zip(ATTRIBUTES.values(), astuple(self), strict=True))

    def shared_with(self, other: Scene) -> tuple[str, ...]:
        """Names of the attributes on which two scenes agree."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) == getattr(other, f.name))


def random_scene(rng: random.Random) -> Scene:
    """A scene drawn uniformly from all of them (2.2 million)."""
    return Scene(*(rng.choice(values) for values in ATTRIBUTES.values()))


def scene_sharing(scene: Scene, shared: int, rng: random.Random) -> Scene:
    """A scene that agrees with `scene` on exactly `shared` attributes, which ones being drawn at random."""
    if not 0 <= shared <= len(ATTRIBUTES):
        raise ValueError(f"shared is {shared}; two scenes share 0 to {len(ATTRIBUTES)} attributes")
    kept = set(rng.sample(list(ATTRIBUTES), shared))
    return Scene(
        *(
            value if name in kept else rng.choice([other for other in values if other != value])
            for (name, values), value in zip(ATTRIBUTES.items(), astuple(scene), strict=True)
        )
    )
