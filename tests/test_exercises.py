"""The exercises of the book: each has a cell to answer in, says what is to do, and refuses what is wrong.

Of a page only the statements run that a check needs: no figure is drawn, and most need no model.
"""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from sdinterp.course.pages import KINDS, cells_of, exercises_of, marked, needed
from sdinterp.exercises import compared
from tests.answers import TRIED

BOOK = Path(__file__).resolve().parent.parent / "book"
MARKED = [page.stem for page in marked(BOOK)]
EXERCISES = [exercise for page in MARKED for exercise in exercises_of(BOOK / f"{page}.md")]


def space_for(page: str, *names: str, **given: Any) -> dict[str, Any]:
    """What the names of a page mean, after running those of its statements that they need beside what is given."""
    code = [cell for cell, tags in cells_of(BOOK / f"{page}.md") if "answer" not in tags]
    chosen = needed(code, names, given)
    space = dict(given)
    exec(compile(ast.Module(chosen, []), page, "exec"), space)
    return space


def is_a_sentence(text: object) -> bool:
    """Whether a check answered with a sentence that is no praise."""
    return isinstance(text, str) and text != "Right." and text[-1] in ".?!" and " " in text


@pytest.mark.parametrize("page", MARKED)
def test_a_page_has_three_exercises_in_the_marked_form(page):
    ours = [exercise for exercise in EXERCISES if exercise.page == page]
    assert [exercise.kind for exercise in ours] == ["Predict", "Implement", "Explore"]
    for exercise in ours:
        assert tuple(exercise.cells) == KINDS, exercise.name
        assert f"def check_{exercise.name}(" in exercise.cells["check"]
        assert re.search(rf"^(def )?my_{exercise.name}\b", exercise.cells["answer"], flags=re.M)
        assert f'assert check_{exercise.name}({exercise.name}) == "Right."' in exercise.cells["solution"]
        assert "print" not in exercise.cells["check"] and "my_" not in exercise.cells["solution"]
    for source, tags in cells_of(BOOK / f"{page}.md"):
        assert not tags & {"check", "solution"} or tags & {"hide-input", "hide-cell"}, source


@pytest.mark.parametrize("exercise", [one for one in EXERCISES if one.kind != "Implement"], ids=lambda one: one.name)
def test_an_empty_answer_is_told_what_to_do(exercise, capsys):
    exec(f"{exercise.cells['check']}\n{exercise.cells['answer']}", {"compared": compared})
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
