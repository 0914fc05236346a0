"""Do the denoisers of today read a cloud? Diffusers' own classes, tiny and with random weights, and four trials.

Whether a picture changes when the rows of its text change places is a property of how a network is wired, not of its weights. So
networks that were never trained can tell. What they would paint means nothing, and is never shown.

Chapter: Do today's models read a cloud?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sdinterp.attention import Weighing
from sdinterp.extras import needs_extras

with needs_extras():
    import diffusers

ROWS = 12
"""Of the text in the trials; no attention among the places of a picture has as many."""

Read = Callable[..., Tensor]
"""A denoiser with all but its text fixed: rows (1, n, d) in, its answer out. PixArt's takes a mask (1, n) beside them."""


@dataclass(frozen=True)
class Family:
    """A kind of denoiser.

    Attributes:
        name: of the models that have it.
        kind: the class of diffusers.
        enters: how text enters.
        positions: what marks the places of its rows, if anything.
        width: of its rows.
        make: builds one with random weights.
        before, after: rows that are read in one sum with the text's, see `Weighing`.
    """

    name: str
    kind: str
    enters: str
    positions: str
    width: int
    make: Callable[[], Read]
    before: int = 0
    after: int = 0

    @property
    def there(self) -> bool:
        """Whether the installed diffusers has the class."""
        return hasattr(diffusers, self.kind)


@dataclass(frozen=True)
class Trials:
    """How far a denoiser's answer moves, as a share of how far another text moves it.

    Attributes:
        permuted: when the rows change places.
        doubled: when every row comes twice.
        halved: when every row comes twice, each time with half the mass.
        weighed: one row twice, against the same row once with twice the mass.
    """

    permuted: float
    doubled: float
    halved: float
    weighed: float

    @property
    def cloud(self) -> bool:
        """Whether it reads a cloud: no order, and a row that comes twice is a row of twice the mass."""
        return max(self.permuted, self.halved, self.weighed) < 0.01


