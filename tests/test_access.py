"""Every page of the built site in a browser, for everyone: offline, WCAG 2.2 AA, by keyboard, on a phone, calm, on paper."""

from collections.abc import Iterator

import pytest

from tests.axe import COLOURS, violations
from tests.counts import trying
from tests.pages import ALL, PAGES, load, watch

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SCROLLING = """[...document.querySelectorAll("article *")].filter(box => box.clientWidth > 1 &&
    box.scrollWidth > box.clientWidth && /auto|scroll/.test(getComputedStyle(box).overflowX))"""


@pytest.fixture(scope="module", params=ALL)
def opened(browser, request) -> Iterator:
    """Each page opened once, from its file, on a wide light screen: its name, the tab, and what went wrong."""
    with browser.new_context(viewport=WIDE, offline=True) as context:
        tab = context.new_page()
        troubles = watch(tab, ("file:", "data:", "blob:"))
        load(tab, request.param)
        yield request.param, tab, troubles


@pytest.fixture(scope="module")
def phone(browser) -> Iterator:
    with browser.new_context(viewport=PHONE, offline=True) as context:
        yield context.new_page()


def test_pictures_have_a_description_and_mathematics_is_set(opened):
    _, tab, _ = opened
    # the small pictures on a player's time line decorate it: the large ones and the slider say the same in words
    bare = "[...document.querySelectorAll('article img')].filter(i => !i.alt.trim() && !i.closest('figure.sdi-player')).length"
    assert tab.evaluate(bare) == 0
    assert tab.evaluate("[...document.querySelectorAll('article img:not([alt])')].length") == 0
    assert tab.evaluate("[...document.querySelectorAll('article img')].filter(i => i.complete && !i.naturalWidth).length") == 0
    assert not tab.locator(".math").count() or tab.locator("mjx-container").count()


def test_nothing_jumps_while_a_page_loads(opened):
    _, tab, _ = opened
    shift = tab.evaluate(
        """() => {
             const observer = new PerformanceObserver(() => {});
             observer.observe({ type: "layout-shift", buffered: true });
             return observer.takeRecords().reduce((sum, entry) => sum + entry.value, 0);
           }"""
    )
    assert shift < 0.1  # what Web Vitals call good


def test_pages_fit_a_phone_and_what_is_wider_can_be_scrolled_to(opened):
    _, tab, _ = opened
    tab.set_viewport_size(PHONE)
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    stop = "box.tabIndex >= 0 || box.querySelector('a[href], button, [tabindex=\"0\"]')"
    left = f"{SCROLLING}.filter(box => !({stop})).map(box => box.outerHTML.slice(0, 200))"
    tries = f"for (let k = 0; k < 40 && {left}.length; k++) await new Promise(done => setTimeout(done, 50));"
    assert tab.evaluate(f"async () => {{ {tries} return {left}; }}") == []  # stops come a moment after a change of width
    # a picture is whole, or stands in a box that scrolls
    cut = """[...document.querySelectorAll("article img")].filter(image => image.getBoundingClientRect().right > innerWidth
        && !image.closest('[tabindex="0"]')).length"""
    assert tab.evaluate(cut) == 0


@trying("pages in axe-core: no violation of WCAG 2.2 AA in light, of its rules on colours in dark")
def test_axe_finds_no_violation_of_wcag_in_light(opened):
    opened[1].set_viewport_size(WIDE)
    assert violations(opened[1]) == []


@trying("pages in axe-core: no violation of WCAG 2.2 AA in light, of its rules on colours in dark")
def test_axe_finds_no_violation_of_wcag_in_dark(opened):
    _, tab, _ = opened
    tab.set_viewport_size(WIDE)
    tab.bring_to_front()  # what is not drawn may not hear of the change
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_selector("html[data-theme=dark]")
    assert violations(tab, COLOURS) == []


@trying("pages in Chromium, offline: no error, no request that leaves the page")
def test_pages_open_offline_without_errors(opened):
    """Nor did they while the tests above looked at them."""
    page, tab, troubles = opened
    assert troubles == []
    assert page not in PAGES or tab.locator("article h1").count() == 1


