"""Which way from B to A? Paths between prompts along couplings of their embeddings, and the pictures on the way.

The core (clouds, couplings, paths, maps, smoothness) needs torch, NumPy, SciPy, POT and jaxtyping only and is imported at once.
What renders pictures is imported when it is first asked for: it is an extra, and diffusers and transformers take seconds to load.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sdinterp.clouds import PointCloud
from sdinterp.couplings import (
    entropic_coupling,
    optimal_coupling,
    optimal_permutations,
    random_coupling,
    random_words_coupling,
    standard_coupling,
    wasserstein_distance,
)
from sdinterp.extras import needs_extras
from sdinterp.paths import DisplacementPath, displacement_path, geodesic_defect
from sdinterp.plans import Coupling
from sdinterp.smoothness import largest_jump, perceptual_length, perceptual_path_length, straightness
from sdinterp.words import word_rows

if TYPE_CHECKING:
    from sdinterp.diffusion import DiffusionModel
    from sdinterp.models import load_model
    from sdinterp.perception import perceptual_distance
    from sdinterp.strips import Strip, Strips, interpolate_prompts

__version__ = "0.1.0"

_LAZY = {
    "DiffusionModel": "diffusion",
    "Strip": "strips",
    "Strips": "strips",
    "interpolate_prompts": "strips",
    "load_model": "models",
    "perceptual_distance": "perception",
}

__all__ = [
    "Coupling", "DiffusionModel", "DisplacementPath", "PointCloud", "Strip", "Strips", "displacement_path", "entropic_coupling",
    "geodesic_defect", "interpolate_prompts", "largest_jump", "load_model", "optimal_coupling", "optimal_permutations",
    "perceptual_distance", "perceptual_length", "perceptual_path_length", "random_coupling", "random_words_coupling",
    "standard_coupling", "straightness", "wasserstein_distance", "word_rows",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    with needs_extras():
        if name in _LAZY:
            return getattr(import_module(f"sdinterp.{_LAZY[name]}"), name)
        if not name.startswith("_") and find_spec(f"sdinterp.{name}"):
            return import_module(f"sdinterp.{name}")
    raise AttributeError(f"module 'sdinterp' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
