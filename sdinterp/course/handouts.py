"""A chapter's exercises as a notebook for students, and as what grading needs."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sdinterp.course.pages import Exercise, exercises_of, setup_of, title_of
from sdinterp.extras import DISTRIBUTION

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")


class Chapter(NamedTuple):
    """A page of the book as something to hand out.

    Attributes:
        page: its name.
        title: its question.
        setup: code that the exercises need.
        exercises: three of them.
        own: code for the students' own data, which defines `own_inputs` and `own_table`.
        points: what the parts of the exercises are worth.
        minutes: how long each exercise takes.
    """

    page: str
    title: str
    setup: str
    exercises: list[Exercise]
    own: str
    points: dict[str, int]
    minutes: list[int]

    def worth(self, kind: str) -> int:
        """The points of an exercise."""
        return sum(self.points[part] for part in (("check", "hidden", "own") if kind == "Implement" else (kind,)))


def chapter_of(page: Path, course: Path, table: dict[str, Any]) -> Chapter:
    """Read a chapter from its page, its code for own data, and the table of points and minutes."""
    if page.stem not in table["minutes"]:
        raise ValueError(f"{page.stem} has no minutes in course.toml; add a line with three numbers")
    own = ast.parse((course / "own" / page.name).with_suffix(".py").read_text())
    own.body = own.body[1:]
    exercises = list(exercises_of(page))
    return Chapter(
        page.stem,
        title_of(page),
        setup_of(page, exercises),
        exercises,
        ast.unparse(own),
        table["points"],
        table["minutes"][page.stem],
    )


def function_of(exercise: Exercise) -> str:
    """The statements of a solution that define its name, without checks and what is printed."""
    return "\n".join(map(ast.unparse, exercise.answer))


def install_line(extras: str, repository: str | None) -> str:
    """The line that installs the package in a notebook, from its address if it has one.

    >>> install_line("study", None)
    "%pip install './FOLDER[study]'"
    """
    wanted = f"[{extras}]" if extras else ""
    return f'%pip install -q "{DISTRIBUTION}{wanted} @ git+{repository}"' if repository else f"%pip install './FOLDER{wanted}'"


def student_notebook(chapter: Chapter, install: str) -> str:
    """The notebook of a chapter that a student answers in; no solution is in it.

    Args:
        chapter: what to hand out.
        install: the line that installs the package.
    """
    needs = (
        f"# This needs Python 3.11 or newer and the book's package. To install it, take the sign # from the next line.\n# {install}"
    )
    head = f"# {chapter.title}\n\nAnswer in the cells that say so, run the checks as often as you like, and hand this file in."
    cells = [_tagged(f"{needs}\nimport sdinterp", "setup"), new_markdown_cell(head)]
    cells.append(_tagged('# Your name or number, as your teacher has it. Your own data come from it.\nstudent = ""', "name"))
    cells.append(_tagged(chapter.setup, "setup", folded=True))
    for exercise, minutes in zip(chapter.exercises, chapter.minutes, strict=True):
        text = LINK.sub(r"\1", exercise.text)
        worth = chapter.worth(exercise.kind)
        cells.append(new_markdown_cell(f"{text}\n\n*{worth} point{'s' * (worth > 1)}, about {minutes} minutes*"))
        cells += [_tagged(source, "helper") for source in exercise.helpers]
        cells.append(_tagged(exercise.cells["check"], "check", folded=True))
        cells.append(_tagged(exercise.cells["answer"], "answer"))
        if exercise.kind == "Implement":
            cells += _own_cells(exercise.name, chapter.own)
    return written(chapter.page, cells, sdinterp={"chapter": chapter.page})


def _own_cells(name: str, own: str) -> list[NotebookNode]:
    """A cell that prints a student's numbers, and one to copy them into."""
    line = f'print(own_line("{name}", student, my_{name}, own_inputs, own_table))'
    return [
        new_markdown_cell("Now on your own data: run the first cell, and copy the line that it prints into the second."),
        _tagged(f"from sdinterp.course.own import own_line\n{own}\n\n\n{line}", "own"),
        _tagged(f"own_{name} = None  # the line that the cell above prints", "answer"),
    ]


def _tagged(source: str, tag: str, *, folded: bool = False) -> NotebookNode:
    return new_code_cell(source.strip("\n"), metadata={"tags": [tag]} | ({"jupyter": {"source_hidden": True}} if folded else {}))


def written(page: str, cells: list[NotebookNode], **metadata: Any) -> str:
    """A notebook as text, with ids that do not change from one making to the next."""
    for number, cell in enumerate(cells):
        cell.id = f"{page}-{number}"
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL} | metadata)
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def grading_files(chapter: Chapter) -> dict[str, str]:
    """What grading reads: a file that a student's process may know, and one that it may not."""
    helpers = [source for exercise in chapter.exercises for source in exercise.helpers]
    public = {"setup": [chapter.setup, *helpers], "checks": [f"check_{exercise.name}" for exercise in chapter.exercises]}
    exercises = [
        {"name": one.name, "kind": one.kind, "check": one.cells["check"], "function": function_of(one)} for one in chapter.exercises
    ]
    most = {one.kind: chapter.worth(one.kind) for one in chapter.exercises}
    kept = {"exercises": exercises, "points": chapter.points, "most": most, "own": chapter.own}
    return {f"{chapter.page}.public.json": json.dumps(public, indent=1), f"{chapter.page}.kept.json": json.dumps(kept, indent=1)}
