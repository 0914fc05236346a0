"""The model of a study: where it runs, in which precision, and how many pictures it takes at a time."""

from __future__ import annotations

from dataclasses import replace

from sdinterp.diffusion import default_batch, latent_size
from sdinterp.models import default_steps, family, fingerprint, load_model, model_folder, placement
from sdinterp.rendering import Renderer
from sdinterp.study.settings import Settings
from sdinterp.wirings import WIRINGS


def load_renderer(settings: Settings, device: str | None, compile: bool = False) -> Renderer:
    """The model that the settings name."""
    return load_model(settings.model, device=device, dtype=settings.dtype, revision=settings.revision, compile=compile)


def placed(settings: Settings, device: str | None, gpus: int | None) -> tuple[Settings, str, int | None]:
    """The settings with precision, weights and the model's own steps filled in; the device, see `placement`; pictures at a time.

    A model of the hub is downloaded, once for all workers. `gpus` are those where the workers are; None counts this machine's.
    The pictures fill a GPU; None stands elsewhere, and for models of today, whose pipelines know their own number.
    """
    folder = model_folder(settings.model, settings.revision)
    asked = None if settings.dtype == "auto" else settings.dtype
    place, dtype = placement(folder, device, asked, gpus)
    steps = settings.steps or default_steps(folder)
    settings = replace(settings, dtype=str(dtype).removeprefix("torch."), weights=fingerprint(folder), steps=steps)
    fills = place.type == "cuda" and family(folder) not in WIRINGS
    return settings, str(place), default_batch(latent_size(folder), place) if fills else None
