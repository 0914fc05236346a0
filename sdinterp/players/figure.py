"""What all players are made of: one figure of HTML that carries its style, data, still picture and script."""

from __future__ import annotations

import hashlib
import html
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path


@dataclass(frozen=True)
class Player:
    """A self-contained piece of HTML that Jupyter shows as it is.

    Attributes:
        html: one `<figure class="sdi-player">`; the same input gives the same text. Its id comes from its content.
        title: the title of the page that `save` writes.
    """

    html: str
    title: str

    @property
    def payload(self) -> int:
        """Size in bytes of everything it needs."""
        return len(self.html.encode())

    def _repr_html_(self) -> str:
        return self.html

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes a page of its own, which follows the reader's choice of light or dark, and gives its path."""
        path = Path(path)
        page = (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(self.title)}</title>\n"
            "<style>:root { color-scheme: light dark; } body { margin: 1rem; font-family: system-ui, sans-serif; }</style>\n"
            f"</head>\n<body>\n{self.html}\n</body>\n</html>\n"
        )
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            draft = Path(folder, path.name)
            draft.write_text(page, encoding="utf-8")
            return draft.replace(path)


def player(kind: str, scripts: Iterable[str], data: object, still: str, alt: str, title: str = "") -> Player:
    """The figure: style, still picture, data and script, without a blank line, so that Markdown takes it as one block."""
    script = "\n".join(_asset(name) for name in ["boot.js", *scripts])
    # JSON in which no character can end the script element it stands in.
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    head = f"<figcaption>{html.escape(_line(title))}</figcaption>\n" if title else ""
    body = (
        f"<style>\n{_asset('player.css')}\n</style>\n{head}"
        f'<div class="sdi-stage"><img class="sdi-still" alt="{html.escape(_line(alt))}" src="{still}"></div>\n'
        '<noscript><p class="sdi-note">With scripts on, this picture can be moved.</p></noscript>\n'
        f'<script type="application/json">{text}</script>\n'
        f'<script>(() => {{ "use strict";\n{script}\n}})();</script>\n'
    )
    name = hashlib.sha256(body.encode()).hexdigest()[:12]
    # Neither MathJax nor JupyterLab's keyboard shortcuts have any business inside.
    opening = (
        f'<figure class="sdi-player mathjax_ignore tex2jax_ignore" id="sdi-{name}" data-sdi-player="{kind}" '
        'data-lm-suppress-shortcuts="true">\n'
    )
    return Player(f"{opening}{body}</figure>", title or alt)


@cache
def _asset(name: str) -> str:
    """A script or style of the package without comments on lines of their own, indents and blank lines."""
    lines = resources.files("sdinterp.players").joinpath(name).read_text("utf-8").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip() and not line.lstrip().startswith(("//", "/*")))


def _line(text: str) -> str:
    """A text on one line; what cannot be printed, NUL and marks of direction among it, shows as a replacement character."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(text.split()))
