"""What was recorded of the bundled model, as the book shows it: its parts, the judge's table, and the training from nothing.

Chapter: Postcards: what made these pictures, and how good is it?
"""

from __future__ import annotations

import json
from typing import Any

from PIL import Image

from sdinterp.diffusion import DiffusionModel
from sdinterp.models import POSTCARDS
from sdinterp.postcards.drawing import to_tensor
from sdinterp.shown import Shown, listed, show_pictures, show_table

WANTED = {"object": 0.95, "colour": 0.95, "ground": 0.95, "sky": 0.95}
"""How often an attribute should be right; 0.9 where nothing is said."""


def kept(name: str) -> Any:
    """A record beside the weights: "training", "measures", or "../from_nothing"."""
    return json.loads((POSTCARDS / f"{name}.json").read_text())


def parts(model: DiffusionModel) -> Shown:
    """The parts of the model and their sizes."""
    roles = {
        "text encoder (CLIPTextModel)": (model.text.text_model, f"77 tokens to {model.encode('')[0].shape[1]} numbers each"),
        "denoiser (UNet2DConditionModel)": (model.unet, f"noise and text to noise, latents {model.latent_shape}"),
        "autoencoder (AutoencoderKL)": (model.vae, "pictures (3, 64, 64) to latents and back"),
    }
    rows = [[name, sum(p.numel() for p in part.parameters()) / 1e6, role] for name, (part, role) in roles.items()]
    size, record = sum(file.stat().st_size for file in POSTCARDS.rglob("*.safetensors")) / 1e6, kept("training")
    caption = (
        f"{size:.1f} MB on disk in half precision, with the judge and the image encoder. Training steps: "
        f"{listed(record['steps'])}; with {listed(record['versions'])}."
    )
    return show_table(["part", "million numbers", "what it does"], rows, caption=caption)


def measures() -> Shown:
    """The judge's table of the model card."""
    found = kept("measures")
    caption = (
        f"Recorded by “{found['command']}” on the weights {found['weights'][:12]}: {listed(found['settings'])}; "
        f"{listed(found['versions'])}. Autoencoder: {found['psnr']} dB. The three named attributes of the last column are right in "
        f"{found['kept']:.1%}."
    )
    return show_table(found["header"], found["table"], caption=caption)


def from_nothing() -> Shown:
    """The committed model beside one that was trained once more from nothing."""
    committed, measured, again = kept("training"), kept("measures"), kept("../from_nothing")
    trained = again["training"]
    rows = [[ours[0], ours[3], new[3]] for ours, new in zip(measured["table"], again["table"], strict=True)]
    rows += [["autoencoder, dB", f"{measured['psnr']:.2f}", f"{again['psnr']:.2f}"]]
    for name, key in {"word probe": "word_probe", "retrieval of 1,000": "retrieval_of_1000"}.items():
        rows.append([name, f"{committed[key]:.3f}", f"{trained[key]:.3f}"])
    rows += [[f"steps: {stage}", f"{committed['steps'][stage]:,}", f"{count:,}"] for stage, count in trained["steps"].items()]
    caption = (
        f"Recorded with “{again['command']}” and judged at commit {again['commit'][:10]}: {listed(again['settings'])}. "
        f"{again['ran']} Versions: {listed(trained['versions'])}."
    )
    return show_table(["what", "the committed model", "from nothing"], rows, caption=caption)


def painted_again() -> Shown:
    """The first pictures of that second model."""
    (sheet,) = to_tensor([Image.open(POSTCARDS.parent / "from_nothing.webp")])
    painted = sheet.unflatten(1, (2, 64)).unflatten(3, (8, 64)).permute(1, 3, 0, 2, 4).flatten(0, 1)
    return show_pictures(
        painted, 8, caption="The first sixteen held-out prompts, painted by the model of this second run; none picked.",
        alt="Sixteen small pictures of the model that was trained once more from nothing; their prompts name all ten attributes.",
    )  # fmt: skip


def shortfalls() -> str:
    """Which attributes of that second model are right less often than was wanted, in a sentence."""
    rates = {row[0]: float(row[3]) for row in kept("../from_nothing")["table"][:-1]}
    wanted = {name: WANTED.get(name, 0.9) for name in rates}
    short = [f"{name} ({rate:.1%}, wanted {wanted[name]:.0%})" for name, rate in rates.items() if rate < wanted[name]]
    reached = f"{len(rates) - len(short)} of the ten attributes reach what was wanted"
    return f"{reached}. Short of it: {' and '.join(short)}." if short else f"{reached}."
