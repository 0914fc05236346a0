"""The slides of the lectures: what the chapters define, state as a formula or a list, and show, as reveal.js decks by nbconvert."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbconvert.exporters import SlidesExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sdinterp.browser.runtime import NoRuntime, fetched
from sdinterp.course.handouts import LINK
from sdinterp.course.pages import OURS
from sdinterp.extras import MissingExtra

DECK = Path(__file__).parent / "deck"
NOT_TOLD = {"Exercises", "Further reading"}
"""The sections of every chapter that no lecture shows."""
MOST = 900
"""Letters of text on a slide; what is more goes on on the next."""
HEADING = re.compile(r"#{1,3} (.+)")
STANDS = re.compile(r"\*\*|\$\$|^(\||[-*] |\d+\. )", flags=re.M)
"""What a lecture puts on the wall: a term that is defined, a formula, a table, a list."""
POINTS = re.compile(r":(?=$|\n\n(?!\$\$|\||[-*] |\d+\. ))")
"""A colon that pointed at code, which no slide shows."""

BELOW = "*Which way from B to A?* Text and figures: CC BY 4.0. Space goes on, S opens the notes, ? shows the other keys."


class Week(NamedTuple):
    """What a lecture is about.

    Attributes:
        title: of the week.
        chapters: the names of its pages.
        without: headings of sections that are left out.
    """

    title: str
    chapters: list[str]
    without: list[str]


@dataclass
class Slide:
    """Text or a figure, below the heading of its section; what is said to it goes into the speaker's notes."""

    text: str = ""
    figure: NotebookNode | None = None
    notes: list[str] = field(default_factory=list)


def sections_of(page: NotebookNode) -> Iterator[tuple[str, list[str | NotebookNode]]]:
    """The sections of an executed page: each heading with its paragraphs and figures, in order, but no cell of an exercise."""
    heading, parts = "", []
    for part in _parts(page):
        if isinstance(part, str) and (begun := HEADING.fullmatch(part)):
            if heading:
                yield heading, parts
            heading, parts = begun[1], []
        else:
            parts.append(part)
    yield heading, parts


def _parts(page: NotebookNode) -> Iterator[str | NotebookNode]:
    for cell in page.cells:
        if cell.cell_type == "markdown":
            yield from _paragraphs(cell.source)
        elif cell.cell_type == "code" and not OURS & set(cell.metadata.get("tags", [])):
            for output in cell.outputs:
                data = output.get("data", {})
                if "text/markdown" in data:
                    yield from _paragraphs(data["text/markdown"])
                elif "<figure" in data.get("text/html", ""):
                    yield output


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a text, a formula together with the words before it; no folded proofs, no boxes."""
    text = LINK.sub(r"\1", re.sub(r"<details>.*?</details>", "", text, flags=re.S))
    blocks: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("$$") and blocks and not HEADING.fullmatch(blocks[-1]):
            blocks[-1] += f"\n\n{block}"
        elif block and not block.startswith(">"):
            blocks.append(block)
    return iter(blocks)


def slides_of(parts: list[str | NotebookNode]) -> list[Slide]:
    """The slides of a section: its figures and what stands between them; none where there is only talk and code."""
    slides: list[Slide] = []
    talk: list[str] = []
    for part in parts:
        if not isinstance(part, str):
            slides.append(Slide(figure=part))
        elif not STANDS.search(part):
            (slides[-1].notes if slides else talk).append(part)
        elif slides and slides[-1].text and len(slides[-1].text) + len(part) < MOST:
            slides[-1].text += f"\n\n{part}"
        else:
            slides.append(Slide(part))
    if slides:
        slides[0].notes[:0] = talk
    return slides


def deck(number: int, week: Week, pages: dict[str, NotebookNode]) -> NotebookNode:
    """A week's slides as a notebook whose cells say where they belong.

    Args:
        number: of the week.
        week: what is told in it.
        pages: executed chapters, by their names.

    Raises:
        ValueError: a section that is to be left out is in no chapter of the week.
    """
    title = f"Week {number}: {week.title}"
    told = {name: list(sections_of(pages[name])) for name in week.chapters}
    if missing := set(week.without) - {heading for sections in told.values() for heading, _ in sections}:
        raise ValueError(f"no chapter of week {number} has a section {min(missing)!r}; change course.toml")
    questions = [sections[0][0] for sections in told.values()]
    head = "\n".join([f"# {title}", *(f"- {question}" for question in questions), f"\n{BELOW}"])
    cells = [new_markdown_cell(head, metadata=_at("slide"))]
    for question, sections in zip(questions, told.values(), strict=True):
        for heading, parts in sections:
            if heading not in NOT_TOLD and heading not in week.without:
                above = f"# {heading}" if heading == question else f"{question}\n\n## {heading}"
                for k, slide in enumerate(slides_of(parts)):
                    text = f"{above}\n\n{POINTS.sub('.', slide.text)}"
                    cells.append(new_markdown_cell(text, metadata=_at("subslide" if k else "slide")))
                    if slide.figure:
                        cells.append(new_code_cell(outputs=[slide.figure], metadata=_at("-")))
                    if slide.notes:
                        cells.append(new_markdown_cell("\n\n".join(slide.notes), metadata=_at("notes")))
    return new_notebook(cells=cells, metadata={"title": title})


def _at(place: str) -> dict[str, dict[str, str]]:
    """The metadata by which nbconvert knows where a cell belongs."""
    return {"slideshow": {"slide_type": place}}


def make_slides(root: Path, out: Path) -> Iterator[str]:
    """Write the slides of a book's lectures, a page for each that holds all it needs; yields a line that says so, or why not.

    Args:
        root: the book's folder.
        out: a folder that `make_pack` wrote.

    Raises:
        ValueError: a section that is to be left out is in no chapter of its week.
    """
    weeks = [Week(**week) for week in tomllib.loads((root / "course" / "course.toml").read_text()).get("weeks", [])]
    built, folder = root / "_build", out / "slides"
    executed = {name: built / "jupyter_execute" / f"{name}.ipynb" for week in weeks for name in week.chapters}
    if not weeks:
        return
    if not all(file.exists() for file in executed.values()):
        yield f"{folder}: none yet; `make book` runs the chapters whose figures they show"
        return
    try:
        npm = fetched(root / "build" / "browser", DECK / "package-lock.json")
    except (NoRuntime, MissingExtra) as error:
        yield f"{folder}: none, as reveal.js is not to be had ({error})"
        return
    exporter = SlidesExporter(
        template_name=DECK.name, extra_template_basedirs=[str(DECK.parent)],
        extra_template_paths=[str(DECK), str(npm), str(built / "html" / "_static" / "mathjax")],
        exclude_input=True, exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True,
    )  # fmt: skip
    pages = {name: nbformat.read(file, 4) for name, file in executed.items()}
    folder.mkdir()
    for number, week in enumerate(weeks, 1):
        html, _ = exporter.from_notebook_node(deck(number, week, pages))
        (folder / f"week-{number}.html").write_text(html, encoding="utf-8")
    yield f"{folder}: {len(weeks)} lectures"