def test_axe_would_find_one(browser):
    """Whose text looks like others but for its colours: in an article, in a player, and in what stands beside every page."""
    with browser.new_context(viewport=WIDE, offline=True) as context:
        tab = context.new_page()
        load(tab, "half-way.html")
        for place in ("article p", "figure.sdi-player button", ".bd-sidebar-primary a"):
            tab.locator(place).nth(1).evaluate("node => (node.style = 'color: #777; background: #888')")
        assert sum(found.startswith("color-contrast") for found in violations(tab, COLOURS)) == 3
        tab.locator("article section").last.evaluate("node => (node.style = 'background: #888; color: #777')")
        assert len(violations(tab, COLOURS)) > 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_links_are_legible_under_the_mouse(scheme, browser):
    with browser.new_context(viewport=WIDE, offline=True, color_scheme=scheme) as context:
        tab = context.new_page()
        load(tab, "half-way.html")
        for place in (".bd-sidebar-primary .toctree-l1 > a", "article p a", ".bd-sidebar-secondary .toc-entry a", "a.right-next"):
            tab.locator(f"{place}:visible").first.hover()
            assert violations(tab, COLOURS, f"{place.split()[0]}:has(:hover)") == [], place


@pytest.mark.parametrize("page", ["index.html", "half-way.html"])
def test_everything_is_reached_by_tab(page, phone):
    load(phone, page)
    stops = """[...document.querySelectorAll("a[href], button, input, summary, [tabindex]")].filter(node =>
        node.tabIndex >= 0 && node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length)"""
    count = phone.evaluate(f"(window.left = new Set({stops})).size")
    for _ in range(count + 10):
        phone.keyboard.press("Tab")
        phone.evaluate("left.delete(document.activeElement)")
    assert phone.evaluate("[...left].map(node => node.outerHTML.slice(0, 200))") == []


def test_the_first_stop_skips_to_the_text(phone):
    load(phone, "half-way.html")
    phone.keyboard.press("Tab")
    assert phone.evaluate("document.activeElement.getAttribute('href')") == "#main-content"


def test_nothing_moves_for_those_who_want_calm(browser):
    with browser.new_context(reduced_motion="reduce", offline=True) as context:
        tab = context.new_page()
        load(tab, "index.html")
        moving = """[...document.querySelectorAll("*")].filter(node => {
            const style = getComputedStyle(node);
            return parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0;
        }).length"""
        assert tab.evaluate(moving) == 0
        assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
        time = tab.locator("figure.sdi-player output").first
        tab.wait_for_timeout(700)
        assert time.inner_text() == "t = 0.42"  # the cover does not move by itself
        tab.locator("figure.sdi-player .sdi-play").first.click()
        tab.wait_for_timeout(700)
        assert time.inner_text() == "t = 0.42"  # playing steps once a second


@pytest.mark.parametrize("width", [360, 1600])
def test_lines_are_neither_tiny_nor_endless(width, browser):
    with browser.new_context(viewport={"width": width, "height": 900}, offline=True) as context:
        tab = context.new_page()
        load(tab, "half-way.html")
        size, line = tab.evaluate(
            """() => {
                 const text = [...document.querySelectorAll("article section > p")].find(p => p.textContent.length > 200);
                 return [parseFloat(getComputedStyle(text).fontSize), text.getBoundingClientRect().width];
               }"""
        )
        assert size >= 16
        assert 280 <= line <= 110 * size / 2  # half a font size is about one letter


def test_a_page_prints(browser):
    with browser.new_context(offline=True) as context:
        tab = context.new_page()
        load(tab, "half-way.html")
        tab.emulate_media(media="print")
        for hidden in (".bd-sidebar-primary", ".bd-sidebar-secondary", ".article-header-buttons", ".prev-next-footer", ".copybtn"):
            assert not any(node.is_visible() for node in tab.locator(hidden).all()), hidden
        assert tab.locator("figure.sdi-player .sdi-stage").first.bounding_box()["height"] > 100
        code = tab.locator("article details.hide").all()
        assert code and not any(bar.is_visible() for bar in code)  # folded code takes no paper
        folded = "[...document.querySelectorAll('article details:not(.hide):not([open]) > :not(summary)')]"
        assert tab.evaluate(f"{folded}.length") > 0
        assert tab.evaluate(f"{folded}.filter(part => !part.checkVisibility() || !part.offsetHeight).length") == 0
        assert tab.evaluate(f"{SCROLLING}.length") == 0  # nothing is cut at the edge of the paper
        paper = tab.pdf()
        assert paper.startswith(b"%PDF") and paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") >= 2
