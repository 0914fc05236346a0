"""The book's own Sphinx extensions on a book of one page whose pyproject.toml names an address and a repository."""

import re
import subprocess
import sys
from pathlib import Path
from shutil import copyfile, copytree

import pytest
from sphinx.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from notebook_buttons import launch_links  # noqa: E402
from search_texts import text_of  # noqa: E402

PAGE = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  name: python3
---
# Is it here & now?

The first words say what this page is about, in one sentence that is long enough.

> **You will** count.

```{code-cell} ipython3
here = "five minutes are the least"

now = here.split()
```

```{code-cell} ipython3
:tags: [hide-input]

print("This is not counted.")
```

## Exercises

Nor is this.
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("published")
    book = root / "book"
    for folder in ("_ext", "_static"):
        copytree(ROOT / "book" / folder, book / folder)
    copyfile(ROOT / "_config.yml", root / "_config.yml")
    root.joinpath("pyproject.toml").write_text(
        '[project.urls]\nRepository = "https://github.com/someone/roads"\nHomepage = "https://someone.example/roads/"\n'
    )
    root.joinpath("_toc.yml").write_text("format: jb-book\nroot: index\n")
    book.joinpath("index.md").write_text(PAGE)
    root.joinpath("notebooks").mkdir()
    copyfile(ROOT / "notebooks" / "index.ipynb", root / "notebooks" / "index.ipynb")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", book, "--path-output", root, "-W"]
    command += ["--config", root / "_config.yml", "--toc", root / "_toc.yml"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return root / "_build" / "html"


def test_a_repository_switches_the_launch_buttons_on(site):
    html = site.joinpath("index.html").read_text()
    assert "https://colab.research.google.com/github/someone/roads/blob/main/notebooks/index.ipynb" in html
    assert "https://mybinder.org/v2/gh/someone/roads/main?urlpath=lab/tree/notebooks/index.ipynb" in html
    assert (site / "_static/images/logo_colab.png").exists() and (site / "_static/images/logo_binder.svg").exists()


def test_an_address_switches_sitemap_robots_and_card_on(site):
    assert "<loc>https://someone.example/roads/index.html</loc>" in site.joinpath("sitemap.xml").read_text()
    assert "Sitemap: https://someone.example/roads/sitemap.xml" in site.joinpath("robots.txt").read_text()
    html = site.joinpath("index.html").read_text()
    assert '<meta property="og:image" content="https://someone.example/roads/_static/card.png">' in html
    assert '<meta property="og:url" content="https://someone.example/roads/index.html">' in html
    assert '<meta property="og:title" content="Is it here &amp; now?">' in html
    assert '<meta name="description" content="The first words say what' in html


def test_a_box_counts_the_prose_and_the_open_code_before_the_exercises(site):
    html = site.joinpath("index.html").read_text()
    assert "<summary>What you will do, learn and need: about 5 minutes to read</summary>" in html
    assert re.search(r"24 words at 200 a minute, and 2 lines of code at 10 a minute, .* The code ran for \d+ s when", html)


def test_no_repository_no_launch_buttons():
    assert launch_links("", "main", "index") == {}


@pytest.mark.parametrize("url", ["https://gitlab.com/a/b", "https://github.com/a", "github.com/a/b"])
def test_a_repository_elsewhere_is_refused(url):
    with pytest.raises(ConfigError, match=r"https://github\.com/owner/name"):
        launch_links(url, "main", "index")


def test_a_search_reads_what_a_reader_sees():
    assert text_of("<p>a &lt; b</p><script>let x = '<p>';</script>\n<b>c</b><svg><text>d</text></svg>") == "a < b c"
