"""The notebooks that readers run: equal to the book's pages, and they run."""

import json
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from twins import FOLDED, RUN, chapters, install_cell, twin  # noqa: E402


def test_every_page_with_code_has_its_twin_and_no_other():
    assert {page.stem for page in chapters()} == {notebook.stem for notebook in (ROOT / "notebooks").glob("*.ipynb")}


@pytest.mark.parametrize("page", chapters(), ids=lambda page: page.stem)
def test_notebooks_equal_the_pages(page):
    notebook = ROOT / "notebooks" / f"{page.stem}.ipynb"
    assert notebook.read_text() == twin(page), "the pages were edited: run `make notebooks`"
    assert all(not cell.get("outputs") for cell in json.loads(notebook.read_text())["cells"])


@pytest.mark.parametrize("page", chapters(), ids=lambda page: page.stem)
def test_open_code_is_narrow_and_short(page):
    """What a page shows of its code can be read beside its text: lines of 76 letters, cells of 15 lines, blank ones not counted."""
    for cell in jupytext.read(page).cells:
        if cell.cell_type == "code" and not FOLDED & set(cell.metadata.get("tags", [])):
            lines = [line for line in cell.source.splitlines() if line.strip()]
            assert not [line for line in lines if len(line) > 76]
            assert len(lines) <= 15, cell.source


def test_a_notebook_begins_with_its_question_and_installs_from_our_address():
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        first, run, install, *rest = json.loads(notebook.read_text())["cells"]
        assert first["source"][0].startswith("# ") and "".join(first["source"]).count("?"), notebook
        assert "".join(run["source"]) == RUN and "google.colab" in "".join(install["source"]), notebook
        for cell in (install, *(cell for cell in rest if FOLDED & set(cell["metadata"].get("tags", [])))):
            assert cell["metadata"]["jupyter"]["source_hidden"] and cell["metadata"]["cellView"] == "form", notebook
    assert "%pip install" in install_cell(None).source.partition("print(")[2]
    installs = '%pip install -q "sdinterp-book[study,widgets] @ git+https://github.com/someone/roads"'
    assert install_cell("https://github.com/someone/roads").source.endswith(installs)


def test_a_notebook_runs_on_its_own(tmp_path):
    """The book's build has run the code of every page; here is one with a model; in test_widgets, JupyterLab runs one without."""
    notebook = nbformat.read(ROOT / "notebooks" / "any-sentence.ipynb", as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
