"""The public files that a study of real captions reads, downloaded once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from tqdm import tqdm

_CXC = "https://raw.githubusercontent.com/google-research-datasets/Crisscrossed-Captions/master/data/"

SCORES = ("sts_val.csv", "sts_test.csv")
CAPTIONS = "captions_val2014.json"

SOURCES = {
    "sts_val.csv": _CXC + "sts_val.csv",
    "sts_test.csv": _CXC + "sts_test.csv",
    CAPTIONS: "http://images.cocodataset.org/annotations/annotations_trainval2014.zip",
}
"""Where each file is: Crisscrossed Captions (Google LLC), and COCO's captions (CC BY 4.0) in an archive."""

SHA256 = {"sts_test.csv": "33eea25bf41061c513ef4b39282aaf64bdf9b17ff233e343a6d6ae44d73e0272"}
"""The checksums that we know; of the other files the one found goes into the settings of the study."""


def cached(name: str, folder: Path | None = None) -> Path:
    """A file of `SOURCES` in the cache folder, downloaded if it is not there yet.

    Args:
        name: of the file.
        folder: `$XDG_CACHE_HOME/sdinterp` or `~/.cache/sdinterp` without it.

    Raises:
        ValueError: it cannot be had, or is not the file we know.
    """
    folder = folder or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sdinterp"
    path = folder / name
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{name}.{os.getpid()}.part"
    archive = folder / f".{name}.{os.getpid()}.zip"
    try:
        url = SOURCES[name]
        _download(url, archive if url.endswith(".zip") else unfinished, name)
        if url.endswith(".zip"):
            with zipfile.ZipFile(archive) as opened, opened.open(f"annotations/{name}") as source, unfinished.open("wb") as target:
                shutil.copyfileobj(source, target)
        found = sha256(unfinished)
        if SHA256.get(name, found) != found:
            raise ValueError(f"{url} is not the {name} we know: its SHA-256 is {found}, not {SHA256[name]}")
        unfinished.replace(path)
    except (urllib.error.URLError, TimeoutError, ConnectionError, zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"cannot get {name} from {SOURCES.get(name)} ({error}); give the file itself") from error
    finally:
        unfinished.unlink(missing_ok=True)
        archive.unlink(missing_ok=True)
    return path


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(url: str, path: Path, name: str) -> None:
    with urllib.request.urlopen(url, timeout=60) as answer, path.open("wb") as file:
        size = int(answer.headers.get("Content-Length") or 0) or None
        with tqdm(total=size, unit="B", unit_scale=True, desc=name, file=sys.stderr, leave=False) as bar:
            while chunk := answer.read(1 << 18):
                file.write(chunk)
                bar.update(len(chunk))
        if size and bar.n != size:
            raise ConnectionError(f"{bar.n} of {size} bytes came")
