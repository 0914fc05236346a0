"""How Postcards is trained, from nothing: `make postcards`; one stage: `python -m sdinterp.postcards.training STAGE`.

Stages: `text` and `autoencoder` (in any order, or side by side), `judge` (apart from the model), `unet`, `decoder` (the
autoencoder's second half, tuned alone), `export`. Each stage writes checkpoints into a work folder outside the repository
and, killed, goes on from the last one.
"""

from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer

from sdinterp.postcards.captions import vocabulary
from sdinterp.postcards.judge import Judge
from sdinterp.postcards.training.autoencoder import new_autoencoder, pool_latents, train_autoencoder
from sdinterp.postcards.training.data import Pool, load_checkpoint
from sdinterp.postcards.training.judging import train_judge
from sdinterp.postcards.training.text import ImageEncoder, new_text_encoder, retrieval, train_text_encoder, word_probe
from sdinterp.postcards.training.tokenizer import write_tokenizer
from sdinterp.postcards.training.unet import new_scheduler, new_unet, train_unet

STAGES = {"text": 1500, "autoencoder": 2600, "judge": 600, "unet": 7200, "decoder": 2000, "export": 0}
"""The stages in order, with the steps the committed weights had."""


def main(argv: list[str] | None = None) -> None:
    """Run the stages named on the command line, all of them when none is."""
    parser = argparse.ArgumentParser(prog="python -m sdinterp.postcards.training", description=__doc__)
    parser.add_argument("stages", nargs="*", choices=[*STAGES, []], default=list(STAGES))
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "sdinterp" / "postcards", help="checkpoints")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "weights", help="where `export` writes")
    parser.add_argument("--pool", type=int, default=24576, help="scenes that the denoiser learns from")
    parser.add_argument("--steps", type=int, help="steps of the stage, instead of the recipe's")
    parser.add_argument("--lr", type=float, help="highest learning rate of the stage, instead of the recipe's")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    for stage in options.stages:
        steps = STAGES[stage] if options.steps is None else options.steps
        _RUN[stage](options, steps)


def _tokenizer(work: Path) -> CLIPTokenizer:
    write_tokenizer(work / "tokenizer", vocabulary())
    return CLIPTokenizer.from_pretrained(work / "tokenizer")


def _load(work: Path, name: str, key: str, what: str, module: torch.nn.Module) -> torch.nn.Module:
    saved = load_checkpoint(work / f"{name}.pt")
    if saved is None:
        raise SystemExit(f"stage {name!r} has not been run: there is no {name}.pt in the work folder")
    state = saved[key]
    prefix = what + "."
    state = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)} if what else state
    module.load_state_dict(state)
    return module.eval()


def _text_encoder(work: Path, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    return _load(work, "text", "modules", "text", new_text_encoder(tokenizer))  # type: ignore[return-value]


def _text(options, steps: int) -> None:
    tokenizer = _tokenizer(options.work)
    text, image = train_text_encoder(options.work, tokenizer, Pool(20000, seed=0), steps)
    held = Pool(1000, seed=1)
    measures = {
        "word_probe": word_probe(text, tokenizer, held),
        "retrieval_of_1000": retrieval(text, image, tokenizer, held),
    }
    (options.work / "text.json").write_text(json.dumps(measures))


def _autoencoder(options, steps: int) -> None:
    train_autoencoder(options.work, steps, lr=options.lr or 1e-3)


def _judge(options, steps: int) -> None:
    train_judge(options.work, steps)


def _scaled_latents(work: Path, pool: Pool) -> tuple[torch.Tensor, float]:
    cache = load_checkpoint(work / "latents.pt")
    if cache is None or len(cache["latents"]) != len(pool.scenes):
        latents = pool_latents(_load(work, "autoencoder", "model", "", new_autoencoder()), pool)  # type: ignore[arg-type]
        cache = {"latents": latents / latents.std(), "factor": 1 / latents.std().item()}
        torch.save(cache, work / "latents.pt")
    return cache["latents"], cache["factor"]


def _unet(options, steps: int) -> None:
    tokenizer = _tokenizer(options.work)
    pool = Pool(options.pool, seed=2)
    latents, _ = _scaled_latents(options.work, pool)
    train_unet(options.work, tokenizer, _text_encoder(options.work, tokenizer), pool, latents, steps, lr=options.lr or 7e-4)


def _decoder(options, steps: int) -> None:
    train_autoencoder(options.work, steps, decoder_only=True, lr=options.lr or 6e-4)


def _export(options, steps: int) -> None:
    """Write the folder that diffusers and `load_model` read: fp16 safetensors, the denoiser's moving average."""
    work, out = options.work, options.out
    tokenizer = _tokenizer(work)
    write_tokenizer(out / "tokenizer", vocabulary())
    factor = (load_checkpoint(work / "latents.pt") or {})["factor"]
    tuned = "decoder" if (work / "decoder.pt").exists() else "autoencoder"
    vae = _load(work, tuned, "model", "", new_autoencoder())
    vae.register_to_config(scaling_factor=factor)
    vae.half().save_pretrained(out / "vae")
    _text_encoder(work, tokenizer).half().save_pretrained(out / "text_encoder")
    saved = load_checkpoint(work / "unet.pt")
    assert saved is not None
    unet = new_unet()
    for parameter, mean in zip(unet.parameters(), saved["ema"]["shadow_params"], strict=True):
        parameter.data.copy_(mean)
    unet.half().save_pretrained(out / "unet")
    new_scheduler().save_pretrained(out / "scheduler")
    save_file(_load(work, "judge", "model", "", Judge()).half().state_dict(), out / "judge.safetensors")
    image = _load(work, "text", "modules", "image", ImageEncoder()).half()
    save_file(image.state_dict(), out / "image_encoder.safetensors")
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
    steps = {stage: checkpoint["step"] for stage in STAGES if (checkpoint := load_checkpoint(work / f"{stage}.pt"))}
    record = {
        "command": "python -m sdinterp.postcards.training",
        "steps": steps,
        "pool": options.pool,
        "versions": {name: version(name) for name in ("torch", "diffusers", "transformers")},
        **json.loads((work / "text.json").read_text()),
    }
    (out / "training.json").write_text(json.dumps(record, indent=1))


_RUN = {
    "text": _text,
    "autoencoder": _autoencoder,
    "judge": _judge,
    "unet": _unet,
    "decoder": _decoder,
    "export": _export,
}
