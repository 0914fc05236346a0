"""The text encoder, trained with pictures (contrastively, as CLIP) and with its own words.

CLIP's contrastive loss reaches the rows of the embedding only through the end token, so that a row need not keep
which word it is. Two further losses ask each row for its own word and for the next one; with them the rows of an
embedding behave as those of a large CLIP model do. `keep_words=False` trains the encoder without them, for comparison.

Rows after the end token are padding, which Stable Diffusion fills with end tokens too and which the denoiser reads.
So the contrastive loss reads a caption off any one of its end rows, drawn anew each time, and all 77 positions are trained.

Last of all the image encoder is trained on, against the text encoder held still. So retrieval tells what the text encoder
knows, not how long its partner was trained, and no embedding changes.
"""

from __future__ import annotations

import random
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from sdinterp.postcards.captions import describe, random_caption
from sdinterp.postcards.image_encoder import WIDTH, ImageEncoder
from sdinterp.postcards.training.data import Pool
from sdinterp.postcards.training.loop import half_precision
from sdinterp.postcards.training.tokenizer import LENGTH, is_word, tokenize


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """An untrained CLIP text model of width 128 with 4 layers, for 77 tokens."""
    special: dict[str, Any] = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=4 * WIDTH, projection_dim=WIDTH,
            num_hidden_layers=4, num_attention_heads=4, max_position_embeddings=LENGTH, **special,
        )
    )  # fmt: skip


class Contrast(nn.Module):
    """How alike captions and pictures are, by the cosine of their vectors on a learned scale."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.66))

    def forward(self, captions: Float[Tensor, "b d"], pictures: Float[Tensor, "b d"]) -> Float[Tensor, "b b"]:
        """The logits of each caption (row) for each picture (column)."""
        captions, pictures = F.normalize(captions.float(), dim=-1), F.normalize(pictures.float(), dim=-1)
        return self.scale.exp().clamp(max=100) * captions @ pictures.T


def both_ways(logits: Float[Tensor, "b b"]) -> Tensor:
    """CLIP's loss: each caption is to find its picture among the batch's, and each picture its caption."""
    own = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


class TextLearner(nn.Module):
    """The text encoder and all that is trained beside it: an image encoder, and what asks a row for its own word and the next."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        super().__init__()
        self.text, self.image = new_text_encoder(tokenizer), ImageEncoder()
        self.own, self.following = nn.Linear(WIDTH, len(tokenizer)), nn.Linear(WIDTH, len(tokenizer))
        self.contrast = Contrast()


def text_loss(
    step: int, learner: TextLearner, tokenizer: CLIPTokenizer, pool: Pool, keep_words: bool = True, batch: int = 128
) -> Tensor:
    """The contrastive loss and, to `keep_words`, those of each row's own word (0.5) and of the next one (0.2)."""
    rng, device = random.Random(f"text 0 {step}"), learner.text.device
    chosen = [rng.randrange(len(pool)) for _ in range(batch)]
    ids = tokenize(tokenizer, [random_caption(pool.scenes[i], rng) for i in chosen])
    words = is_word(tokenizer, ids)
    ends = [rng.randrange(1 + count, LENGTH) for count in words.sum(1).clamp(max=LENGTH - 2).tolist()]
    pictures, ids, words = pool.pictures(chosen).to(device), ids.to(device), words.to(device)
    with half_precision(device):
        rows = learner.text(input_ids=ids).last_hidden_state
        loss = both_ways(learner.contrast(rows[torch.arange(batch), ends], learner.image(pictures)))
        if keep_words:
            loss = loss + 0.5 * F.cross_entropy(learner.own(rows[words]).float(), ids[words])
            before = words[:, :-1]
            loss = loss + 0.2 * F.cross_entropy(learner.following(rows[:, :-1][before]).float(), ids[:, 1:][before])
    return loss


def image_loss(
    step: int, image: ImageEncoder, contrast: Contrast, text: CLIPTextModel, tokenizer: CLIPTokenizer, pool: Pool, batch: int = 256
) -> Tensor:
    """The contrastive loss of captions that name everything; the text encoder is held still.

    Source: locked-image tuning with the sides exchanged, Zhai et al. (2022), "LiT".
    """
    rng, device = random.Random(f"image 1 {step}"), text.device
    chosen = [rng.randrange(len(pool)) for _ in range(batch)]
    ids = tokenize(tokenizer, [describe(pool.scenes[i], rng, rng.choice(("fixed", "free"))) for i in chosen]).to(device)
    pictures = pool.pictures(chosen).to(device)
    with half_precision(device):
        with torch.no_grad():
            captions = text(input_ids=ids).pooler_output
        logits = contrast(captions, image(pictures))
    return both_ways(logits)


@torch.no_grad()
def word_probe(text: CLIPTextModel, tokenizer: CLIPTokenizer, pool: Pool) -> float:
    """Can a row tell its word? Accuracy of ridge regression from word rows to words, trained on half the captions."""
    rng = random.Random(1)
    ids = tokenize(tokenizer, [describe(scene, rng, "free") for scene in pool.scenes])
    rows, words, half = text(input_ids=ids).last_hidden_state, is_word(tokenizer, ids), len(ids) // 2
    x, y = rows[:half][words[:half]], F.one_hot(ids[:half][words[:half]], len(tokenizer)).float()
    x = torch.cat([x, torch.ones(len(x), 1)], 1)
    weights = torch.linalg.solve(x.T @ x + 1e-3 * torch.eye(x.shape[1]), x.T @ y)
    held, truth = rows[half:][words[half:]], ids[half:][words[half:]]
    guess = (torch.cat([held, torch.ones(len(held), 1)], 1) @ weights).argmax(1)
    return (guess == truth).float().mean().item()


@torch.no_grad()
def retrieval(text: CLIPTextModel, image: ImageEncoder, tokenizer: CLIPTokenizer, pool: Pool) -> float:
    """How often a caption that names everything finds its picture among those of the pool."""
    rng = random.Random(1)
    ids = tokenize(tokenizer, [describe(scene, rng, "free") for scene in pool.scenes])
    captions = F.normalize(text(input_ids=ids).pooler_output, dim=-1)
    found = (captions @ F.normalize(image(pool.pictures(range(len(pool)))), dim=-1).T).argmax(1)
    return (found == torch.arange(len(pool))).float().mean().item()
