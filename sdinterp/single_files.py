"""A whole pipeline in one file, in the layout that its authors published, as a folder: what diffusers reads of such files.

Chapter: What changes on a GPU with Stable Diffusion and real captions?
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from sdinterp.extras import needs_extras
from sdinterp.pipelines import quiet

with needs_extras():
    import diffusers


def unpack(file: Path, config: Path, family: str, folder: Path) -> None:
    """Make a diffusers folder of a file, and of a folder of its kind for what is not in the file.

    Args:
        file: a `.safetensors` file.
        config: a diffusers folder of a model of its kind: configurations, tokenizer, scheduler, networks that the file lacks.
        family: the class of the pipeline.
        folder: to write into.

    Raises:
        ValueError: a family of which diffusers reads no single file, or weights that neither has.
    """
    if not hasattr(kind := getattr(diffusers, family), "from_single_file"):
        raise ValueError(f"diffusers reads no single file of a {family}; give a folder")
    with quiet(), _noted_missing() as missing:
        pipe = kind.from_single_file(str(file), config=str(config), local_files_only=True)
        if missing:
            raise ValueError(f"it lacks {len(missing)} weights, for example {missing[0]}")
        pipe.save_pretrained(folder)


@contextmanager
def _noted_missing() -> Iterator[list[str]]:
    """The names of weights that networks are not given inside it: they stay as they were drawn, and diffusers says nothing."""
    missing: list[str] = []
    every: Any = torch.nn.Module
    load = every.load_state_dict

    def noting(network: torch.nn.Module, *given: Any, **how: Any) -> Any:
        found = load(network, *given, **how)
        missing.extend(found.missing_keys)
        return found

    every.load_state_dict = noting
    try:
        yield missing
    finally:
        every.load_state_dict = load
