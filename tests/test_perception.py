import sys
from importlib.metadata import PackageNotFoundError

import pytest
import torch

from sdinterp import perception, perceptual_distance
from sdinterp.perception import net_version, perceptual_features


@pytest.fixture
def pictures():
    return torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("net", ["efficientnet-lite0", "postcards"])
def test_distance_is_lpips_formula_on_the_features(pictures, net):
    """Written out layer by layer, as Zhang et al. do, on the same network."""
    from sdinterp.perception import _network

    layers_a, layers_b = (_network(net)(p) for p in (pictures[:2], pictures[2:]))
    total = torch.zeros(2)
    for (fa, weight), (fb, _) in zip(layers_a, layers_b, strict=True):
        unit_a, unit_b = (f / f.norm(dim=1, keepdim=True).clamp(min=1e-10) for f in (fa, fb))
        total += weight * (unit_a - unit_b).square().sum(1).mean((1, 2))
    torch.testing.assert_close(perceptual_distance(pictures[:2], pictures[2:], net), total, rtol=1e-4, atol=1e-5)


def test_root_is_a_metric(pictures):
    d = torch.cdist(f := perceptual_features(pictures), f)
    assert torch.diagonal(d).abs().max() < 1e-3
    for i in range(4):
        for j in range(4):
            for k in range(4):
                assert d[i, k] <= d[i, j] + d[j, k] + 1e-4


def test_one_picture_against_many(pictures):
    assert perceptual_distance(pictures[:1], pictures).shape == (4,)


@pytest.mark.parametrize(
    ("bad", "message"),
    [(torch.zeros(1, 1, 64, 64), "(b, 3, h, w)"), (torch.zeros(1, 3, 8, 8), ">= 32"),
     (torch.full((1, 3, 64, 64), 200.0), "[-1, 1]"), (torch.full((1, 3, 64, 64), torch.nan), "try it in float32")],
)  # fmt: skip
def test_bad_pictures_get_one_clear_sentence(bad, message):
    with pytest.raises(ValueError) as error:
        perceptual_features(bad)
    assert message in str(error.value)


def test_unknown_net_and_unequal_shapes(pictures):
    with pytest.raises(ValueError, match="unknown perceptual net"):
        perceptual_distance(pictures, pictures, net="vgg")
    with pytest.raises(ValueError, match="must match"):
        perceptual_distance(pictures[:2], pictures[:3])


def test_in_domain_features_are_those_of_the_bundled_image_encoder(pictures):
    from sdinterp.postcards.image_encoder import load_image_encoder

    encoder = load_image_encoder()
    layers = encoder.features(pictures)
    assert [tuple(layer.shape[1:]) for layer in layers] == [(32, 32, 32), (64, 16, 16), (96, 8, 8), (128, 4, 4)]
    torch.testing.assert_close(encoder(pictures), encoder.head(layers[-1]))
    sizes = sum(layer[0].numel() for layer in layers)
    assert perceptual_features(pictures, "postcards").shape == (4, sizes)


def test_a_net_says_what_it_is():
    assert {net_version(net).split(":")[0] for net in ("efficientnet-lite0", "postcards")} == {"sha256"}
    assert net_version("efficientnet-lite0") != net_version("postcards")
    with pytest.raises(ValueError, match="unknown perceptual net"):
        net_version("lpips")


@pytest.mark.filterwarnings("ignore::UserWarning:torchvision")  # the package calls it as it was called once
@pytest.mark.parametrize("backbone", ["alex", "squeeze"])
def test_lpips_itself_is_what_its_package_makes_it(backbone, pictures, monkeypatch):
    """With random weights: LPIPS's own backbones are downloads."""
    lpips = pytest.importorskip("lpips")
    torch.manual_seed(0)
    reference = lpips.LPIPS(net=backbone, pretrained=True, pnet_rand=True, verbose=False).eval()
    monkeypatch.setattr(lpips, "LPIPS", lambda net, verbose: {backbone: reference}[net])
    monkeypatch.setattr(perception, "_network", perception._network.__wrapped__)
    with torch.no_grad():
        expected = reference(pictures[:2], pictures[2:]).flatten()
    torch.testing.assert_close(perceptual_distance(pictures[:2], pictures[2:], f"lpips-{backbone}"), expected)
    assert net_version(f"lpips-{backbone}").startswith("lpips 0.")


def test_lpips_without_its_package_is_refused(monkeypatch):
    def not_here(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setitem(sys.modules, "lpips", None)
    monkeypatch.setattr(perception, "version", not_here)
    for ask in (perception._network, net_version):
        with pytest.raises(ValueError, match=r"pip install 'sdinterp-book\[lpips\]'"):
            ask("lpips-vgg")
