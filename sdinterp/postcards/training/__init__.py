"""How Postcards is trained, from nothing: `make postcards`; one stage: `python -m sdinterp.postcards.training STAGE`.

Stages: `text` and `autoencoder` (in any order, or side by side), `judge` (apart from the model), `unet`, `decoder` (the
autoencoder's second half, tuned alone), `image` (the image encoder, against a text encoder held still), `export`. Each stage
writes checkpoints into a work folder outside the repository and, killed, goes on from the last one. Where the work folder does not
hold what a stage builds on, the committed weights stand in; `export` replaces the parts that were trained and keeps the others.
"""

from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTokenizer

from sdinterp.diffusion import OWN
from sdinterp.models import POSTCARDS, find_device
from sdinterp.postcards.captions import vocabulary
from sdinterp.postcards.judge import Judge
from sdinterp.postcards.training.autoencoder import new_autoencoder, pool_latents, train_autoencoder
from sdinterp.postcards.training.data import Pool, load_checkpoint, save_checkpoint
from sdinterp.postcards.training.judging import train_judge
from sdinterp.postcards.training.text import (
    ImageEncoder,
    new_text_encoder,
    retrieval,
    train_text_encoder,
    tune_image_encoder,
    word_probe,
)
from sdinterp.postcards.training.tokenizer import write_tokenizer
from sdinterp.postcards.training.unet import new_scheduler, new_unet, stitch, train_unet
from sdinterp.prompts import load_text_model

GUIDANCE = 4.0
"""The scale that suits this model, written into its folder."""

STAGES = {"text": 1500, "autoencoder": 2600, "judge": 600, "unet": 7200, "decoder": 1500, "image": 300, "export": 0}
"""The stages in order, with the steps of the recipe; `training.json` beside the weights has those that they were given."""


def main(argv: list[str] | None = None) -> None:
    """Run the stages named on the command line, all of them when none is."""
    parser = argparse.ArgumentParser(prog="python -m sdinterp.postcards.training", description=__doc__)
    parser.add_argument("stages", nargs="*", choices=[*STAGES, []], help="all of them when none is named")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "sdinterp" / "postcards", help="checkpoints")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "weights", help="where `export` writes")
    parser.add_argument("--pool", type=int, default=24576, help="scenes that text encoder and denoiser learn from")
    parser.add_argument("--share", type=float, default=1.0, help="of the recipe's steps, in every stage: 0.1 is a quick try-out")
    parser.add_argument("--steps", type=int, help="steps of the stage, instead of the recipe's")
    parser.add_argument("--forget-words", action="store_true", help="`text` without the losses that make each row keep its word")
    parser.add_argument("--stitch", action="store_true", help="`unet` from the bundled denoiser, made to read the new text encoder")
    parser.add_argument("--lr", type=float, help="highest learning rate of the stage, instead of the recipe's")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", help="cpu, cuda, cuda:1 (default: a GPU where there is one)")
    options = parser.parse_args(argv)
    try:
        options.device = find_device(options.device)
    except ValueError as error:
        parser.error(str(error))
    torch.set_num_threads(options.threads)
    for stage in options.stages or STAGES:
        steps = round(options.share * STAGES[stage]) if options.steps is None else options.steps
        _RUN[stage](options, steps)


def _tokenizer(work: Path) -> CLIPTokenizer:
    write_tokenizer(work / "tokenizer", vocabulary())
    return CLIPTokenizer.from_pretrained(work / "tokenizer")


def _trained(work: Path, stage: str, module: torch.nn.Module, part: str = "") -> torch.nn.Module | None:
    """`module` with the weights that a stage of this work folder has reached, or None where the stage was not run."""
    saved = load_checkpoint(work / f"{stage}.pt")
    if saved is None:
        return None
    state = saved["modules" if part else "model"]
    prefix = part and part + "."
    module.load_state_dict({name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)})
    return module.eval()


