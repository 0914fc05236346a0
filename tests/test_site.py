"""The built book, read in a browser: from its files and from any address, with the network cut."""

import functools
import json
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from PIL import Image

from sdinterp.players import MOST_BYTES
from tests.pages import ALL, PAGES, SITE, Page, load, watch

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
page_of = functools.cache(Page)


def test_the_book_is_built():
    assert "index.html" in PAGES, "run `make book` first"


@pytest.mark.parametrize("page", PAGES)
def test_no_player_weighs_more_than_the_book_says(page):
    said = re.search(
        r"heavier than (\d+) kB, or with the pictures of many pairs (\d+) kB", (ROOT / "book" / "how-tested.md").read_text()
    )
    most, most_dots = (1000 * int(number) for number in said.groups())
    assert most <= MOST_BYTES and most_dots <= 2 * MOST_BYTES
    figures = re.findall(r'<figure class="sdi-player.*?</figure>', (SITE / page).read_text(), flags=re.S)
    assert figures or 'class="sdi-player' not in (SITE / page).read_text()
    for figure in figures:
        assert len(figure.encode()) <= (most_dots if 'data-sdi-player="dots"' in figure else most)


@pytest.mark.parametrize("page", ALL)
def test_internal_links_and_their_anchors_lead_somewhere(page):
    for link in page_of(page).links:
        parts = urlsplit(link)
        if parts.scheme or link == "#":
            continue
        target = SITE / unquote(parts.path) if parts.path else SITE / page
        assert target.exists(), link
        if parts.fragment:
            assert unquote(parts.fragment) in page_of(target.name).anchors, link


@pytest.mark.parametrize("page", ALL)
def test_pages_load_nothing_from_elsewhere_nor_from_a_server_root(page):
    for address in page_of(page).assets:
        assert not re.match(r"(https?:)?/", address), address


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_traceback_or_raw_markup(page):
    text = re.sub(r"<(script|style)\b.*?</\1>", "", (SITE / page).read_text(), flags=re.S)
    for mark in ("Traceback (most recent call last)", "site-packages", "Warning:", "```{", "{cite", "{glue"):
        assert mark not in text
    prose = re.sub(r"<(pre|code)\b.*?</\1>", "", text, flags=re.S)
    assert re.findall(r".{0,40}\$.{0,40}", prose) == []  # mathematics is set


def test_the_cover_moves(browser):
    with browser.new_context(offline=True) as context:
        tab = context.new_page()
        load(tab, "index.html")
        slider = tab.locator("figure.sdi-player input[type=range]").first
        slider.focus()
        before = tab.locator("figure.sdi-player").first.inner_text()
        slider.press("End")
        assert tab.locator("figure.sdi-player").first.inner_text() != before


