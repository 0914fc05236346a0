"""Puts the bundled model for the reader's browser into the site, and its scripts into the pages that paint with it."""

from pathlib import Path

from sphinx.util import logging

PAGE = "live"


def _script(app, page, template, context, doctree):
    if page == PAGE:
        app.add_css_file("live/live.css")
        app.add_js_file("live/live.js", loading_method="defer")
    elif 'class="sdi-live-here"' in context.get("body", ""):
        app.add_js_file("live/here.js", loading_method="defer")


def _write(app, failure):
    if failure or PAGE not in app.env.found_docs:
        return
    from sdinterp.browser.assets import write_assets

    cache = Path(app.srcdir).parent / "build" / "browser"
    if missing := write_assets(Path(app.outdir, "_static"), cache):
        logging.getLogger(__name__).info(missing)


def setup(app):
    """Called by Sphinx."""
    app.connect("html-page-context", _script)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
