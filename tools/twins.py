"""Make the notebooks that readers run from the book's pages: one way, without outputs."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\((?!https?:)([\w-]+)\.md(#[\w-]+)?\)")


def chapters() -> list[Path]:
    """The pages of the book that hold code."""
    return sorted(page for page in (ROOT / "book").glob("*.md") if page.read_text().startswith("---\njupytext:"))


def twin(page: Path) -> str:
    """The notebook of a page. Links go to other notebooks, or to the source of pages that hold no code."""
    runnable = {chapter.stem for chapter in chapters()}

    def relink(match: re.Match[str]) -> str:
        stem, anchor = match[1], match[2] or ""
        return f"]({stem}.ipynb{anchor})" if stem in runnable else f"](../book/{stem}.md{anchor})"

    notebook = jupytext.read(page)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{page.stem}-{number}"
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(relink, cell.source)
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


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
