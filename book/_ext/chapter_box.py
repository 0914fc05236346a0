"""The box at a chapter's top, of what the reader will do, learn and need, as one line that unfolds."""

from docutils import nodes


def _fold(app, doctree, page):
    for box in doctree.findall(nodes.block_quote):
        first, last = box.children[0].astext(), box.children[-1].astext()
        if first.startswith("You will ") and last.startswith("Time "):
            time = last.removeprefix("Time ").partition(";")[0].rstrip(".")
            summary = f"<summary>What you will do, learn and need: {time}</summary>"
            place = box.parent.index(box)
            box.parent.insert(place + 1, nodes.raw("", "</details>", format="html"))
            box.parent.insert(place, nodes.raw("", f'<details class="sdi-box">{summary}', format="html"))
            return


def setup(app):
    """Called by Sphinx."""
    app.connect("doctree-resolved", _fold)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
