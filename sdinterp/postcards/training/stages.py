"""The recipe: what each stage of the training trains, on what, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor, nn

from sdinterp.enlarging import Enlarger
from sdinterp.models import POSTCARDS
from sdinterp.postcards.judge import Judge
from sdinterp.postcards.training.loop import train
from sdinterp.postcards.training.pictures import autoencoder_loss, enlarger_loss, judge_loss, new_autoencoder
from sdinterp.postcards.training.text import Contrast, TextLearner, image_loss, text_loss
from sdinterp.postcards.training.unet import new_scheduler, new_unet, stitch, unet_loss
from sdinterp.postcards.training.workshop import Workshop
from sdinterp.prompts import load_text_model

Begun = tuple[nn.Module, Callable[[int], Tensor]]
"""A model to train, and the loss of a step."""


def _text(shop: Workshop) -> Begun:
    torch.manual_seed(shop.seed)
    learner, pool = shop.place(TextLearner(shop.tokenizer)), shop.pool(0)
    return learner, lambda step: text_loss(step, learner, shop.tokenizer, pool, shop.keep_words)


def _autoencoder(shop: Workshop) -> Begun:
    torch.manual_seed(shop.seed)
    vae = shop.place(new_autoencoder())
    return vae, lambda step: autoencoder_loss(step, vae)


def _judge(shop: Workshop) -> Begun:
    torch.manual_seed(7 + shop.seed)
    judge = shop.place(Judge())
    return judge, lambda step: judge_loss(step, judge)


def _unet(shop: Workshop) -> Begun:
    pool, text, scheduler = shop.pool(2), shop.text_encoder(), new_scheduler()
    latents = shop.latents(pool)
    torch.manual_seed(shop.seed)
    unet = new_unet()
    if shop.stitched:
        unet = UNet2DConditionModel.from_pretrained(POSTCARDS / "unet", low_cpu_mem_usage=False).float()
        stitch(unet, load_text_model(POSTCARDS / "text_encoder"), text, shop.tokenizer, pool)
    unet, text = shop.place(unet), shop.place(text)
    return unet, lambda step: unet_loss(step, unet, scheduler, text, shop.tokenizer, pool, latents)


def _decoder(shop: Workshop) -> Begun:
    vae = shop.place(shop.autoencoder())
    for name, weights in vae.named_parameters():
        weights.requires_grad_(name.startswith(("decoder.", "post_quant_conv.")))
    return vae, lambda step: autoencoder_loss(step, vae, decoder_alone=True)


def _enlarger(shop: Workshop) -> Begun:
    torch.manual_seed(shop.seed)
    vae, enlarger = shop.place(shop.autoencoder()), shop.place(Enlarger())
    shop.reached("decoder", vae)
    networks: Any = (vae, enlarger)
    for network in networks:
        network.to(memory_format=torch.channels_last)
    return enlarger, lambda step: enlarger_loss(step, enlarger, vae)


def _image(shop: Workshop) -> Begun:
    text, image, contrast = shop.place(shop.text_encoder()), shop.place(shop.image_encoder()), shop.place(Contrast())
    pool, both = shop.pool(0), nn.ModuleDict({"image": image, "contrast": contrast})
    return both, lambda step: image_loss(step, image, contrast, text, shop.tokenizer, pool)


class Stage(NamedTuple):
    """A stage of the recipe: what begins it, and how it is trained, see `train`."""

    begin: Callable[[Workshop], Begun]
    steps: int
    lr: float
    decay: float = 0.01
    clip: float | None = None
    average: bool = False


STAGES = {
    "text": Stage(_text, steps=1500, lr=1e-3),
    "autoencoder": Stage(_autoencoder, steps=2600, lr=1e-3, decay=1e-4, clip=1.0),
    "judge": Stage(_judge, steps=600, lr=2e-3),
    "unet": Stage(_unet, steps=7200, lr=7e-4, clip=1.0, average=True),
    "decoder": Stage(_decoder, steps=1500, lr=6e-4, decay=1e-4, clip=1.0),
    "enlarger": Stage(_enlarger, steps=2400, lr=1e-3, decay=1e-4, clip=1.0),
    "image": Stage(_image, steps=300, lr=1e-3),
}
"""The stages in order, with the numbers of the recipe; `training.json` beside the weights has the steps that they were given."""


def run(name: str, shop: Workshop, steps: int | None = None, lr: float | None = None, share: float = 1.0) -> None:
    """Run what a stage's checkpoint lacks of it, with other `steps` or highest `lr` than the recipe's, or a `share` of steps."""
    begin, whole, rate, decay, clip, average = STAGES[name]
    model, loss = begin(shop)
    count = round(share * whole) if steps is None else steps
    train(shop.checkpoint(name), model, loss, count, lr or rate, decay=decay, clip=clip, average=average)
