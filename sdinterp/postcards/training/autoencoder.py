"""Stage 2: the autoencoder, from pictures (3, 64, 64) to latents (4, 16, 16) and back."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from jaxtyping import Float
from torch import Tensor
from tqdm import trange

from sdinterp.postcards.drawing import draw
from sdinterp.postcards.scenes import random_scene
from sdinterp.postcards.training.data import CPU, Pool, half_precision, load_checkpoint, one_cycle, save_checkpoint, stack, to_unit


def new_autoencoder() -> AutoencoderKL:
    """An untrained autoencoder with 16 x 16 x 4 latents."""
    return AutoencoderKL(
        block_out_channels=(32, 64, 96), layers_per_block=1, norm_num_groups=16, latent_channels=4, sample_size=64,
        down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3,
    )  # fmt: skip


def reconstruction_loss(got: Float[Tensor, "b 3 h w"], wanted: Float[Tensor, "b 3 h w"]) -> Tensor:
    """Absolute and squared error, and the absolute error of neighbouring differences, which keeps edges sharp."""
    error = got - wanted
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return error.abs().mean() + 4 * error.square().mean() + 0.5 * edges


def train_autoencoder(
    work: Path, steps: int, batch: int = 12, seed: int = 0, decoder_of: AutoencoderKL | None = None, lr: float = 1e-3,
    device: torch.device = CPU,
) -> AutoencoderKL:  # fmt: skip
    """Train the autoencoder on scenes drawn as it goes.

    Args:
        work: folder of the checkpoint, from which a killed training goes on.
        steps: in all, those of the checkpoint included; AdamW at `lr` with a cosine to zero over this stage.
        decoder_of: an autoencoder whose encoder (and so every latent) stays as it is, and whose decoder is tuned alone.
        device: where it trains.
    """
    torch.manual_seed(seed)
    model = (decoder_of or new_autoencoder()).to(device)
    trained = [*model.decoder.parameters(), *model.post_quant_conv.parameters()] if decoder_of else list(model.parameters())
    optimizer = torch.optim.AdamW(trained, lr=lr, weight_decay=1e-4)
    checkpoint, first = work / ("decoder.pt" if decoder_of else "autoencoder.pt"), 0
    if saved := load_checkpoint(checkpoint):
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]
    schedule = one_cycle(optimizer, lr, first, steps)
    for step in (bar := trange(first, steps, initial=first, total=steps, desc=checkpoint.stem, mininterval=2)):
        rng = random.Random(f"autoencoder {seed} {step} {decoder_of is not None}")
        pictures = to_unit(stack([draw(random_scene(rng), rng) for _ in range(batch)])).to(device)
        with half_precision(device):
            if decoder_of:
                with torch.no_grad():
                    posterior = model.encode(pictures).latent_dist
                got = model.decode(posterior.mean).sample.float()
                loss = reconstruction_loss(got, pictures)
            else:
                posterior = model.encode(pictures).latent_dist
                got = model.decode(posterior.sample()).sample.float()
                loss = reconstruction_loss(got, pictures) + 1e-5 * posterior.kl().float().mean() / 4
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        if step % 20 == 0:
            bar.set_postfix(loss=f"{loss.item():.4f}", psnr=f"{psnr(got.detach(), pictures):.1f}")
        if (step + 1) % 250 == 0 or step + 1 == steps:
            save_checkpoint(checkpoint, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1})
    return model.eval()


def psnr(got: Float[Tensor, "b 3 h w"], wanted: Float[Tensor, "b 3 h w"]) -> float:
    """Peak signal-to-noise ratio in dB of pictures in [-1, 1], over the whole batch."""
    return (10 * torch.log10(4 / (got - wanted).square().mean())).item()


@torch.no_grad()
def pool_latents(model: AutoencoderKL, pool: Pool, batch: int = 64) -> Float[Tensor, "b 4 16 16"]:
    """The unscaled mean latent of every picture of a pool, in float32."""
    latents = []
    for start in trange(0, len(pool.scenes), batch, desc="latents", mininterval=2):
        pictures, _ = pool.batch(torch.arange(start, min(start + batch, len(pool.scenes))))
        with half_precision(model.device):
            latents.append(model.encode(pictures.to(model.device)).latent_dist.mean.float().cpu())
    return torch.cat(latents)
