"""The built site, and the browser in which the tests read it."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"
ALL = sorted(page.name for page in SITE.glob("*.html"))
PAGES = [name for name in ALL if name not in ("genindex.html", "py-modindex.html", "search.html")]
"""The pages that someone wrote."""
ABORTED = "net::ERR_ABORTED"
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""The system's, without its windows where it is to be had: that takes half the time. None is Playwright's own."""


class Page(HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self, name: str):
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.assets: list[str] = []
        self.meta: dict[str, str] = {}
        self.feed(SITE.joinpath(name).read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.anchors.update(named[name] for name in ("id", "name") if name in named)
        if tag == "a" and "href" in named:
            self.links.append(named["href"])
        if tag == "link" and named.get("rel") != "canonical":
            self.assets.append(named.get("href", ""))
        if "src" in named:
            self.assets.append(named["src"])
        if tag == "meta" and "content" in named:
            self.meta[named.get("name") or named.get("property", "")] = named["content"]


def watch(tab, allowed: tuple[str, ...]) -> list[str]:
    """Collects a tab's errors, failed requests, and requests for anything but the allowed addresses.

    A request that the browser itself gave up is no trouble: a tab that moves on stops what is still on its way, an icon say.
    """
    troubles: list[str] = []
    tab.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("request", lambda request: None if request.url.startswith(allowed) else troubles.append(request.url))
    tab.on("response", lambda response: troubles.append(f"{response.status}: {response.url}") if response.status >= 400 else None)
    tab.on("requestfailed", lambda request: None if request.failure == ABORTED else troubles.append(f"failed: {request.url}"))
    return troubles


def load(tab, name: str) -> None:
    """Opens a page of the site from its file and waits until its letters are there and its mathematics is set."""
    tab.goto((SITE / name).as_uri())
    tab.evaluate("() => Promise.all([document.fonts.ready, window.MathJax?.startup.promise])")
