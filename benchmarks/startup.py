"""How long a reader waits: for `import sdinterp`, and for the first pictures of a new process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.strips import PROMPTS
from benchmarks.timing import take_turns

LIBRARIES = """
import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer
"""
READ = f"""{LIBRARIES}
from safetensors.torch import load_file
from sdinterp.defaults import POSTCARDS
for file in POSTCARDS.glob("*/*.safetensors"):
    load_file(file)
"""
PICTURE = f"""
import tempfile
from sdinterp import load_model
from sdinterp.pictures import to_pil
model = load_model("postcards")
[picture] = to_pil(model.render(model.encode({PROMPTS[0]!r}), steps=12))
with tempfile.TemporaryFile() as file:
    picture.save(file, "png")
"""


def measure(rounds: int = 3) -> dict[str, Any]:
    """Median seconds of whole new processes."""

    def python(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    def first_pictures() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "sdinterp", "path", *PROMPTS, "--out", str(Path(folder, "path.png"))]
            subprocess.run(command, check=True, capture_output=True)

    waits = {
        "python, nothing imported": lambda: python("pass"), "import torch": lambda: python("import torch"),
        "import sdinterp": lambda: python("import sdinterp"), "import torch, diffusers, transformers": lambda: python(LIBRARIES),
        "the same, and the weights read": lambda: python(READ),
        "a first picture on disk": lambda: python(PICTURE), "sdinterp path: three strips of nine on disk": first_pictures,
    }  # fmt: skip
    return {name: median(seconds) for name, seconds in take_turns(waits, rounds).items()}
