"""The HTML and SVG that the package writes, as templates beside this file: the door to Jinja2."""

from __future__ import annotations

from html import escape

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sdinterp import looks


def filled(name: str, /, **values: object) -> str:
    """A template with each of its places filled; what it does not mark as safe is escaped.

    >>> "<figcaption>1 &lt; 2</figcaption>" in filled("pictures.html", rows=[], caption="1 < 2")
    True
    """
    return _TEMPLATES.get_template(f"{name}.j2").render(values)


def _escaped(value: object) -> str:
    return value if isinstance(value, Markup) else escape(str(value))


_TEMPLATES = Environment(
    loader=PackageLoader(__name__, ""), finalize=_escaped, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.globals.update(SOURCE=looks.SOURCE, TARGET=looks.TARGET, GREY=looks.GREY, TOKENS=looks.tokens())
_TEMPLATES.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
