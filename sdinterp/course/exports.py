"""A chapter's exercises for nbgrader and for Otter, each with solutions and hidden tests in the places that the tool asks for."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from sdinterp.course.handouts import Chapter, function_of, written
from sdinterp.course.pages import Exercise

NBGRADER_CONFIG = """c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "sdinterp"
c.ClearSolutions.code_stub = {"python": "# your code goes into the lines above"}
c.ExecutePreprocessor.timeout = 300
"""
OTTER_CONFIG = """# ASSIGNMENT CONFIG
init_cell: true
export_cell: false
check_all_cell: false
generate: true
tests:
  files: true
  ok_format: false"""


def nbgrader_notebook(chapter: Chapter, hidden: str) -> str:
    """The source of an assignment for `nbgrader generate_assignment`.

    Args:
        chapter: what to export.
        hidden: the code of its hidden tests.
    """
    cells = [_locked(chapter.setup, "setup")]
    for exercise in chapter.exercises:
        name, points = exercise.name, chapter.points
        cells.append(new_markdown_cell(exercise.text, metadata=_marks(f"text-{name}", locked=True)))
        cells += [_locked(source, f"helper-{name}-{k}") for k, source in enumerate(exercise.helpers)]
        cells.append(_locked(exercise.cells["check"], f"check-{name}"))
        solved = f"{_stub(exercise)}\n### BEGIN SOLUTION\n{_solved(exercise)}\n### END SOLUTION"
        cells.append(new_code_cell(solved, metadata=_marks(f"answer-{name}", solution=True)))
        worth = points["check"] + points["own"] if exercise.kind == "Implement" else points[exercise.kind]
        cells.append(new_code_cell(_test(name), metadata=_marks(f"test-{name}", grade=True, locked=True, points=worth)))
        if exercise.kind == "Implement":
            more = f"# more tests\n### BEGIN HIDDEN TESTS\n{_hidden(chapter, exercise, hidden)}\n### END HIDDEN TESTS"
            cells.append(new_code_cell(more, metadata=_marks(f"more-{name}", grade=True, locked=True, points=points["hidden"])))
    return written(chapter.page, cells)


def otter_notebook(chapter: Chapter, hidden: str) -> str:
    """The master notebook of an assignment for `otter assign`.

    Args:
        chapter: what to export.
        hidden: the code of its hidden tests.
    """
    cells = [new_raw_cell(OTTER_CONFIG), new_markdown_cell(f"# {chapter.title}"), new_code_cell(chapter.setup)]
    for exercise in chapter.exercises:
        name, points = exercise.name, chapter.points
        cells += [new_code_cell(source) for source in (*exercise.helpers, exercise.cells["check"])]
        cells += [
            new_raw_cell(f"# BEGIN QUESTION\nname: {name}"),
            new_markdown_cell(exercise.text),
            new_raw_cell("# BEGIN SOLUTION"),
        ]
        cells.append(
            new_code_cell(f'""" # BEGIN PROMPT\n{_quoted(_stub(exercise))}\n""" # END PROMPT\n{_no_prompt(_solved(exercise))}')
        )
        cells += [new_raw_cell("# END SOLUTION"), new_raw_cell("# BEGIN TESTS")]
        worth = points["check"] + points["own"] if exercise.kind == "Implement" else points[exercise.kind]
        cells.append(_otter_test("shown", [f"check_{name}", f"my_{name}"], _test(name), worth, hidden=False))
        if exercise.kind == "Implement":
            more = _hidden(chapter, exercise, hidden)
            cells.append(_otter_test("more", [f"my_{name}"], more, points["hidden"], hidden=True))
        cells += [new_raw_cell("# END TESTS"), new_raw_cell("# END QUESTION")]
    return written(chapter.page, cells)


def _stub(exercise: Exercise) -> str:
    """The cell to answer in, without the line that runs the check."""
    return exercise.cells["answer"].rpartition("print(check_")[0].rstrip()


def _solved(exercise: Exercise) -> str:
    return f"{function_of(exercise)}\nmy_{exercise.name} = {exercise.name}"


def _test(name: str) -> str:
    return f'said = check_{name}(my_{name})\nassert said == "Right.", said'


def _hidden(chapter: Chapter, exercise: Exercise, hidden: str) -> str:
    """Hidden tests as code that stands alone: it compares with the book's function."""
    name = exercise.name
    imports = "\n".join(line for line in chapter.setup.splitlines() if line.startswith(("import ", "from ")))
    return f"""{imports}
{chapter.own}
{hidden}
{function_of(exercise)}
for case, calls in CASES.items():
    for arguments in calls if isinstance(calls, list) else [calls]:
        given, wanted = (own_table(function(*arguments)) for function in (my_{name}, {name}))
        assert given.shape == wanted.shape and np.allclose(given, wanted, rtol=2e-3, atol=1e-5), case"""


def _marks(name: str, *, points: int | None = None, **kinds: bool) -> dict[str, Any]:
    marks = {"schema_version": 3, "grade_id": name, "task": False} | dict.fromkeys(("grade", "solution", "locked"), False) | kinds
    return {"nbgrader": marks | ({} if points is None else {"points": points})}


def _locked(source: str, name: str) -> NotebookNode:
    return new_code_cell(source, metadata=_marks(name, locked=True))


def _otter_test(name: str, arguments: list[str], body: str, points: int, *, hidden: bool) -> NotebookNode:
    config = f'""" # BEGIN TEST CONFIG\npoints: {points}\nhidden: {str(hidden).lower()}\n""" # END TEST CONFIG\n'
    inside = "\n".join(f"    {line}" if line else "" for line in body.splitlines())
    return new_code_cell(f"{config}def test_{name}({', '.join(arguments)}):\n{inside}\n")


def _quoted(text: str) -> str:
    return text.replace('"""', "'''")


def _no_prompt(text: str) -> str:
    return f"# BEGIN SOLUTION NO PROMPT\n{text}\n# END SOLUTION"
