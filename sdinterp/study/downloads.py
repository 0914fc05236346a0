"""The public files that a study of real captions reads, downloaded once."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pooch

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


def cached(name: str) -> Path:
    """A file of `SOURCES` in `$XDG_CACHE_HOME/sdinterp`, or without it in `~/.cache/sdinterp`, downloaded if it is not there yet.

    Raises:
        ValueError: it cannot be had, or is not the file we know.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sdinterp"
    path, url = folder / name, SOURCES[name]
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    pooch.get_logger().setLevel("WARNING")
    unpack = pooch.Unzip([f"annotations/{name}"]) if url.endswith(".zip") else None
    try:
        with TemporaryDirectory(prefix=f".{name}.", dir=folder) as part:
            found = pooch.retrieve(url, SHA256.get(name), name, part, unpack, progressbar=True)
            Path(found[0] if unpack else found).replace(path)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"cannot get {name} from {url} ({error}); give the file itself") from error
    except ValueError as error:
        raise ValueError(f"{url} is not the {name} we know ({error})") from error
    return path
