"""The path length of a strip: ours, which looks at each frame once, against the lpips package called on each neighbouring pair."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from benchmarks.timing import table, take_turns
from sdinterp.perception import perceptual_features

OURS = "sdinterp.perception.perceptual_features"


def compare(frames: int = 9, side: int = 64, rounds: int = 15) -> dict[str, Any]:
    """Time both on LPIPS's AlexNet, with random weights (its own are a download); the time does not depend on them."""
    import lpips

    torch.manual_seed(0)
    reference = lpips.LPIPS(net="alex", pretrained=True, pnet_rand=True, verbose=False).eval()
    strip = torch.rand(frames, 3, side, side) * 2 - 1

    @torch.no_grad()
    def theirs() -> Tensor:
        return torch.cat([reference(strip[k : k + 1], strip[k + 1 : k + 2]).flatten() for k in range(frames - 1)])

    @torch.no_grad()
    def at_once() -> Tensor:
        return reference(strip[:-1], strip[1:]).flatten()

    def ours() -> Tensor:
        return perceptual_features(strip, "lpips-alex").diff(dim=0).square().sum(1)

    with patch.object(lpips, "LPIPS", lambda **_: reference):
        apart = ((ours() - theirs()).abs() / theirs()).max().item()
        lines = table(
            take_turns({OURS: ours, "lpips, pair by pair": theirs, "lpips, all pairs in one batch": at_once}, rounds), OURS
        )
    return {"lines": lines, "apart": apart, "frames": frames, "side": side}
