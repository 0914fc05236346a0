"""All that the page "What lies between your own prompts?" loads, written into a site's `_static`."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import torch

from sdinterp.browser.runtime import PARTS, NoRuntime, fetched, licences
from sdinterp.defaults import COUPLINGS, FRAMES, POSTCARDS, of_model
from sdinterp.looks import tokens
from sdinterp.players.figure import drawn_as
from sdinterp.prompts import PromptEncoder

IN_THE_WORKER = ("twister", "solver", "tokens", "modules", "card", "worker")
FROM_PLAYERS = ("boot", "looks", "film", "strip", "columns", "assignment")
ON_THE_PAGE = (
    "boot", "twister", "assignment", "couplings", "tokens", "words", "plan", "measures", "settings", "unpack", "crew", "faults",
    "modules", "looks", "film", "strip", "columns", "view", "sheet", "gif", "painting", "panel", "weights", "own", "noise",
    "form", "live",
)  # fmt: skip
STYLES = ("looks", "film", "strip", "columns", "matcher")
"""The players whose looks the page needs, beside what all of them share."""

PROMPTS = ("a small red boat at sea at noon", "a big yellow tent on the snow at night")
STEPS = 10
"""What the form says at first."""

EXAMPLES = {
    "two scenes": PROMPTS,
    "one other word": ("a small red boat at sea at noon", "a small blue boat at sea at noon"),
    "the same scene in other words": (
        "a small red boat on the right on the sea at noon under the rainbow before the city beside the flag behind the stones",
        "before the skyline, to the right, a banner close by, it is midday, pebbles along the edge, "
        "a tiny crimson sailboat on the ocean under a rainbow",
    ),
}
"""Pairs of prompts that a button puts into the form."""

_OURS, _PLAYERS = resources.files("sdinterp.browser"), resources.files("sdinterp.players")

_SCHEDULE = {
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "timestep_spacing": "leading",
    "trained_betas": None,
}
"""What solver.js computes with."""


def write_assets(static: Path, cache: Path) -> str:
    """Write the page's scripts, and the model and its runtime packed into scripts.

    Args:
        static: the site's folder for such files.
        cache: a folder that outlives a build.

    Returns:
        what is left out, and why, in one sentence; empty where nothing is.
    """
    folder = static / "live"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        packages = fetched(cache)
    except NoRuntime as error:
        missing = f"This copy of the book was built without the runtime that paints in the browser ({error})."
        _write_page(folder, missing, {})
        return missing
    from sdinterp.browser.networks import exported  # asks for onnx, and takes long

    parts = {name: (packages / file).read_bytes() for name, file in PARTS.items()}
    parts |= {name: file.read_bytes() for name, file in exported(cache).items()}
    parts |= {"tokenizer": json.dumps(about_tokenizer()).encode(), "worker": script(IN_THE_WORKER).encode()}
    sizes = {name: folder.joinpath(f"{name}.js").write_bytes(packed(name, data)) for name, data in parts.items()}
    for name, text in licences(packages).items():
        static.joinpath("vendor", name).parent.mkdir(parents=True, exist_ok=True)
        static.joinpath("vendor", name).write_bytes(text)
    _write_page(folder, "", sizes)
    return ""


def script(names: Iterable[str]) -> str:
    """Scripts of this folder, and some of the players', as one."""
    return "\n".join((_PLAYERS if name in FROM_PLAYERS else _OURS).joinpath(f"{name}.js").read_text("utf-8") for name in names)


def _style() -> str:
    """The players' styles, and the form's."""
    files = [_PLAYERS / f"{name}.css" for name in ("player", *STYLES)]
    colours = "; ".join(f"{name}: {colour}" for name, colour in tokens().items())
    parts = [file.read_text("utf-8") for file in [*files, _OURS / "live.css"]]
    return "\n".join([f"figure.sdi-player {{ {colours}; }}", *parts])


def about_model() -> dict[str, Any]:
    """What the scripts need to know of the bundled model, beside its networks and its tokenizer.

    Raises:
        ValueError: it has a noise schedule that they do not compute.
    """
    schedule, unet, text = (
        json.loads((POSTCARDS / file).read_text())
        for file in ("scheduler/scheduler_config.json", "unet/config.json", "text_encoder/config.json")
    )
    if differs := [name for name, value in _SCHEDULE.items() if schedule[name] != value]:
        raise ValueError(f"the model's {differs[0]} is {schedule[differs[0]]!r}; solver.js needs {_SCHEDULE[differs[0]]!r}")
    return {
        "words": of_model(POSTCARDS)["words"], "length": text["max_position_embeddings"], "width": text["hidden_size"],
        "latent": [unet["in_channels"], unet["sample_size"], unet["sample_size"]], "schedule": schedule,
    }  # fmt: skip


def about_tokenizer() -> dict[str, Any]:
    """The bundled model's tokenizer, as @huggingface/tokenizers reads it."""
    made = PromptEncoder(POSTCARDS, torch.device("cpu"), torch.float32).tokenizer
    config = json.loads((POSTCARDS / "tokenizer" / "tokenizer_config.json").read_text())
    return {"tokenizer": json.loads(made.backend_tokenizer.to_str()), "tokenizer_config": config}


def packed(name: str, data: bytes) -> bytes:
    """A script that leaves some bytes where unpack.js finds them."""
    text = base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()
    return f'(globalThis.sdiPacked ??= {{}})["{name}"] = "{text}";\n'.encode()


def _write_page(folder: Path, missing: str, sizes: dict[str, int]) -> None:
    """The page's own script, which begins with what the build knows."""
    a, b = PROMPTS
    known = {
        "missing": missing, "bytes": sizes, "model": about_model(), "examples": EXAMPLES,
        "looks": {one["name"]: one for one in drawn_as([*COUPLINGS, "random_words", "yours"])},
        "defaults": {"a": a, "b": b, "frames": FRAMES, "steps": STEPS, "guidance": of_model(POSTCARDS)["guidance"]},
    }  # fmt: skip
    head = "// The bundled model in the browser: modules of sdinterp/browser, joined.\n"
    body = script(ON_THE_PAGE)
    folder.joinpath("live.js").write_text(f"{head}{{\nconst LIVE = {json.dumps(known)};\n{body}}}\n", encoding="utf-8")
    folder.joinpath("live.css").write_text(_style(), encoding="utf-8")
    folder.joinpath("here.js").write_text(script(["here"]), encoding="utf-8")
