"""Stage 1: the text encoder, trained with pictures (contrastively, as CLIP) and with its own words.

CLIP's contrastive loss reaches the rows of the embedding only through the end token, so that a row need not keep
which word it is. Two further losses ask each row for its own word and for the next one; with them the rows of an
embedding behave as those of a large CLIP model do. `keep_words=False` trains the encoder without them, for comparison.

Rows after the end token are padding, which Stable Diffusion fills with end tokens too and which the denoiser reads.
So the contrastive loss reads a caption off any one of its end rows, drawn anew each time, and all 77 positions are trained.
"""

from __future__ import annotations

import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import trange
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from sdinterp.postcards.captions import describe, random_caption
from sdinterp.postcards.image_encoder import WIDTH, ImageEncoder
from sdinterp.postcards.training.data import CPU, Pool, half_precision, load_checkpoint, one_cycle, save_checkpoint


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """An untrained CLIP text model of width 128 with 4 layers, for 77 tokens."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=4 * WIDTH, projection_dim=WIDTH,
            num_hidden_layers=4, num_attention_heads=4, max_position_embeddings=77,
            bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        )
    )  # fmt: skip


def tokenize(tokenizer: CLIPTokenizer, captions: list[str]) -> Tensor:
    """Captions as (b, 77) token ids, filled with the end token."""
    return tokenizer(captions, padding="max_length", truncation=True, max_length=77, return_tensors="pt").input_ids


def train_text_encoder(
    work: Path, tokenizer: CLIPTokenizer, pool: Pool, steps: int, keep_words: bool = True, batch: int = 128, seed: int = 0,
    device: torch.device = CPU,
) -> tuple[CLIPTextModel, ImageEncoder]:  # fmt: skip
    """Train the text encoder and the image encoder together.

    Args:
        work: folder of the checkpoint, from which a killed training goes on.
        tokenizer: of the bundled words.
        pool: drawn scenes.
        steps: of `batch` pairs each, AdamW at 1e-3 with a cosine to zero.
        keep_words: add the losses that make each row keep its word (0.5) and know the next one (0.2).
        device: where they train.
    """
    torch.manual_seed(seed)
    text, image = new_text_encoder(tokenizer), ImageEncoder()
    own, following = nn.Linear(WIDTH, len(tokenizer)), nn.Linear(WIDTH, len(tokenizer))
    scale = nn.Parameter(torch.tensor(2.66, device=device))
    modules = nn.ModuleDict({"text": text, "image": image, "own": own, "next": following}).to(device)
    optimizer = torch.optim.AdamW([*modules.parameters(), scale], lr=1e-3, weight_decay=0.01)
    checkpoint, first = work / "text.pt", 0
    if saved := load_checkpoint(checkpoint):
        modules.load_state_dict(saved["modules"])
        optimizer.load_state_dict(saved["optimizer"])
        scale.data.copy_(saved["scale"])
        first = saved["step"]
    schedule = one_cycle(optimizer, 1e-3, first, steps)
    for step in (bar := trange(first, steps, initial=first, total=steps, desc="text encoder", mininterval=2)):
        rng = random.Random(f"text {seed} {step}")
        pictures, scenes = pool.batch(torch.tensor([rng.randrange(len(pool.scenes)) for _ in range(batch)]))
        ids = tokenize(tokenizer, [random_caption(scene, rng) for scene in scenes]).to(device)
        with half_precision(device):
            out = text(input_ids=ids)
            ends = torch.tensor([rng.randrange(n, 77) for n in (ids != tokenizer.eos_token_id).sum(1).clamp(max=76).tolist()])
            pooled = out.last_hidden_state[torch.arange(batch), ends]
            vectors = F.normalize(pooled.float(), dim=-1), F.normalize(image(pictures.to(device)).float(), dim=-1)
            logits = scale.exp().clamp(max=100) * vectors[0] @ vectors[1].T
            target = torch.arange(batch, device=device)
            loss = contrastive = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
            if keep_words:
                words = (ids != tokenizer.eos_token_id) & (ids != tokenizer.bos_token_id)
                loss = loss + 0.5 * F.cross_entropy(own(out.last_hidden_state[words]).float(), ids[words])
                before = words[:, :-1]
                loss = loss + 0.2 * F.cross_entropy(following(out.last_hidden_state[:, :-1][before]).float(), ids[:, 1:][before])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 20 == 0:
            bar.set_postfix(loss=f"{loss.item():.3f}", contrastive=f"{contrastive.item():.3f}")
        if (step + 1) % 200 == 0 or step + 1 == steps:
            state = {"modules": modules.state_dict(), "optimizer": optimizer.state_dict(), "scale": scale.data}
            save_checkpoint(checkpoint, state | {"step": step + 1})
    return text.eval(), image.eval()


def tune_image_encoder(
    work: Path, tokenizer: CLIPTokenizer, text: CLIPTextModel, image: ImageEncoder, pool: Pool, steps: int,
    batch: int = 256, seed: int = 1, device: torch.device = CPU,
) -> ImageEncoder:  # fmt: skip
    """Train the image encoder on, against a text encoder that is held still.

    So retrieval tells what the text encoder knows, not how long its partner was trained, and no embedding changes.

    Args:
        work: folder of the checkpoint, from which a killed training goes on.
        text: the finished text encoder. image: its partner as it is so far.
        pool: drawn scenes. steps: of `batch` pairs each, AdamW at 1e-3 with a cosine to zero.
        device: where it trains.

    Source: locked-image tuning with the sides exchanged, Zhai et al. (2022), "LiT".
    """
    torch.manual_seed(seed)
    text = text.to(device)
    scale = nn.Parameter(torch.tensor(2.66, device=device))
    modules = nn.ModuleDict({"image": image}).to(device)
    optimizer = torch.optim.AdamW([*image.parameters(), scale], lr=1e-3, weight_decay=0.01)
    checkpoint, first = work / "image.pt", 0
    if saved := load_checkpoint(checkpoint):
        modules.load_state_dict(saved["modules"])
        optimizer.load_state_dict(saved["optimizer"])
        scale.data.copy_(saved["scale"])
        first = saved["step"]
    schedule = one_cycle(optimizer, 1e-3, first, steps)
    image.train()
    for step in (bar := trange(first, steps, initial=first, total=steps, desc="image encoder", mininterval=2)):
        rng = random.Random(f"image {seed} {step}")
        pictures, scenes = pool.batch(torch.tensor([rng.randrange(len(pool.scenes)) for _ in range(batch)]))
        ids = tokenize(tokenizer, [describe(scene, rng, rng.choice(("fixed", "free"))) for scene in scenes]).to(device)
        with half_precision(device):
            with torch.no_grad():
                captions = F.normalize(text(input_ids=ids).pooler_output.float(), dim=-1)
            logits = scale.exp().clamp(max=100) * captions @ F.normalize(image(pictures.to(device)).float(), dim=-1).T
        target = torch.arange(batch, device=device)
        loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 20 == 0:
            bar.set_postfix(loss=f"{loss.item():.3f}")
        if (step + 1) % 100 == 0 or step + 1 == steps:
            state = {"modules": modules.state_dict(), "optimizer": optimizer.state_dict(), "scale": scale.data}
            save_checkpoint(checkpoint, state | {"step": step + 1})
    return image.eval()


@torch.no_grad()
def word_probe(text: CLIPTextModel, tokenizer: CLIPTokenizer, pool: Pool, seed: int = 1) -> float:
    """Can a row tell its word? Accuracy of ridge regression from word rows to words, trained on half the captions."""
    rng = random.Random(seed)
    ids = tokenize(tokenizer, [describe(scene, rng, "free") for scene in pool.scenes[:1000]])
    rows = text(input_ids=ids).last_hidden_state
    words = (ids != tokenizer.eos_token_id) & (ids != tokenizer.bos_token_id)
    half = len(ids) // 2
    x, y = rows[:half][words[:half]], F.one_hot(ids[:half][words[:half]], len(tokenizer)).float()
    x = torch.cat([x, torch.ones(len(x), 1)], 1)
    weights = torch.linalg.solve(x.T @ x + 1e-3 * torch.eye(x.shape[1]), x.T @ y)
    held, truth = rows[half:][words[half:]], ids[half:][words[half:]]
    guess = (torch.cat([held, torch.ones(len(held), 1)], 1) @ weights).argmax(1)
    return (guess == truth).float().mean().item()


@torch.no_grad()
def retrieval(text: CLIPTextModel, image: ImageEncoder, tokenizer: CLIPTokenizer, pool: Pool, seed: int = 1) -> float:
    """How often a caption that names everything finds its picture among 1,000."""
    rng = random.Random(seed)
    pictures, scenes = pool.batch(torch.arange(1000))
    ids = tokenize(tokenizer, [describe(scene, rng, "free") for scene in scenes])
    captions = F.normalize(text(input_ids=ids).pooler_output, dim=-1)
    found = (captions @ F.normalize(image(pictures), dim=-1).T).argmax(1)
    return (found == torch.arange(1000)).float().mean().item()
