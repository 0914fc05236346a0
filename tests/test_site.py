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

from sdinterp.looks import LOOKS
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
    most, most_of_many = (1000 * int(number) for number in said.groups())
    assert most <= MOST_BYTES and most_of_many <= 2 * MOST_BYTES
    figures = re.findall(r'<figure class="sdi-player.*?</figure>', (SITE / page).read_text(), flags=re.S)
    assert figures or 'class="sdi-player' not in (SITE / page).read_text()
    for figure in figures:
        assert len(figure.encode()) <= (most_of_many if re.search(r'data-sdi-player="(dots|roads)"', figure) else most)


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
        cover = tab.locator("figure.sdi-player").first
        slider = cover.get_by_role("slider")
        slider.press("Home")
        assert cover.locator(".sdi-walked data").all_inner_texts() == ["0.00", "0.00"]
        slider.press("End")
        optimal, standard = map(float, cover.locator(".sdi-walked data").all_inner_texts())
        assert 2 * optimal < standard
        said = tab.locator("article p", has_text="which word walks to which word").inner_text()
        assert f"{optimal:.2f}" in said and f"{standard:.2f}" in said


def test_the_cover_is_the_argument(browser):
    """At rest the standard road has left the scene and the optimal one has not; one of the pairs is a loss."""
    with browser.new_context(offline=True, reduced_motion="reduce", viewport={"width": 1280, "height": 900}) as context:
        tab = context.new_page()
        load(tab, "index.html")
        cover = tab.locator("figure.sdi-player").first
        assert cover.locator("output").first.inner_text() == "t = 0.42"
        assert all(width >= 320 for width in cover.locator(".sdi-large").evaluate_all("all => all.map(one => one.clientWidth)"))
        optimal, standard = map(float, cover.locator(".sdi-walked data").all_inner_texts())
        assert standard > 3 * optimal
        ratios = [float(text.split()[0]) for text in cover.locator(".sdi-pair").all_inner_texts()]
        assert 6 <= len(ratios) <= 8 and max(ratios) > 5 and min(ratios) < 1
        assert tab.locator(".sdi-cards > div").count() == 3


def test_the_playground_of_the_cover_shows_what_is_saved(browser):
    with browser.new_context(offline=True) as context:
        tab = context.new_page()
        load(tab, "index.html")
        playground = tab.locator('figure[data-sdi-player="playground"]')
        cost = {
            name: float(playground.locator(f'data[data-coupling="{name}"][data-p="1"]').inner_text())
            for name in ("optimal", "standard", "random")
        }
        assert 0.4 < cost["optimal"] / cost["standard"] < 0.6 and cost["random"] >= cost["standard"]
        boxes = playground.locator(".sdi-dot > :nth-child(2)").evaluate_all(
            "all => all.map(dot => dot.getBoundingClientRect().toJSON())"
        )
        for k, one in enumerate(boxes):
            for other in boxes[:k]:
                assert max(abs(one["x"] - other["x"]), abs(one["y"] - other["y"])) >= one["width"]


@pytest.mark.parametrize("width", [390, 820, 1100, 1180, 1280])
def test_the_menu_and_the_contents_open_by_their_buttons(width, browser):
    with browser.new_context(offline=True, viewport={"width": width, "height": 800}, has_touch=width < 1000) as context:
        tab = context.new_page()
        load(tab, "half-way.html")
        chapter = tab.locator(".bd-sidebar-primary a.current:visible, .bd-sidebar-primary .current.active > a:visible").first
        menu = tab.locator("button.primary-toggle:visible")
        shown = width >= 992
        assert menu.count() == 1 and chapter.is_visible() == shown
        menu.tap() if width < 1000 else menu.click()
        chapter.wait_for(state="hidden" if shown else "visible")
        if not shown:
            tab.keyboard.press("Escape")
            chapter.wait_for(state="hidden")
        contents = tab.locator("button.secondary-toggle:visible")
        assert contents.count() == (width < 1200)
        if width < 1200:
            contents.tap() if width < 1000 else contents.click()
            tab.locator("#pst-secondary-sidebar-modal").get_by_role("link", name="The idea").wait_for(state="visible")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_open_chapter_is_in_sight_among_the_others(width, browser):
    with browser.new_context(offline=True, viewport={"width": width, "height": 600}) as context:
        tab = context.new_page()
        load(tab, "on-a-gpu.html")
        if width < 992:
            tab.locator("button.primary-toggle:visible").click()
            tab.wait_for_timeout(600)
        box = tab.locator(".bd-sidebar-primary .current.active > a:visible").bounding_box()
        assert 0 <= box["y"] <= 600 - box["height"]


