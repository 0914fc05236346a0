"""The bars that fold code: named after what they hold, and below what the code makes; a button that hides all code."""

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms.post_transforms import SphinxPostTransform

HELD = {"check": "the check", "solution": "a solution"}


class CodeBars(SphinxPostTransform):
    """Names each bar and lets the code of a picture follow the picture."""

    default_priority = 200  # MyST-NB folds cells at 199
    formats = ("html",)

    def run(self, **kwargs):
        """Called by Sphinx."""
        for cell in self.document.findall(lambda node: isinstance(node, nodes.container) and node.get("hide_mode")):
            held = (words for tag, words in HELD.items() if tag in cell["cell_metadata"].get("tags", []))
            what = next(held, "the code")
            for bar in [child for child in cell.children if isinstance(child, HideCodeCellNode)]:
                bar["prompt_show"], bar["prompt_hide"] = f"Show {what}", f"Hide {what}"
                if cell["hide_mode"] == "input" and len(cell.children) > 1:
                    cell.children.remove(bar)
                    cell.children.append(bar)


def _page(app, page, template, context, doctree):
    """Lets a bar's own words name it, and offers the button where there is code."""
    context["body"] = context.get("body", "").replace('<summary aria-label="Toggle hidden content">', "<summary>")
    if doctree and any(node.get("nb_element") == "cell_code_source" for node in doctree.findall(nodes.container)):
        button = {"tooltip": "Read without code", "icon": "fas fa-code", "label": "code-switch", "classes": "pst-js-only"}
        context["header_buttons"].insert(0, {"type": "javascript", "javascript": "switchCode()", **button})


def setup(app):
    """Called by Sphinx. The theme makes its list of buttons at priority 500."""
    app.add_post_transform(CodeBars)
    app.connect("html-page-context", _page, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
