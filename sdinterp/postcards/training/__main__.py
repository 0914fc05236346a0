"""The command `python -m sdinterp.postcards.training`."""

from __future__ import annotations

import argparse
from pathlib import Path

from sdinterp.models import POSTCARDS, find_device
from sdinterp.postcards import training
from sdinterp.postcards.training.export import export
from sdinterp.postcards.training.stages import STAGES, run
from sdinterp.postcards.training.workshop import Workshop


def main(argv: list[str] | None = None) -> None:
    """Run the stages named on the command line, all of them when none is."""
    parser = argparse.ArgumentParser(prog=f"python -m {training.__name__}", description=training.__doc__)
    parser.add_argument("stages", nargs="*", choices=[*STAGES, "export", []], help="all of them when none is named")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "sdinterp" / "postcards", help="checkpoints")
    parser.add_argument("--out", type=Path, default=POSTCARDS, help="where `export` writes")
    parser.add_argument("--pool", type=int, default=24576, help="scenes that text encoder and denoiser learn from")
    parser.add_argument("--share", type=float, default=1.0, help="of the recipe's steps, in every stage: 0.1 is a quick try-out")
    parser.add_argument("--steps", type=int, help="steps of each stage, instead of the recipe's")
    parser.add_argument("--forget-words", action="store_true", help="`text` without the losses that make each row keep its word")
    parser.add_argument("--stitch", action="store_true", help="`unet` from the bundled denoiser, made to read the new text encoder")
    parser.add_argument("--lr", type=float, help="highest learning rate of each stage, instead of the recipe's")
    parser.add_argument("--seed", type=int, default=0, help="of first weights and scenes: another one trains another model")
    parser.add_argument("--device", help="cpu, cuda, cuda:1 (default: a GPU where there is one)")
    options = parser.parse_args(argv)
    try:
        device = find_device(options.device)
    except ValueError as error:
        parser.error(str(error))
    shop = Workshop(options.work, options.out, options.pool, not options.forget_words, options.stitch, device, options.seed)
    for name in options.stages or [*STAGES, "export"]:
        if name == "export":
            export(shop)
        else:
            run(name, shop, options.steps, options.lr, options.share)


if __name__ == "__main__":
    main()