def test_code_is_folded_small_and_below_what_it_makes_and_can_be_put_away(browser):
    with browser.new_context(offline=True) as context:
        tab = context.new_page()
        load(tab, "half-way.html")
        bars = tab.locator("details.hide > summary")
        assert {text.strip() for text in bars.all_inner_texts()} == {"Show the code", "Show the check", "Show a solution"}
        figure, bar = tab.locator("article figure").first.bounding_box(), bars.first.bounding_box()
        assert bar["y"] >= figure["y"] + figure["height"] and bar["height"] <= 32
        button = tab.get_by_role("button", name="Read without code")
        button.press("Enter")
        assert button.get_attribute("aria-pressed") == "true"
        assert (
            not tab.locator(".cell_input:visible, details.hide:visible").count()
            and tab.locator("article figure").first.is_visible()
        )
        load(tab, "shortest-path.html")  # it is remembered
        assert not tab.locator(".cell_input:visible").count()
        tab.get_by_role("button", name="Read without code").click()
        assert tab.locator(".cell_input:visible").count()


def test_letters_come_from_the_book_itself_and_no_tab_names_it_twice(browser):
    with browser.new_context(offline=True) as context:
        tab = context.new_page()
        load(tab, "index.html")
        assert tab.title() == "Which way from B to A?"
        for face in ("16px 'Source Serif 4'", "italic 16px 'Source Serif 4'", "16px 'Source Code Pro'"):
            assert tab.evaluate("face => document.fonts.load(face).then(found => found.length)", face) == 1
        load(tab, "half-way.html")
        assert tab.title() == "3. What is half A and half B? — Which way from B to A?"
        assert "Source Serif 4" in tab.locator("article p").first.evaluate("node => getComputedStyle(node).fontFamily")


def test_the_page_of_functions_reads_docstrings_as_they_are_meant():
    text = (SITE / "api.html").read_text()
    for wrong in (">Type<", ">Return type<", "Alias for field number", "&lt;factory&gt;", "&lt;lambda&gt;"):
        assert wrong not in text
    assert "<strong>coupling_seed</strong> – of the random couplings" in text


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
    tab.wait_for_selector("#search-results .context")
    assert "displacement" in " ".join(tab.locator("#search-results .context").all_inner_texts()).lower()
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
    fonts = {"Source Serif 4": "5.3.1", "Source Code Pro": "5.3.1"}  # of the npm packages that the files came in
    packages = "Sphinx sphinx-book-theme pydata-sphinx-theme sphinx-copybutton sphinx-togglebutton sphinx-design MyST-NB Pygments"
    locked = json.loads((ROOT / "sdinterp" / "browser" / "package-lock.json").read_text())["packages"]
    from_npm = {name: locked[f"node_modules/{name}"]["version"] for name in locked[""]["dependencies"]}
    shipped = {name: match[1] for name, match in found.items()} | {name: version(name) for name in packages.split()}
    assert rows == fonts | shipped | from_npm


def test_a_wide_table_scrolls_on_a_phone_and_its_first_column_stays(browser):
    with browser.new_context(offline=True, viewport={"width": 390, "height": 800}) as context:
        tab = context.new_page()
        load(tab, "is-it-real.html")
        table = tab.locator("article table", has_text="into the padding").first
        box = table.locator("xpath=..")
        box.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
        scrolled = box.evaluate("box => box.scrollLeft")
        right = box.evaluate("box => box.getBoundingClientRect().right")
        first, last = (table.locator(f"tr:last-child :is(th, td):{which}-child").last for which in ("first", "last"))
        assert scrolled > 0 and first.bounding_box()["x"] >= box.bounding_box()["x"]
        end = last.bounding_box()
        assert end["x"] + end["width"] <= right + 1
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("page", PAGES)
def test_couplings_stand_in_the_order_of_their_looks(page):
    text, order = (SITE / page).read_text(), [name.replace("_", " ") for name in LOOKS]

    def in_order(names):
        found = [name for name in names if name in order]
        return found == sorted(found, key=order.index)

    for table in re.findall(r"<table.*?</table>", text, flags=re.S):
        rows = [[re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.S)]
                for row in re.findall(r"<tr.*?</tr>", table, flags=re.S)]  # fmt: skip
        assert in_order(row[0] for row in rows if row), rows
        heads = [head.rpartition(", ") for head in rows[0]]  # such as "length, optimal"
        assert all(in_order(name for what, _, name in heads if what == kind) for kind, *_ in heads), rows[0]
    for figure in re.findall(r'<figure class="sdi-player.*?</figure>', text, flags=re.S):
        data = json.loads(re.search(r'application/json">(.*?)</script>', figure, flags=re.S)[1])
        for key in ("couplings", "rows", "paths", "middles"):
            assert in_order(one["name"] for one in data.get(key, ()) if "name" in one), (key, page)
        assert in_order(one["name"] for one in data.get("stages", [{}])[0].get("couplings", ())), page
