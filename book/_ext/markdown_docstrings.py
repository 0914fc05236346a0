"""Lets autodoc read docstrings written in Markdown with dollar mathematics: they are turned into reStructuredText first.

`code` becomes a literal, $x$ a formula in the line, $$x$$ a formula of its own; doctests are left as they are. The opening lines
that say where a thing comes from (Source, Chapter) are set in italics. Signatures lose the names of modules, and what only Python
can say of a default.
"""

from __future__ import annotations

import inspect
import re

MATHS = re.compile(r"\$\$(?P<block>.+?)\$\$|(?<![\\$])\$(?P<inline>[^$]+?)\$|(?<!`)`(?P<code>[^`]+?)`(?!`)", re.DOTALL)
LABEL = re.compile(r"(?m)(^|(?<=\. ))(Source|Chapter): ")


def converted(text: str) -> str:
    """A paragraph of a docstring as reStructuredText.

    >>> converted("the cost $C_p$ of `plan`, |x_")
    'the cost :math:`C_p` of ``plan``, \\\\|x\\\\_'
    """
    parts, at = [], 0
    for match in MATHS.finditer(text):
        parts.append(_plain(text[at : match.start()]))
        at = match.end()
        if match["block"]:
            indent = re.search(r"[^\n]*$", text[: match.start()]).group()
            margin = indent[: len(indent) - len(indent.lstrip())]
            lines = [line.strip() for line in match["block"].strip().splitlines()]
            body = "\n".join(f"{margin}   {line}" for line in lines)
            rest = re.match(r"[.,;:]?", text[at:]).group()  # punctuation after a formula belongs into it
            at += len(rest)
            parts.append(f"\n\n{margin}.. math::\n\n{body}{rest}\n\n{margin}")
        elif match["inline"]:
            parts.append(f":math:`{' '.join(match['inline'].split())}`" + _gap(text, at))
        else:
            parts.append(f"``{' '.join(match['code'].split())}``" + _gap(text, at))
    return "".join([*parts, _plain(text[at:])])


def _gap(text: str, at: int) -> str:
    """An escaped blank where a letter follows at once, which reStructuredText would not allow."""
    return "\\ " if text[at : at + 1].isalnum() else ""


def _plain(text: str) -> str:
    text = re.sub(r"(?<![\w*])\*+(?=[\s,.;)])", lambda stars: "\\*" * len(stars[0]), text.replace("|", "\\|"))
    text = re.sub(r"(?<=\w)_(?!\w)", r"\\_", text)
    return LABEL.sub(r"\1*\2:* ", text)


def _on_lines_of_their_own(lines, names):
    """Entries of a section, two of which may stand on one line: `seed: of the noise. steps: of the sampler.`"""
    name = "|".join(map(re.escape, names))
    return [part for line in lines for part in re.sub(rf"(?<=\.) (?=(?:(?:{name}), )*(?:{name}): )", "\n    ", line).split("\n")]


def _docstring(app, what, name, obj, options, lines):
    if names := _parameters_of(obj):
        lines[:] = _on_lines_of_their_own(lines, names)
    blocks = re.split(r"\n(?=[ \t]*\n)", "\n".join(lines))
    lines[:] = "\n".join(block if re.match(r"\s*>>> ", block) else converted(block) for block in blocks).splitlines()
    if what in ("attribute", "data", "property") and lines:
        # napoleon takes what is before a colon for a type, unless nothing more is on the line
        first = re.sub(r"^((?:``.+?``|[^`:])*:) ", r"\1\n", lines[0])
        lines[:1] = [] if first.startswith("Alias for field") else first.split("\n")


def _parameters_of(obj):
    try:
        return [*inspect.signature(obj).parameters]
    except (TypeError, ValueError):
        return []


def _signature(app, what, name, obj, options, signature, returns):
    def short(text):
        text = re.sub(r"<(?:[^<>]|<\w+>)+>", "...", text).replace("~", "")  # such as <factory>
        return re.sub(r"\b(?:jaxtyping|torch|numpy|pathlib|collections\.abc|typing|sdinterp(?:\.\w+)*)\.(?=[A-Za-z])", "", text)

    return (short(signature) if signature else signature, short(returns) if returns else returns)


def _parameters(app, page, template, context, doctree):
    """Parameters on lines of their own come as `dd` without `dt`, which no definition list may hold: a plain list says the same."""
    context["body"] = re.sub(
        r"<dl>\n(<dd>.*?)</dl>",
        lambda found: f'<ul class="sdi-parameters">\n{found[1].replace("<dd>", "<li>").replace("</dd>", "</li>")}</ul>',
        context.get("body", ""),
        flags=re.DOTALL,
    )


def setup(app):
    """Called by Sphinx."""
    app.connect("html-page-context", _parameters)
    app.connect("autodoc-process-docstring", _docstring, priority=400)  # before napoleon, at 500
    app.connect("autodoc-process-signature", _signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
