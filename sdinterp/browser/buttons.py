"""Buttons on the book's pages that open the form in place."""

from __future__ import annotations

from urllib.parse import urlencode

from sdinterp.shown import Shown
from sdinterp.templates import filled


def paint_here(a: str, b: str, words: str) -> Shown:
    """A button that opens the form there, with two prompts in it. Nothing is loaded before it is pressed.

    It shows on the book's site alone: in a notebook, and where scripts are off, there is nothing to see of it.

    Args:
        a, b: the prompts.
        words: what stands on the button.
    """
    return Shown(filled("paint_here.html", settings=f"#{urlencode({'a': a, 'b': b})}", words=words))
