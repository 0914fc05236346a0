"""The built book, read in a browser from file:// with the network cut."""

import re
from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"
PAGES = sorted(page.name for page in SITE.glob("*.html") if page.stem not in ("genindex", "search"))


def test_the_book_is_built():
    assert "index.html" in PAGES, "run `make book` first"


def open_page(browser, page, width, scheme="light"):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    tab = context.new_page()
    troubles = []
    tab.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on(
        "request", lambda request: troubles.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None
    )
    tab.on("requestfailed", lambda request: troubles.append(f"failed: {request.url}"))
    tab.goto((SITE / page).as_uri())
    tab.wait_for_load_state("networkidle")
    return tab, troubles


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_offline_without_errors(page, browser):
    tab, troubles = open_page(browser, page, 1280)
    assert troubles == []
    assert tab.locator("article h1").count() == 1
    tab.context.close()


@pytest.mark.parametrize("page", PAGES)
def test_pages_fit_a_phone(page, browser):
    tab, _ = open_page(browser, page, 360, "dark")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    tab.context.close()


@pytest.mark.parametrize("page", PAGES)
def test_pictures_have_a_description_and_mathematics_is_set(page, browser):
    tab, _ = open_page(browser, page, 1280)
    # the small pictures on a player's time line decorate it: the large ones and the slider say the same in words
    bare = "[...document.querySelectorAll('article img')].filter(i => !i.alt.trim() && !i.closest('figure.sdi-player')).length"
    assert tab.evaluate(bare) == 0
    assert tab.evaluate("[...document.querySelectorAll('article img:not([alt])')].length") == 0
    assert tab.evaluate("[...document.querySelectorAll('article img')].filter(i => i.complete && !i.naturalWidth).length") == 0
    if tab.locator(".math").count():
        tab.wait_for_selector("mjx-container", timeout=10000)
    tab.context.close()


@pytest.mark.parametrize("page", PAGES)
def test_internal_links_lead_somewhere(page):
    html = (SITE / page).read_text()
    for link in re.findall(r'href="([^"#:?]+\.html)[^"]*"', html):
        assert (SITE / page).parent.joinpath(link).resolve().exists(), link


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_traceback_or_raw_markup(page):
    text = re.sub(r"<(script|style)\b.*?</\1>", "", (SITE / page).read_text(), flags=re.S)
    for mark in ("Traceback (most recent call last)", "site-packages", "Warning:", "```{", "{cite", "{glue"):
        assert mark not in text


def test_the_cover_moves(browser):
    tab, _ = open_page(browser, "index.html", 1280)
    slider = tab.locator("figure.sdi-player input[type=range]").first
    slider.focus()
    before = tab.locator("figure.sdi-player").first.inner_text()
    slider.press("End")
    assert tab.locator("figure.sdi-player").first.inner_text() != before
    tab.context.close()
