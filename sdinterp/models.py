"""Models by name: the bundled one, a folder, or one from the hub; where they run, and which exactly they are."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import nullcontext
from pathlib import Path

import torch

from sdinterp.checks import at_home, meant
from sdinterp.defaults import OWN, POSTCARDS, STEPS
from sdinterp.diffusion import DiffusionModel
from sdinterp.extras import needs_extras
from sdinterp.pipelines import PipelineModel, defaults_of
from sdinterp.single_files import unpack
from sdinterp.wirings import WIRINGS

with needs_extras():
    from safetensors import SafetensorError

REVISIONS = {
    "stable-diffusion-v1-5/stable-diffusion-v1-5": "451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
    "CompVis/stable-diffusion-v1-4": "133a221b8aa7292a167afc5127cb63fb5005638b",
    "stabilityai/stable-diffusion-2-1-base": "5ede9e4bf3e3fd1cb0ef2f7a3fff13ee514fdf06",
}
"""Hub models that load by name alone, each at the commit we name; others need `revision`."""

_PARTS = ("tokenizer", "text_encoder", "unet", "vae", "scheduler")

_WEIGHTS = "*/*.safetensors"

INDEX = "model_index.json"
"""The file that makes a folder one of diffusers'."""

_FAMILY = ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline")

_HALF = (*_FAMILY, "StableDiffusionXLPipeline")

_ONE_FILE = (".safetensors", ".ckpt", ".bin", ".pt", ".pth")

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)

SMALL = 100_000_000
"""Bytes of weights below which a model is small: quick on any CPU."""

_DOWNLOADED = [INDEX, "*/*config.json", "tokenizer/*", "text_encoder/model.safetensors", OWN]
_DOWNLOADED += [f"{part}/diffusion_pytorch_model.safetensors" for part in ("unet", "vae")]


class ModelUnavailable(ValueError):
    """A model that is neither in the package, nor a folder, nor to be had from the hub."""


def load_model(
    name: str | Path = "postcards", *, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None,
    revision: str | None = None, variant: str | None = None, width: int | None = None, height: int | None = None,
    compile: bool = False, offload: str | None = None, config: str | Path | None = None,
) -> DiffusionModel | PipelineModel:  # fmt: skip
    """Load a text-to-image model.

    Args:
        name: `"postcards"`, the bundled model; a local diffusers folder; the hub id of one; or a `.safetensors` file of a whole
            pipeline, with its `config`. Stable Diffusion 1.x and 2.x run in `DiffusionModel`, the families of `pipelines.WIRINGS`
            by their own pipeline, in `PipelineModel`.
        device, dtype: where it runs and in which precision; without them as `placement` finds fit.
        revision: the commit of a hub model. Ids in `REVISIONS` have one already.
        variant: which weights of a hub model of today, where it has several: "fp16".
        width, height: of its pictures, in pixels; without them those that it was trained on.
        compile: whether the denoiser of a `DiffusionModel` is compiled when it is first called. That takes a minute, for each size
            of its batches, and on a GPU saves some 18 ms a picture of Stable Diffusion 1.5 in 10 steps: it pays from 3,000 pictures
            on.
        offload: "model" or "sequential", of a `PipelineModel` on a GPU that is too small for it: see diffusers, which needs
            accelerate for it. Its decoder then takes one picture at a time; tiles, which change pictures, are for you to ask for:
            `model.pipe.vae.enable_tiling()`.
        config: for a single file, a diffusers folder of a model of its kind, from which configurations, tokenizer and scheduler are
            taken, and networks that the file lacks.

    Raises:
        ModelUnavailable: no such folder, no network, a hub id without a pinned revision, or weights that cannot be read.
        ValueError: a device that is not there, a dtype that no model runs in, pictures of a size that it cannot make, or an option
            that its kind does not have.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) if config is not None else nullcontext("") as made:
        folder = model_folder(name, revision, variant) if config is None else _unpacked(at_home(name), at_home(config), Path(made))
        place, precision = placement(folder, device, dtype)
        kind = family(folder)
        today = kind in WIRINGS
        if compile if today else offload:
            raise ValueError(f"{name} is a {kind}, which is not {'compiled' if today else 'offloaded'} here")
        try:
            if today:
                return PipelineModel(folder, place, precision, name=str(name), offload=offload, width=width, height=height)
            model = DiffusionModel(folder, place, precision, name=str(name), compile=compile)
        except torch.OutOfMemoryError:
            raise
        except _UNREADABLE as error:
            said = f"{name} cannot be loaded as a {kind if today else 'Stable Diffusion'} folder"
            raise _unavailable(said, error) from error
        model.set_size(width, height)
        return model


def placement(
    folder: Path, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None, gpus: int | None = None
) -> tuple[torch.device, torch.dtype]:
    """Where a model runs and in which precision, as asked, or as suits it.

    A small model runs on the CPU in float32, so that its pictures are the same everywhere; a large one on a GPU where there is
    one, on CUDA in float16, or in bfloat16 where its family does not bear less range: of `gpus`, or without that number of those of
    this machine.

    Raises:
        ValueError: a device that is not there, or a dtype that no model runs in.
    """
    small = sum(file.stat().st_size for file in folder.glob(_WEIGHTS)) < SMALL
    place = find_device(device or ("cpu" if small else None), gpus)
    half = torch.float16 if family(folder) in _HALF else torch.bfloat16
    precision = dtype or (torch.float32 if small or place.type != "cuda" else half)
    precision = getattr(torch, precision, precision) if isinstance(precision, str) else precision
    if precision not in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        raise ValueError(f"dtype is {precision}; a model runs in torch.float32, float16, bfloat16 or float64")
    return place, precision


def default_steps(folder: Path) -> int:
    """Steps of the model in a folder where nobody says how many: ours, or those of its pipeline's own call."""
    return defaults_of(family(folder))["num_inference_steps"] if family(folder) in WIRINGS else STEPS


