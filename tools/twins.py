"""Make the notebooks that readers run from the book's pages: one way, without outputs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import jupytext
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from sdinterp.course.handouts import install_line, written

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
RUN = (
    "> **To run this notebook**, choose *Run*, then *Run All Cells*. Pictures, tables and sentences with numbers are made by "
    "folded cells like the one below: until they run, there is nothing to see of them. Click a folded cell to read its code."
)
LINK = re.compile(r"\]\((?!https?:)([\w-]+)\.md(#[\w-]+)?\)")


def chapters() -> list[Path]:
    """The pages of the book that hold code."""
    return sorted(page for page in (ROOT / "book").glob("*.md") if page.read_text().startswith("---\njupytext:"))


def twin(page: Path) -> str:
    """The notebook of a page: it folds what the page folds.

    Links go to other notebooks, or to the source of pages that hold no code.
    """
    runnable = {chapter.stem for chapter in chapters()}

    def relink(match: re.Match[str]) -> str:
        stem, anchor = match[1], match[2] or ""
        return f"]({stem}.ipynb{anchor})" if stem in runnable else f"](../book/{stem}.md{anchor})"

    notebook = jupytext.read(page)
    first = next(k for k, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells[first:first] = [new_markdown_cell(RUN), install_cell(PROJECT["urls"].get("Repository"))]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(relink, cell.source)
        elif FOLDED & set(tags := cell.metadata.get("tags", [])):
            cell.metadata = folded(tags)
    return written(page.stem, notebook.cells)


def folded(tags: list[str]) -> NotebookNode:
    """The metadata by which JupyterLab and Colab fold a cell's code, and JupyterLab a solution's output too."""
    hidden = {"source_hidden": True} | ({"outputs_hidden": True} if "solution" in tags else {})
    return NotebookNode(cellView="form", jupyter=hidden, tags=tags)


def install_cell(repository: str | None) -> NotebookNode:
    """A folded cell that does nothing but on Colab: it installs the package from its address, or says what to do without one."""
    line = install_line("study,widgets", repository)
    if not repository:
        line = f'print("This book has no address yet: bring its folder here, and run  {line}")'
    source = "# On Colab this installs the package; elsewhere it does nothing.\nimport sys\n\n"
    source += f'if "google.colab" in sys.modules:\n    {line}'
    return new_code_cell(source, metadata=folded([]))


def main() -> None:
    """Write every twin, and remove notebooks whose page is gone."""
    folder = ROOT / "notebooks"
    folder.mkdir(exist_ok=True)
    wanted = {folder / f"{page.stem}.ipynb": twin(page) for page in chapters()}
    for stale in set(folder.glob("*.ipynb")) - set(wanted):
        stale.unlink()
    for path, text in wanted.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
