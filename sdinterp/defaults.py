"""What holds where a caller says nothing, each once: read by functions, commands, forms and studies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STEPS = 12
"""Of the sampler."""

GUIDANCE = 7.5
"""Scale of classifier-free guidance, for a model whose folder says nothing else."""

FRAMES = 9
"""Pictures on a strip, the ends included."""

DTYPES = ("float32", "float16", "bfloat16")
"""That a model can be asked to run in."""

PIXELS = 2**21
"""Of the pictures that a decoder, or a perceptual net on a GPU, is given in one go: 512 pictures of 64 to a side, 8 of 512."""

COUPLINGS = ("optimal", "standard", "random")
"""That a strip is drawn along."""

POSTCARDS = Path(__file__).parent / "postcards" / "weights"
"""The folder of the bundled model."""

OWN = "sdinterp.json"
"""A file in a model's folder that says what else belongs to it."""


def of_model(folder: Path) -> dict[str, Any]:
    """What a model's folder says of it: `guidance`, its `words` where it knows few, and the perceptual `nets` of its studies."""
    said = json.loads((folder / OWN).read_text("utf-8-sig")) if (folder / OWN).is_file() else {}
    return {"guidance": GUIDANCE, "words": None, "nets": ["lpips-alex", "none"]} | said
