"""The image encoder, trained on against a text encoder that is held still.

So retrieval tells what the text encoder knows, not how long its partner was trained, and no embedding changes.

Source: locked-image tuning with the sides exchanged, Zhai et al. (2022), "LiT".
"""

from __future__ import annotations

import random

import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from sdinterp.postcards.captions import describe
from sdinterp.postcards.image_encoder import ImageEncoder
from sdinterp.postcards.training.data import Pool
from sdinterp.postcards.training.loop import half_precision
from sdinterp.postcards.training.text import Contrast, both_ways
from sdinterp.postcards.training.tokenizer import tokenize


def image_loss(
    step: int, image: ImageEncoder, contrast: Contrast, text: CLIPTextModel, tokenizer: CLIPTokenizer, pool: Pool, batch: int = 256
) -> Tensor:
    """The contrastive loss of captions that name everything."""
    rng, device = random.Random(f"image 1 {step}"), text.device
    chosen = [rng.randrange(len(pool)) for _ in range(batch)]
    ids = tokenize(tokenizer, [describe(pool.scenes[i], rng, rng.choice(("fixed", "free"))) for i in chosen]).to(device)
    pictures = pool.pictures(chosen).to(device)
    with half_precision(device):
        with torch.no_grad():
            captions = text(input_ids=ids).pooler_output
        logits = contrast(captions, image(pictures))
    return both_ways(logits)
