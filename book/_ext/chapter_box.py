"""The box at a chapter's top, of what the reader will do, learn and need, as one line that unfolds and says how long it takes."""

import math
from collections.abc import Iterator

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector

WORDS, LINES = 200, 10
"""What is read in a minute: words of prose, and lines of code."""
UNREAD = {"exercises", "cell_output", "tag_hide-input", "tag_hide-cell", "tag_remove-input"}


def _read(node: nodes.Node) -> Iterator[nodes.Node]:
    """What a reader reads of a page: its prose and its open code, without what cells print or hide, and without exercises."""
    if isinstance(node, nodes.Text | nodes.literal_block):
        yield node
    elif not (isinstance(node, nodes.raw | nodes.comment) or UNREAD & {*node["classes"], *node["ids"]}):
        for child in node.children:
            yield from _read(child)


def _minutes(doctree: nodes.document, seconds: float) -> tuple[str, str]:
    """How long a page takes to read, and from what that is counted."""
    words = lines = 0
    for node in _read(doctree):
        if isinstance(node, nodes.literal_block):
            lines += sum(bool(line.strip()) for line in node.astext().splitlines())
        else:
            words += len(node.astext().split())
    minutes = f"about {max(5, 5 * round((words / WORDS + lines / LINES) / 5))} minutes to read"
    ran = f"{math.ceil(seconds)} s" if seconds < 90 else f"{seconds / 60:.1f} minutes"
    counted = f"{words:,} words at {WORDS} a minute, and {lines} lines of code at {LINES} a minute, exercises left out"
    return minutes, f" {minutes}: {counted}. The code ran for {ran} when this page was built."


def _fold(app, doctree, page):
    for box in doctree.findall(nodes.block_quote):
        if box.children[0].astext().startswith("You will "):
            minutes, counted = _minutes(doctree, NbMetadataCollector.get_exec_data(app.env, page)["runtime"])
            box += nodes.paragraph("", "", nodes.strong("", "Time"), nodes.Text(counted))
            summary = f"<summary>What you will do, learn and need: {minutes}</summary>"
            place = box.parent.index(box)
            box.parent.insert(place + 1, nodes.raw("", "</details>", format="html"))
            box.parent.insert(place, nodes.raw("", f'<details class="sdi-box">{summary}', format="html"))
            return


def setup(app):
    """Called by Sphinx."""
    app.connect("doctree-resolved", _fold)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