def fingerprint(folder: Path) -> str:
    """SHA-256 over the weights of a model's parts, in the order of their names: which model exactly this is."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob(_WEIGHTS)):
        digest.update(path.parent.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def model_folder(name: str | Path, revision: str | None = None, variant: str | None = None) -> Path:
    """The diffusers folder of a model as `load_model` has it: bundled, local, or from the hub at a pinned commit.

    Raises:
        ModelUnavailable: there is none.
    """
    if str(name) == "postcards":
        return POSTCARDS
    if not str(name).strip() or "\0" in str(name):
        raise ModelUnavailable(f"there is no model {str(name)!r}; the bundled one is 'postcards'")
    if (local := at_home(name)).is_dir():
        folder = _snapshot(local, revision)
        _check_family(name, folder)
    elif local.is_file() and local.suffix in _ONE_FILE:
        raise ModelUnavailable(
            f"{name} holds weights alone, without tokenizer and configurations; load_model takes them from a folder of a model of "
            "its kind (config='FOLDER'), and diffusers makes a folder of both: "
            f"StableDiffusionPipeline.from_single_file({str(name)!r}, config='FOLDER').save_pretrained('NEW')"
        )
    else:
        index = _download(str(name), revision, [INDEX])
        _check_family(name, index)
        folder = _download(str(name), revision, _DOWNLOADED if family(index) in _FAMILY else _downloaded(index, variant))
    if family(folder) in WIRINGS:
        return folder
    if missing := [part for part in _PARTS if not (folder / part).is_dir()]:
        raise ModelUnavailable(f"{name} is not a Stable Diffusion folder: it has no {missing[0]}")
    return folder


def _unpacked(file: Path, config: Path, folder: Path) -> Path:
    """The folder, made of a file and of a folder of its kind, see `unpack`."""
    if not file.is_file() or file.suffix != ".safetensors":
        raise ModelUnavailable(f"config goes with a .safetensors file, which {str(file)!r} is not; other kinds may run code")
    _check_family(config, config)
    try:
        unpack(file, config, family(config), folder)
    except _UNREADABLE as error:
        raise _unavailable(f"{file} cannot be read as a {family(config)} like {config}", error) from error
    if (config / OWN).is_file():
        shutil.copy(config / OWN, folder / OWN)
    return folder


def _unavailable(said: str, error: Exception) -> ModelUnavailable:
    """What is said, and of the reason its first line."""
    return ModelUnavailable(f"{said} ({str(error).strip().partition(chr(10))[0]})")


def _snapshot(folder: Path, revision: str | None) -> Path:
    """The folder, or of one in the hub's cache the commit that is asked for, that is the main one, or the only one."""
    if not (folder / "snapshots").is_dir():
        return folder
    main, commits = folder / "refs" / "main", [path.name for path in sorted((folder / "snapshots").iterdir())]
    commit = revision or (main.read_text().strip() if main.is_file() else commits[0] if len(commits) == 1 else None)
    if commit not in commits:
        raise ModelUnavailable(f"{folder} holds commits {', '.join(commits) or 'of nothing'}; say which is meant (revision=…)")
    return folder / "snapshots" / str(commit)


