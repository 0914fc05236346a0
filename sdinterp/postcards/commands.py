"""The command `sdinterp postcards judge`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from sdinterp.defaults import STEPS


def add_postcards(commands: Any) -> None:
    """Add `postcards` with its own commands to the commands of the parser."""
    postcards = commands.add_parser("postcards", help="look into the bundled model")
    postcards.set_defaults(extra="pictures")
    within = postcards.add_subparsers(required=True, metavar="COMMAND")
    judge = within.add_parser(
        "judge",
        help="measure how well its pictures show what their prompts say",
        description="Let a classifier of drawings, which the model never saw, read the model's pictures of held-out prompts.",
    )
    judge.add_argument("--prompts", type=int, default=500, metavar="N", help="held-out prompts (default: %(default)s)")
    judge.add_argument("--seed", type=int, default=1, metavar="N", help="of prompts and noises (default: %(default)s)")
    judge.add_argument("--steps", type=int, default=STEPS, metavar="N", help="of the sampler (default: %(default)s)")
    judge.add_argument("--guidance", type=float, metavar="X", help="scale of classifier-free guidance (default: the model's)")
    judge.add_argument("--model", default="postcards", help="or a folder with a model of the same world (default: %(default)s)")
    judge.add_argument("--write", action="store_true", help="write the model card beside the weights")
    judge.set_defaults(run=_judge)


def _judge(options: argparse.Namespace) -> None:
    from sdinterp.diffusion import DiffusionModel
    from sdinterp.models import load_model
    from sdinterp.postcards.card import HEADER, measure, write_card
    from sdinterp.progress import Bar

    if options.write and options.model != "postcards":
        raise ValueError("--write makes the card of the bundled model; leave --model out")
    with Bar("judging", "picture") as bar:
        model = load_model(options.model)
        if not isinstance(model, DiffusionModel):
            raise ValueError(f"the judge of Postcards reads pictures of captions of its world; {model.name} was never taught them")
        found, *_ = measure(
            model, options.prompts, seed=options.seed, steps=options.steps, guidance=options.guidance,
            progress=bar,
        )  # fmt: skip
    for row in [HEADER, *found.table()]:
        sys.stdout.write(f"{row[0]:<16}" + "".join(f"{cell:>14}" for cell in row[1:]) + "\n")
    sys.stdout.write(
        f"autoencoder {found.psnr:.2f} dB; the attributes that short prompts name are right in {found.kept:.3f}; "
        + ", ".join(f"{name} {value}" for name, value in found.settings.items())
        + "\n"
    )
    if options.write:
        sys.stdout.write(f"{write_card(found)}\n")
