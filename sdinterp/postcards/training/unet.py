"""Stage 3: the denoiser, which learns to turn noise into latents that a caption describes."""

from __future__ import annotations

import random
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.training_utils import EMAModel
from jaxtyping import Float
from torch import Tensor
from tqdm import trange
from transformers import CLIPTextModel, CLIPTokenizer

from sdinterp.postcards.captions import random_caption
from sdinterp.postcards.training.data import CPU, Pool, half_precision, load_checkpoint, one_cycle, save_checkpoint
from sdinterp.postcards.training.text import WIDTH, tokenize


def new_unet() -> UNet2DConditionModel:
    """An untrained denoiser of 16 x 16 x 4 latents that reads text at 8 x 8 and 4 x 4."""
    return UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, block_out_channels=(96, 128, 128), layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH, attention_head_dim=4,
    )  # fmt: skip


def new_scheduler() -> DDIMScheduler:
    """Stable Diffusion's noise schedule, with the network predicting v (Salimans and Ho 2022)."""
    return DDIMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, prediction_type="v_prediction",
        clip_sample=False, set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip


@torch.no_grad()
def stitch(
    unet: UNet2DConditionModel, its_own: CLIPTextModel, other: CLIPTextModel, tokenizer: CLIPTokenizer, pool: Pool,
    captions: int = 2000,
) -> UNet2DConditionModel:  # fmt: skip
    """Make a trained denoiser read another text encoder: a linear map of its rows, by ridge regression, goes into keys and values.

    Args:
        unet: changed in place. its_own: the text encoder it was trained with.
        other: the text encoder it is to read, of the same width and tokenizer.
        captions: of the pool's scenes, one in twenty empty, that the map is fitted to.

    Source: model stitching, Lenc and Vedaldi (2015).
    """
    rng = random.Random("stitch")
    said = ["" if rng.random() < 0.05 else random_caption(rng.choice(pool.scenes), rng) for _ in range(captions)]
    ids = tokenize(tokenizer, said).split(100)
    x, y = (torch.cat([text(input_ids=part).last_hidden_state for part in ids]).flatten(0, 1) for text in (other, its_own))
    onto_its_own = torch.linalg.solve(x.T @ x + 1e-2 * torch.eye(x.shape[1]), x.T @ y)
    for name, layer in unet.named_modules():
        if name.endswith(("attn2.to_k", "attn2.to_v")):
            layer.weight.copy_(layer.weight @ onto_its_own.T)
    return unet


def train_unet(
    work: Path, tokenizer: CLIPTokenizer, text: CLIPTextModel, pool: Pool, latents: Float[Tensor, "n 4 16 16"],
    steps: int, batch: int = 32, lr: float = 7e-4, seed: int = 0, save_every: int = 500, start: UNet2DConditionModel | None = None,
    device: torch.device = CPU,
) -> UNet2DConditionModel:  # fmt: skip
    """Train the denoiser and return its exponential moving average.

    Args:
        work: folder of the checkpoint, from which a killed training goes on; give more `steps` to train it further.
        text: the finished text encoder. One caption in ten is empty, for classifier-free guidance.
        latents: of the pool's pictures, scaled to unit variance.
        steps: in all, those of the checkpoint included; AdamW at `lr` with a cosine to zero at the last step.
        save_every: steps between two checkpoints. A step depends on the seed and its number alone, so a training that was killed
            and goes on from a checkpoint ends where an undisturbed one does.
        start: a denoiser to begin with, changed in place; None is an untrained one.
        device: where it trains; what is drawn at random is drawn on the CPU, the same for every device.
    """
    torch.manual_seed(seed)
    model, scheduler, text = (start or new_unet()).to(device), new_scheduler(), text.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    ema = EMAModel(model.parameters(), decay=0.9995, use_ema_warmup=True, power=0.75, foreach=True)
    checkpoint, first = work / "unet.pt", 0
    if saved := load_checkpoint(checkpoint):
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        ema.load_state_dict(saved["ema"])
        ema.to(device)
        first = saved["step"]
    schedule = one_cycle(optimizer, lr, first, steps)
    average = 0.0
    for step in (bar := trange(first, steps, initial=first, total=steps, desc="unet", mininterval=5)):
        rng, noise_rng = random.Random(f"unet {seed} {step}"), torch.Generator().manual_seed(seed * 10**6 + step)
        chosen = torch.randint(len(latents), (batch,), generator=noise_rng)
        captions = ["" if rng.random() < 0.1 else random_caption(pool.scenes[i], rng) for i in chosen.tolist()]
        clean, noise = latents[chosen], torch.randn(batch, *latents.shape[1:], generator=noise_rng)
        times = torch.randint(scheduler.config.num_train_timesteps, (batch,), generator=noise_rng)
        clean, noise, times = clean.to(device), noise.to(device), times.to(device)
        with half_precision(device):
            with torch.no_grad():
                rows = text(input_ids=tokenize(tokenizer, captions).to(device)).last_hidden_state
            guess = model(scheduler.add_noise(clean, noise, times), times, rows).sample.float()
        loss = F.mse_loss(guess, scheduler.get_velocity(clean, noise, times))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        ema.step(model.parameters())
        average = loss.item() if step == first else 0.99 * average + 0.01 * loss.item()
        if step % 50 == 0:
            bar.set_postfix(loss=f"{average:.4f}")
        if (step + 1) % save_every == 0 or step + 1 == steps:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "ema": ema.state_dict()}
            save_checkpoint(checkpoint, state | {"step": step + 1})
    ema.copy_to(model.parameters())
    return model.eval()
