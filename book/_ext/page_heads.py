"""What search engines and chats read: a description and a card for each page; a sitemap once pyproject.toml names a Homepage."""

import re
import textwrap
from html import escape
from pathlib import Path

from docutils import nodes

PLACES = (nodes.section, nodes.block_quote, nodes.Admonition)


def description(doctree: nodes.document) -> str:
    """The first sentences of a page's text that say something: no TeX, no output of code, at most 200 characters."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if isinstance(paragraph.parent, PLACES) and len(text) >= 60 and "\\" not in text:
            start = re.match(r".{40,199}[.?!](?= |$)", text)
            return start[0] if start else textwrap.shorten(text, 200, placeholder=" …")
    return ""


def _head(app, page, template, context, doctree):
    book = app.config.html_title
    title = app.env.titles[page].astext() if page in app.env.titles else context.get("title", page)
    base = app.config.html_baseurl.rstrip("/")
    text = (doctree and description(doctree)) or f"{title} A page of the open book “{book}”."
    card = f"{base}/_static/card.png" if base else context["pathto"]("_static/card.png", resource=True)
    graph = {"type": "article", "site_name": book, "title": title, "description": text, "image": card}
    graph |= {"image:width": "1200", "image:height": "630", "image:alt": "Three strips of pictures between the same two prompts"}
    if base:
        graph["url"] = f"{base}/{page}.html"
    tags = [f'<meta name="description" content="{escape(text)}">', '<meta name="twitter:card" content="summary_large_image">']
    tags += [f'<meta property="og:{name}" content="{escape(value)}">' for name, value in graph.items()]
    if title == book:
        context["docstitle"] = ""  # or a browser's tab would name it twice
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def _sitemap(app, failure):
    base = app.config.html_baseurl.rstrip("/")
    if failure or not base:
        return
    pages = "".join(f"<url><loc>{escape(f'{base}/{page}.html')}</loc></url>\n" for page in sorted(app.env.found_docs))
    site = Path(app.outdir)
    site.joinpath("sitemap.xml").write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}</urlset>\n'
    )
    site.joinpath("robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap.xml\n")


def setup(app):
    """Called by Sphinx."""
    app.connect("html-page-context", _head)
    app.connect("build-finished", _sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