class Below(SimpleHTTPRequestHandler):
    """Serves the site below /some/sub/path/, and nothing beside it."""

    prefix = "/some/sub/path/"

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(self.prefix[:-1]) if path.startswith(self.prefix) else "/not-here")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def served(browser) -> Iterator:
    """The site at an address of its own: that address, a tab, and what went wrong."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Below, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}{Below.prefix}"
    with browser.new_context() as context:
        tab = context.new_page()
        yield address, tab, watch(tab, (address, "data:", "blob:"))
    server.shutdown()


@pytest.mark.parametrize("page", ["index.html", "half-way.html", "three-roads.html", "api.html"])
def test_pages_work_below_a_path_of_a_server(page, served):
    address, tab, troubles = served
    tab.goto(address + page, wait_until="networkidle")
    assert tab.locator("article h1").count() == 1
    assert troubles == []


@pytest.mark.parametrize("place", ["server", "file"])
def test_search_finds_pages(place, served):
    address, tab, troubles = served
    if place == "file":
        address, tab = SITE.as_uri() + "/", tab.context.browser.new_page()
        troubles = watch(tab, ("file:", "data:"))
    tab.goto(address + "search.html")
    box = tab.locator("form.bd-search input[name=q]:visible").first
    box.fill("displacement interpolation")
    box.press("Enter")
    tab.wait_for_selector("#search-results .search li a")
    tab.wait_for_load_state("networkidle")
    assert "half-way.html" in " ".join(link.get_attribute("href") for link in tab.locator("#search-results .search li a").all())
    assert (tab.locator("#search-results .context").count() > 0) == (place == "server")
    assert troubles == []


def test_the_download_button_gives_the_notebook(served):
    address, tab, _ = served
    tab.goto(f"{address}half-way.html", wait_until="networkidle")
    tab.get_by_role("button", name="Download this page").click()
    link = tab.get_by_role("link", name=".ipynb")
    link.evaluate("link => link.removeAttribute('target')")  # in this tab, where Playwright waits for it
    with tab.expect_download() as download:
        link.click()
    assert Path(download.value.path()).read_bytes() == (ROOT / "notebooks" / "half-way.ipynb").read_bytes()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_chapter_offers_its_notebook(name):
    assert f"_sources/{name}.ipynb" in page_of(f"{name}.html").links
    offered = SITE / "_sources" / f"{name}.ipynb"
    assert offered.read_bytes() == (ROOT / "notebooks" / f"{name}.ipynb").read_bytes()
    nbformat.validate(json.loads(offered.read_text()))


def test_each_page_describes_itself():
    heads = {page: page_of(page).meta for page in PAGES}
    descriptions = [head["description"] for head in heads.values()]
    assert all(50 <= len(text) <= 200 for text in descriptions)
    assert len(set(descriptions)) == len(PAGES)
    for page, head in heads.items():
        assert head["og:description"] == head["description"]
        assert head["og:title"] in SITE.joinpath(page).read_text()
        assert SITE.joinpath(head["og:image"]).exists()


def test_the_card_and_the_icon_are_there():
    assert Image.open(SITE / "_static" / "card.png").size == (1200, 630)
    assert SITE.joinpath("_static", "favicon.svg").exists() and "_static/favicon.svg" in page_of("index.html").assets


@pytest.mark.parametrize("page", PAGES)
def test_nothing_launches_elsewhere_before_the_book_has_a_repository(page):
    assert not [link for link in page_of(page).links if "mybinder" in link or "colab" in link]
    assert not SITE.joinpath("sitemap.xml").exists()


def test_the_page_of_licences_names_what_is_shipped():
    """Versions that a package of constraints.txt fixes, and those written into the scripts themselves."""
    rows = dict(re.findall(r"^\| ([^|]+?) \| ([\d.]+) \|", (ROOT / "book" / "licences.md").read_text(), flags=re.M))
    scripts = SITE / "_static" / "scripts"
    found = {
        "MathJax": re.search(r'VERSION="([\d.]+)"', (SITE / "_static" / "mathjax" / "core.js").read_text()),
        "Bootstrap": re.search(r"Bootstrap v([\d.]+)", (scripts / "bootstrap.js.LICENSE.txt").read_text()),
        "Font Awesome Free": re.search(r"Free ([\d.]+)", (scripts / "fontawesome.js.LICENSE.txt").read_text()),
        "clipboard.js": re.search(r"clipboard.js v([\d.]+)", (SITE / "_static" / "clipboard.min.js").read_text()),
    }
    packages = "Sphinx sphinx-book-theme pydata-sphinx-theme sphinx-copybutton sphinx-togglebutton sphinx-design MyST-NB Pygments"
    locked = json.loads((ROOT / "sdinterp" / "browser" / "package-lock.json").read_text())["packages"]
    from_npm = {name: locked[f"node_modules/{name}"]["version"] for name in locked[""]["dependencies"]}
    shipped = {name: match[1] for name, match in found.items()} | {name: version(name) for name in packages.split()}
    assert rows == shipped | from_npm