def _check_family(name: str | Path, folder: Path) -> None:
    """Raise ModelUnavailable unless a folder says that it holds a model of the family that we render with."""
    if not (folder / INDEX).is_file():
        raise ModelUnavailable(f"{name} is not a diffusers folder: it has no {INDEX}")
    try:
        kind = family(folder)
    except (ValueError, AttributeError):
        raise ModelUnavailable(f"{name} is not a diffusers folder: its {INDEX} cannot be read") from None
    if kind not in (*_FAMILY, *WIRINGS):
        known = ", ".join(one.removesuffix("Pipeline") for one in WIRINGS)
        raise ModelUnavailable(f"{name} is a {kind}, which is not supported yet; Stable Diffusion 1.x and 2.x are, and {known}")


def family(folder: Path) -> str:
    """The class of the pipeline that a folder holds; one that does not say is taken for Stable Diffusion's."""
    index = folder / INDEX
    return json.loads(index.read_text("utf-8")).get("_class_name", _FAMILY[0]) if index.is_file() else _FAMILY[0]


def _downloaded(index: Path, variant: str | None) -> list[str]:
    """The files of a pipeline of today on the hub: of each part what is no weights, and the safetensors of one variant."""
    parts = [name for name, kind in json.loads((index / INDEX).read_text("utf-8")).items() if isinstance(kind, list) and kind[0]]
    stems = [f"{part}/{stem}" for part in parts for stem in ("model", "diffusion_pytorch_model")]
    named = f".{variant}" if variant else ""
    weights = [f"{stem}{named}{piece}.safetensors" for stem in stems for piece in ("", "-0*")]
    texts = [f"{part}/*.{ending}" for part in parts for ending in ("json", "jinja", "txt", "model")]
    return [INDEX, *texts, *weights]


def find_device(device: str | torch.device | None = None, gpus: int | None = None) -> torch.device:
    """The device of a name; without one, a GPU where there is one (CUDA, or Apple's MPS), else the CPU.

    Without their number `gpus`, those of this machine are counted.

    Raises:
        ValueError: no such device.
    """
    if gpus is None:
        gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    try:
        found = torch.device(device or ("cuda" if gpus else "mps" if torch.backends.mps.is_available() else "cpu"))
    except RuntimeError:
        raise ValueError(f"there is no device {device!r}; choose cpu, cuda, cuda:1 or mps") from None
    if found.type not in ("cpu", "cuda", "mps"):
        raise ValueError(f"device is {str(found)!r}, where this package was never tried; use cpu, cuda or mps")
    if found.type == "mps" and not torch.backends.mps.is_available():
        raise ValueError("device is 'mps', and PyTorch finds none on this machine; use cpu")
    if found.type == "cuda" and (found.index or 0) >= gpus:
        raise ValueError(f"device is {str(found)!r}, and PyTorch finds {gpus} GPUs; use cpu")
    return found


def native_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16; others imitate it, many times slower."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def _download(name: str, revision: str | None, files: list[str]) -> Path:
    """The local copy of some files of a hub model at a pinned commit."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    offline = "the bundled model needs no network: use 'postcards'"
    revision = revision or REVISIONS.get(name)
    if name.count("/") != 1 or os.path.isabs(name) or name.startswith("."):
        raise ModelUnavailable(f"there is no model or folder {name!r}{meant(name, ('postcards', *REVISIONS))}; {offline}")
    if revision is None:
        raise ModelUnavailable(f"say which commit of {name} is meant (revision=…), so that results can be repeated; {offline}")
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=files))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelUnavailable(f"cannot get {name} from the hub ({type(error).__name__}); {offline}") from error