def _text_encoder(options, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    new = _trained(options.work, "text", new_text_encoder(tokenizer), "text")
    return new or load_text_model(options.out / "text_encoder")  # type: ignore[return-value]


def _image_encoder(options) -> ImageEncoder:
    image = ImageEncoder()
    if _trained(options.work, "image", image, "image") or _trained(options.work, "text", image, "image"):
        return image
    image.load_state_dict(load_file(options.out / "image_encoder.safetensors"))
    return image.eval()


def _autoencoder_so_far(options) -> AutoencoderKL:
    if new := _trained(options.work, "autoencoder", new_autoencoder()):
        return new  # type: ignore[return-value]
    committed = AutoencoderKL.from_config(AutoencoderKL.load_config(options.out / "vae"))
    committed.load_state_dict(load_file(options.out / "vae" / "diffusion_pytorch_model.safetensors"))
    return committed.eval()


def _text(options, steps: int) -> None:
    tokenizer = _tokenizer(options.work)
    pool = Pool(options.pool, seed=0)
    train_text_encoder(options.work, tokenizer, pool, steps, keep_words=not options.forget_words, device=options.device)


def _image(options, steps: int) -> None:
    tokenizer = _tokenizer(options.work)
    pool = Pool(options.pool, seed=0)
    text, image = _text_encoder(options, tokenizer), _image_encoder(options)
    tune_image_encoder(options.work, tokenizer, text, image, pool, steps, device=options.device)


def _autoencoder(options, steps: int) -> None:
    train_autoencoder(options.work, steps, lr=options.lr or 1e-3, device=options.device)


def _judge(options, steps: int) -> None:
    train_judge(options.work, steps, device=options.device)


def _scaled_latents(options, pool: Pool) -> torch.Tensor:
    cache = load_checkpoint(options.work / "latents.pt")
    if cache is None or len(cache["latents"]) != len(pool.scenes):
        latents = pool_latents(_autoencoder_so_far(options).to(options.device), pool)
        cache = {"latents": latents / latents.std(), "factor": 1 / latents.std().item()}
        save_checkpoint(options.work / "latents.pt", cache)
    return cache["latents"]


def _unet(options, steps: int) -> None:
    tokenizer = _tokenizer(options.work)
    pool = Pool(options.pool, seed=2)
    latents, text = _scaled_latents(options, pool), _text_encoder(options, tokenizer)
    start = None
    if options.stitch:
        bundled = load_text_model(POSTCARDS / "text_encoder")
        start = stitch(UNet2DConditionModel.from_pretrained(POSTCARDS / "unet").float(), bundled, text, tokenizer, pool)
    train_unet(options.work, tokenizer, text, pool, latents, steps, lr=options.lr or 7e-4, start=start, device=options.device)


def _decoder(options, steps: int) -> None:
    start = _autoencoder_so_far(options)
    train_autoencoder(options.work, steps, decoder_of=start, lr=options.lr or 6e-4, device=options.device)


def _export(options, steps: int) -> None:
    """Write the folder that diffusers and `load_model` read: fp16 safetensors, the denoiser's moving average."""
    work, out = options.work, options.out
    tokenizer = _tokenizer(work)
    write_tokenizer(out / "tokenizer", vocabulary())
    text, image, vae = _text_encoder(options, tokenizer), _image_encoder(options), _autoencoder_so_far(options)
    held = Pool(1000, seed=1)  # an odd seed: no stage has seen these
    measures = {
        "word_probe": word_probe(text, tokenizer, held),
        "retrieval_of_1000": retrieval(text, image, tokenizer, held),
    }
    if latents := load_checkpoint(work / "latents.pt"):
        vae.register_to_config(scaling_factor=latents["factor"])
    _trained(work, "decoder", vae)
    vae.half().save_pretrained(out / "vae")
    text.half().save_pretrained(out / "text_encoder")
    save_file(image.half().state_dict(), out / "image_encoder.safetensors")
    if denoiser := load_checkpoint(work / "unet.pt"):
        unet = new_unet()
        for parameter, mean in zip(unet.parameters(), denoiser["ema"]["shadow_params"], strict=True):
            parameter.data.copy_(mean)
        unet.half().save_pretrained(out / "unet")
    new_scheduler().save_pretrained(out / "scheduler")
    if judge := _trained(work, "judge", Judge()):
        save_file(judge.half().state_dict(), out / "judge.safetensors")
    index = {
        "_class_name": "StableDiffusionPipeline",
        "feature_extractor": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (out / "model_index.json").write_text(json.dumps(index, indent=1))
    (out / OWN).write_text(json.dumps({"guidance": GUIDANCE, "words": vocabulary()}) + "\n")
    record_file = out / "training.json"
    before = json.loads(record_file.read_text())["steps"] if record_file.exists() else {}
    steps = {stage: checkpoint["step"] for stage in STAGES if (checkpoint := load_checkpoint(work / f"{stage}.pt"))}
    record = {
        "command": "python -m sdinterp.postcards.training",
        "steps": before | steps,
        "pool": options.pool,
        "versions": {name: version(name) for name in ("torch", "diffusers", "transformers")},
        **measures,
    }
    record_file.write_text(json.dumps(record, indent=1) + "\n")


_RUN = {
    "text": _text,
    "autoencoder": _autoencoder,
    "judge": _judge,
    "unet": _unet,
    "decoder": _decoder,
    "image": _image,
    "export": _export,
}
