"""What Postcards can and cannot do, measured: the table of its model card."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from sdinterp.checks import check_seed, check_whole
from sdinterp.defaults import STEPS
from sdinterp.diffusion import DiffusionModel
from sdinterp.doctor import versions
from sdinterp.models import POSTCARDS, fingerprint
from sdinterp.postcards.captions import describe
from sdinterp.postcards.drawing import draw, to_tensor
from sdinterp.postcards.judge import Judge, Verdict, held_out_prompts, labels, load_judge, verdict
from sdinterp.postcards.scenes import ATTRIBUTES, Scene, random_scene

_TEMPLATE = Path(__file__).with_name("card.md")

NAMED = ("object", "ground", "time")
"""What the prompts of the diversity measure name; about the other seven attributes they are silent."""

NOISES = 16
"""Pictures of each such prompt."""


@dataclass(frozen=True)
class Measures:
    """What the judge found.

    Attributes:
        drawings, autoencoded, model: how often held-out drawings, the same after the autoencoder, and the model's own
            pictures show what they should.
        psnr: of the autoencoder in dB, over all pixels of the held-out drawings in [-1, 1].
        kinds: for each attribute that the diversity prompts leave open, the effective number of values seen in `NOISES` noises
            (the exponential of their entropy), as a share of what as many uniform draws would show.
        kept: how often the same pictures show the attributes that their prompts do name.
        settings: counts, seeds and settings of the sampler.
    """

    drawings: Verdict
    autoencoded: Verdict
    model: Verdict
    psnr: float
    kinds: dict[str, float]
    kept: float
    settings: dict[str, object]

    def table(self) -> list[list[str]]:
        """Rows of attribute, drawings, autoencoded, model, diversity; the last is all ten at once."""
        columns = (self.drawings, self.autoencoded, self.model)
        kinds = {name: f"{kind:.2f}" for name, kind in self.kinds.items()}
        rows = [[name, *(f"{one.by_attribute[name]:.3f}" for one in columns), kinds.get(name, "")] for name in ATTRIBUTES]
        return [*rows, ["all ten at once", *(f"{column.all_ten:.3f}" for column in columns), ""]]


HEADER = ["attribute", "drawings", "autoencoded", "the model", "diversity"]
"""The titles of the columns of `Measures.table`."""


def measure(
    model: DiffusionModel, prompts: int = 500, *, seed: int = 1, steps: int = STEPS, guidance: float | None = None,
    groups: int = 12, progress: Callable[[int, int], object] | None = None,
) -> tuple[Measures, Float[Tensor, "b 3 h w"], list[str]]:  # fmt: skip
    """Judge the model's pictures of held-out prompts that name all ten attributes, and how free it is where a prompt is silent.

    Args:
        model: Postcards, or a model of the same world.
        prompts: how many, in free word order.
        seed: of the prompts and the noises.
        steps, guidance: of the sampler, see `DiffusionModel.render`.
        groups: prompts of the diversity measure.
        progress: called with (pictures done, pictures in all).

    Returns:
        The measures, the pictures and their prompts, in the order in which they were drawn by the seed.
    """
    check_whole("prompts", prompts, 1)
    check_whole("groups", groups, 1)
    check_seed(seed)
    guidance = model.default_guidance if guidance is None else guidance
    judge, done, total = load_judge(), 0, prompts + NOISES * groups

    def count(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress(done, total)

    scenes, texts = held_out_prompts(prompts, seed)
    noise = torch.cat([model.noise(seed * 10**6 + i) for i in range(max(prompts, NOISES * groups))])
    pictures = model.render(model.encode(texts), noise=noise[:prompts], steps=steps, guidance=guidance, progress=count)

    rng = random.Random(f"drawings for the judge {seed}")
    held = [random_scene(rng) for _ in range(prompts)]
    drawings = to_tensor(draw(scene, rng) for scene in held)
    again = _autoencoded(model, drawings)

    silent = [random_scene(rng) for _ in range(groups)]
    short = model.encode([describe(scene, rng, "free", naming=NAMED) for scene in silent]).repeat_interleave(NOISES, 0)
    free = model.render(short, noise=noise[: NOISES * groups], steps=steps, guidance=guidance, progress=count)
    kinds, kept = _diversity(judge, free, silent)
    found = Measures(
        verdict(judge, drawings, held), verdict(judge, again, held), verdict(judge, pictures, scenes),
        (10 * torch.log10(4 / (again - drawings).square().mean())).item(), kinds, kept,
        {"prompts": prompts, "seed": seed, "steps": steps, "guidance": guidance, "noises": NOISES, "groups": groups},
    )  # fmt: skip
    return found, pictures, texts


def write_card(found: Measures, folder: Path = POSTCARDS) -> Path:
    """Write the model card of the bundled weights, `README.md`, and what was measured on them, `measures.json`, into a folder."""
    trained = json.loads((POSTCARDS / "training.json").read_text())
    record = {
        "command": "sdinterp postcards judge --write",
        "weights": fingerprint(POSTCARDS),
        "versions": versions(("torch", "diffusers", "transformers")),
        "settings": found.settings,
        "header": HEADER,
        "table": found.table(),
        "psnr": round(found.psnr, 2),
        "kept": round(found.kept, 4),
    }
    (folder / "measures.json").write_text(json.dumps(record, indent=1) + "\n")
    lines = [" | ".join(["", *row, ""]).strip() for row in [HEADER, ["---"] * len(HEADER), *found.table()]]
    card = folder / "README.md"
    text = _TEMPLATE.read_text().format(
        **found.settings,
        weights=record["weights"],
        size=sum(file.stat().st_size for file in POSTCARDS.rglob("*.safetensors")) / 1e6,
        table="\n".join(lines),
        psnr=found.psnr,
        kept=found.kept,
        probe=trained["word_probe"],
        retrieval=trained["retrieval_of_1000"],
        stages=", ".join(f"{stage} {count:,}" for stage, count in trained["steps"].items()),
        versions=", ".join(f"{name} {number}" for name, number in trained["versions"].items()),
    )
    card.write_text(text)
    return card


@torch.no_grad()
def _autoencoded(model: DiffusionModel, pictures: Tensor) -> Tensor:
    parts = pictures.to(model.device, model.dtype).split(32)
    decoded = [model.vae.decode(model.vae.encode(part).latent_dist.mean).sample for part in parts]
    return torch.cat(decoded).float().cpu().clamp(-1, 1)


def _diversity(judge: Judge, pictures: Tensor, scenes: list[Scene]) -> tuple[dict[str, float], float]:
    """`Measures.kinds` and `Measures.kept` of pictures that short prompts of scenes gave, `NOISES` of each."""
    seen, wanted = judge.sees(pictures), labels(scenes).repeat_interleave(NOISES, 0)
    named = torch.tensor([name in NAMED for name in ATTRIBUTES])
    kinds = {}
    for k, (name, values) in enumerate(ATTRIBUTES.items()):
        if name not in NAMED:
            chance = torch.randint(len(values), (2000, NOISES), generator=torch.Generator().manual_seed(0))
            kinds[name] = _effective(seen[:, k].view(-1, NOISES), len(values)) / _effective(chance, len(values))
    return kinds, (seen == wanted)[:, named].float().mean().item()


def _effective(values: Tensor, size: int) -> float:
    """The mean over rows of the exponential of the entropy of the values in a row."""
    shares = torch.nn.functional.one_hot(values, size).double().mean(1)
    return torch.special.entr(shares).sum(1).exp().mean().item()
