"""The text of every page in one script, so that a search shows what it found where a page cannot read another: from a file."""

import json
import re
from html import unescape
from pathlib import Path

MARKUP = re.compile(r"<(script|style|svg)\b.*?</\1>|<[^>]*>", re.DOTALL)


def text_of(html: str) -> str:
    """What a reader sees of a page, on one line.

    >>> text_of("<p>a &lt; b</p><script>let x;</script> <b>c</b>")
    'a < b c'
    """
    return " ".join(unescape(MARKUP.sub(" ", html)).split())


def setup(app):
    """Called by Sphinx."""
    texts = {}

    def collect(app, page, template, context, doctree):
        if doctree:
            texts[page] = text_of(context["body"])

    def write(app, failure):
        if not failure:
            Path(app.outdir, "_static", "texts.js").write_text(f"window.pageTexts = {json.dumps(texts, ensure_ascii=False)};\n")

    app.connect("html-page-context", collect)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
