"""The exercises of the book: each has a cell to answer in, says what is to do, and refuses what is wrong.

Of a page only the statements run that a check needs: no figure is drawn, and most need no model.
"""

import ast
import functools
import re
import symtable
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jupytext
import pytest

from tests.answers import TRIED

BOOK = Path(__file__).resolve().parent.parent / "book"
KINDS = ("check", "answer", "solution")


class Exercise(NamedTuple):
    """What a page says between one bold number and the next."""

    page: str
    name: str
    kind: str
    cells: dict[str, str]


@functools.cache
def cells_of(page: str) -> list[tuple[str, set[str]]]:
    """The code of a page, cell by cell, with each cell's tags."""
    cells = jupytext.read(BOOK / f"{page}.md").cells
    return [(cell.source, set(cell.metadata.get("tags", []))) for cell in cells if cell.cell_type == "code"]


def exercises_of(path: Path) -> Iterator[Exercise]:
    """The exercises of a page whose cells are marked."""
    kind, cells = "", {}
    for cell in jupytext.read(path).cells:
        begun = re.findall(r"^\*\*\d\. (\w+)\.\*\*", cell.source, flags=re.M) if cell.cell_type == "markdown" else []
        kind = begun[-1] if begun else kind
        cells |= {tag: cell.source for tag in cell.metadata.get("tags", []) if tag in KINDS}
        if "solution" in cell.metadata.get("tags", []):
            name = re.search(r"check_(\w+)\(my_\1\)", cells["answer"])[1]
            yield Exercise(path.stem, name, kind, cells)
            cells = {}


MARKED = [page for page in sorted(BOOK.glob("*.md")) if re.search(r"^:tags: \[answer", page.read_text(), flags=re.M)]
EXERCISES = [exercise for page in MARKED for exercise in exercises_of(page)]


def made_and_used(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement gives a value or changes in place, and those that it or a function in it reads."""
    top = symtable.symtable(ast.unparse(statement), "page", "exec")
    scopes, used = [top], set()
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        used |= {one.get_name() for one in scope.get_symbols() if one.is_referenced() and (scope is top or one.is_global())}
    made = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    places = [node for node in ast.walk(statement) if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
    return made | {place.value.id for place in places if isinstance(place.value, ast.Name)}, used


def space_for(page: str, *names: str, **given: Any) -> dict[str, Any]:
    """What the names of a page mean, after running those of its statements that they need beside what is given."""
    needed, chosen = set(names), []
    code = [cell for cell, tags in cells_of(page) if "answer" not in tags]
    for statement in reversed([statement for cell in code for statement in ast.parse(cell).body]):
        made, used = made_and_used(statement)
        if not isinstance(statement, ast.Expr | ast.Assert) and made & needed:
            whole = isinstance(statement, ast.Assign | ast.FunctionDef | ast.Import | ast.ImportFrom)
            needed = (needed - made if whole and not made & used else needed) | used - set(given)
            chosen.append(statement)
    space = dict(given)
    exec(compile(ast.Module(chosen[::-1], []), page, "exec"), space)
    return space


def is_a_sentence(text: object) -> bool:
    """Whether a check answered with a sentence that is no praise."""
    return isinstance(text, str) and text != "Right." and text[-1] in ".?!" and " " in text


@pytest.mark.parametrize("page", [page.stem for page in MARKED])
def test_a_page_has_three_exercises_in_the_marked_form(page):
    ours = [exercise for exercise in EXERCISES if exercise.page == page]
    assert [exercise.kind for exercise in ours] == ["Predict", "Implement", "Explore"]
    for exercise in ours:
        assert tuple(exercise.cells) == KINDS, exercise.name
        assert f"def check_{exercise.name}(" in exercise.cells["check"]
        assert re.search(rf"^(def )?my_{exercise.name}\b", exercise.cells["answer"], flags=re.M)
        assert f'assert check_{exercise.name}({exercise.name}) == "Right."' in exercise.cells["solution"]
        assert "print" not in exercise.cells["check"] and "my_" not in exercise.cells["solution"]
    for source, tags in cells_of(page):
        assert not tags & {"check", "solution"} or tags & {"hide-input", "hide-cell"}, source


@pytest.mark.parametrize("exercise", [one for one in EXERCISES if one.kind != "Implement"], ids=lambda one: one.name)
def test_an_empty_answer_is_told_what_to_do(exercise, capsys):
    exec(f"{exercise.cells['check']}\n{exercise.cells['answer']}", {})
    said = capsys.readouterr().out
    assert said.startswith("To do: ") and said.count("\n") == 1 and is_a_sentence(said.strip())


def test_every_implement_is_tried():
    assert {(one.page, one.name) for one in EXERCISES if one.kind == "Implement"} == {(one.page, one.name) for one in TRIED}


@pytest.mark.parametrize("tried", TRIED, ids=lambda one: one.name)
def test_right_answers_pass_and_wrong_ones_are_told_why(tried, capsys):
    space = space_for(tried.page, f"check_{tried.name}", tried.name, **tried.given())
    check = space[f"check_{tried.name}"]
    for answer in (space[tried.name], *tried.right):
        assert check(answer) == "Right."
    said = [check(answer) for answer in tried.wrong]
    assert len(said) >= 3 and all(map(is_a_sentence, said)), said
    assert not any(sentence.startswith("To do") for sentence in said), said
    answer = next(one.cells["answer"] for one in EXERCISES if (one.page, one.name) == (tried.page, tried.name))
    exec(answer, space)
    assert capsys.readouterr().out.startswith("To do: ")
