"""List every link of the built site that leads elsewhere, and the pages it stands on: to be tried by any link checker."""

from __future__ import annotations

import re
from collections import defaultdict
from html import unescape
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"


def external(site: Path) -> dict[str, list[str]]:
    """Each address outside the site with the pages that link to it."""
    found = defaultdict(set)
    for page in site.glob("*.html"):
        for address in re.findall(r'<a\b[^>]*\bhref="(https?://[^"]+)"', page.read_text()):
            found[unescape(address)].add(page.stem)
    return {address: sorted(pages) for address, pages in sorted(found.items())}


if __name__ == "__main__":
    for address, pages in external(SITE).items():
        print(f"{address}  ({', '.join(pages)})")