@torch.no_grad()
def try_out(family: Family, seed: int = 0) -> Trials:
    """Build a denoiser of one of `FAMILIES` and try what it reads; weights, picture and text are drawn from the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        read = family.make()
        text, other = torch.randn(2, 1, ROWS, family.width)
        order = torch.randperm(ROWS)
    plain = read(text)
    scale = (read(other) - plain).abs().max()

    def weighed(rows: Tensor, masses: Tensor) -> Tensor:
        with Weighing(masses.log(), family.before, family.after):
            return read(rows)

    def moved(rows: Tensor, masses: Tensor, from_answer: Tensor = plain) -> float:
        return float((weighed(rows, masses) - from_answer).abs().max() / scale)

    ones, twice = torch.ones(ROWS), torch.cat([text, text], 1)
    heavy = weighed(text, ones.index_fill(0, torch.tensor([3]), 2))
    return Trials(
        moved(text[:, order], ones), moved(twice, torch.ones(2 * ROWS)), moved(twice, torch.full((2 * ROWS,), 0.5)),
        moved(torch.cat([text, text[:, 3:4]], 1), torch.ones(ROWS + 1), heavy),
    )  # fmt: skip


def _network(kind: str, **config: Any) -> Any:
    return getattr(diffusers, kind)(**config).eval()


def _unet(**more: Any) -> Any:
    return _network(
        "UNet2DConditionModel", block_out_channels=(32, 64), layers_per_block=1, sample_size=16, in_channels=4, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4), cross_attention_dim=64, **more,
    )  # fmt: skip


def _sd() -> Read:
    unet, picture = _unet(), torch.randn(1, 4, 16, 16)
    return lambda rows: unet(picture, 500, rows).sample


def _sdxl() -> Read:
    unet = _unet(
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2), projection_class_embeddings_input_dim=80,
    )  # fmt: skip
    picture, beside = torch.randn(1, 4, 16, 16), {"text_embeds": torch.randn(1, 32), "time_ids": torch.randn(1, 6)}
    return lambda rows: unet(picture, 500, rows, added_cond_kwargs=beside).sample


def _sd3() -> Read:
    network = _network(
        "SD3Transformer2DModel", sample_size=16, patch_size=1, in_channels=4, num_layers=2, attention_head_dim=8,
        num_attention_heads=4, caption_projection_dim=32, joint_attention_dim=32, pooled_projection_dim=64, out_channels=4,
    )  # fmt: skip
    picture, vector, time = torch.randn(1, 4, 16, 16), torch.randn(1, 64), torch.tensor([500.0])
    return lambda rows: network(picture, rows, vector, time).sample


def _flux() -> Read:
    network = _network(
        "FluxTransformer2DModel", patch_size=1, in_channels=4, num_layers=2, num_single_layers=2, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=[4, 4, 8],
    )  # fmt: skip
    picture, vector, time = torch.randn(1, 16, 4), torch.randn(1, 32), torch.tensor([0.5])
    places = torch.cartesian_prod(torch.zeros(1), torch.arange(4.0), torch.arange(4.0))
    return lambda rows: network(
        picture, rows, vector, time, img_ids=places, txt_ids=torch.zeros(rows.shape[1], 3), return_dict=False
    )[0]  # fmt: skip


def _flux2() -> Read:
    network = _network(
        "Flux2Transformer2DModel", patch_size=1, in_channels=4, num_layers=2, num_single_layers=2, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, timestep_guidance_channels=32, axes_dims_rope=[4, 4, 4, 4],
    )  # fmt: skip
    picture, time, guidance = torch.randn(1, 16, 4), torch.tensor([0.5]), torch.tensor([4.0])
    places = torch.cartesian_prod(torch.zeros(1), torch.arange(4.0), torch.arange(4.0), torch.zeros(1))

    def read(rows: Tensor) -> Tensor:
        own = torch.cartesian_prod(torch.zeros(1), torch.zeros(1), torch.zeros(1), torch.arange(float(rows.shape[1])))
        return network(picture, rows, time, img_ids=places, txt_ids=own, guidance=guidance, return_dict=False)[0]

    return read


def _pixart() -> Read:
    network = _network(
        "PixArtTransformer2DModel", sample_size=8, num_layers=2, patch_size=2, attention_head_dim=8, num_attention_heads=3,
        caption_channels=32, in_channels=4, cross_attention_dim=24, out_channels=8, attention_bias=True,
        activation_fn="gelu-approximate", num_embeds_ada_norm=1000, norm_type="ada_norm_single", norm_elementwise_affine=False,
        norm_eps=1e-6,
    )  # fmt: skip
    picture, beside = torch.randn(1, 4, 8, 8), {"aspect_ratio": None, "resolution": None}
    return lambda rows, mask=None: network(
        picture, rows, torch.tensor([500]), added_cond_kwargs=beside, encoder_attention_mask=mask
    ).sample  # fmt: skip


def _sana() -> Read:
    network = _network(
        "SanaTransformer2DModel", patch_size=1, in_channels=4, out_channels=4, num_layers=2, attention_head_dim=8,
        num_attention_heads=4, num_cross_attention_heads=2, cross_attention_head_dim=16, cross_attention_dim=32,
        caption_channels=32, sample_size=8,
    )  # fmt: skip
    picture = torch.randn(1, 4, 8, 8)
    return lambda rows: network(picture, rows, torch.tensor([500])).sample


def _auraflow() -> Read:
    network = _network(
        "AuraFlowTransformer2DModel", sample_size=16, patch_size=2, in_channels=4, num_mmdit_layers=1, num_single_dit_layers=1,
        attention_head_dim=8, num_attention_heads=4, caption_projection_dim=32, joint_attention_dim=32, out_channels=4,
        pos_embed_max_size=256,
    )  # fmt: skip
    picture, time = torch.randn(1, 4, 16, 16), torch.tensor([0.5])
    return lambda rows: network(picture, rows, time).sample


def _wan() -> Read:
    network = _network(
        "WanTransformer3DModel", patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=4, out_channels=4,
        text_dim=32, freq_dim=256, ffn_dim=32, num_layers=2, cross_attn_norm=True, qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
    )  # fmt: skip
    film = torch.randn(1, 4, 2, 8, 8)
    return lambda rows: network(film, torch.tensor([500]), rows).sample


def _qwen() -> Read:
    network = _network(
        "QwenImageTransformer2DModel", patch_size=2, in_channels=16, out_channels=4, num_layers=2, attention_head_dim=16,
        num_attention_heads=3, joint_attention_dim=32, axes_dims_rope=(8, 4, 4),
    )  # fmt: skip
    picture, time = torch.randn(1, 16, 16), torch.tensor([0.5])
    return lambda rows: network(
        picture, rows, torch.ones(1, rows.shape[1]), time, img_shapes=[[(1, 4, 4)]], return_dict=False
    )[0]  # fmt: skip


def _lumina() -> Read:
    network = _network(
        "Lumina2Transformer2DModel", sample_size=16, patch_size=2, in_channels=4, hidden_size=24, num_layers=2,
        num_refiner_layers=1, num_attention_heads=3, num_kv_heads=1, multiple_of=2, ffn_dim_multiplier=None,
        axes_dim_rope=(4, 2, 2), axes_lens=(128, 128, 128), cap_feat_dim=32,
    )  # fmt: skip
    picture, time = torch.randn(1, 4, 16, 16), torch.tensor([0.5])
    return lambda rows: network(picture, time, rows, torch.ones(1, rows.shape[1], dtype=torch.bool)).sample


FAMILIES = (
    Family("Stable Diffusion 1.x and 2.x", "UNet2DConditionModel", "cross-attention", "none", 64, _sd),
    Family("SDXL", "UNet2DConditionModel", "cross-attention, and a vector", "none", 64, _sdxl),
    Family("PixArt", "PixArtTransformer2DModel", "cross-attention", "none", 32, _pixart),
    Family("Sana", "SanaTransformer2DModel", "cross-attention", "none", 32, _sana),
    Family("Wan (films)", "WanTransformer3DModel", "cross-attention", "none", 32, _wan),
    Family("SD 3 and 3.5", "SD3Transformer2DModel", "joint attention, and a vector", "none", 32, _sd3, before=256),
    Family("FLUX.1", "FluxTransformer2DModel", "joint attention, and a vector", "one for all rows", 32, _flux, after=16),
    Family("AuraFlow", "AuraFlowTransformer2DModel", "joint attention", "none", 32, _auraflow, before=8, after=64),
    Family("FLUX.2", "Flux2Transformer2DModel", "joint attention", "rotary, by row", 32, _flux2, after=16),
    Family("Qwen-Image", "QwenImageTransformer2DModel", "joint attention", "rotary, by row", 32, _qwen, after=16),
    Family("Lumina 2", "Lumina2Transformer2DModel", "joint attention", "rotary, by row", 32, _lumina, after=64),
)
"""The denoisers that are tried, those that should read a cloud first."""
