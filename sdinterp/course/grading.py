"""Points for hand-ins: the book's checks run here and students' code elsewhere; between them goes plain data."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from sdinterp.course import wire
from sdinterp.course.asked import Asked, Lost
from sdinterp.course.handins import HandIn, cells_in, is_copy, literal
from sdinterp.course.own import own_numbers
from sdinterp.course.student import at_most, fork_students, said

LONGEST = 600
"""Letters of a sentence about a lost point."""


class Marks(NamedTuple):
    """What an exercise brought a student."""

    exercise: str
    kind: str
    points: float
    most: int
    lost: list[str]
    copied: bool = False


class Grader:
    """Grades a chapter, for any number of students.

    Args:
        course: the folder that `sdinterp course make` wrote.
        page: the chapter.
        tests: the folder of the hidden tests.
        hidden: folders that no student's code must see.
        seconds: how long a cell or a call of a student may take.
    """

    def __init__(self, course: Path, page: str, tests: Path, hidden: list[str], seconds: float):
        public = json.loads((course / "grading" / f"{page}.public.json").read_text())
        self.seconds = seconds
        space = _run({"__name__": "__main__"}, *public["setup"])
        self.orders, theirs = socket.socketpair()
        if os.fork() == 0:
            try:
                fork_students(theirs, space | {name: lambda answer: None for name in public["checks"]}, hidden)
            finally:
                os._exit(0)
        theirs.close()
        self.apart: bool = json.loads(wire.receive(self.orders))
        kept = json.loads((course / "grading" / f"{page}.kept.json").read_text())
        self.exercises, self.points, self.most = kept["exercises"], kept["points"], kept["most"]
        for exercise in self.exercises:
            _run(space, exercise["check"], *([exercise["function"]] if exercise["kind"] == "Implement" else []))
        self.space = space
        self.own = _run({"__name__": f"own {page}"}, kept["own"])
        self.tests = _run({"__name__": f"tests {page}"}, (tests / f"{page}.py").read_text())

    def close(self) -> None:
        """End the process that students' are forked from."""
        self.orders.close()

    def grade(self, handin: HandIn) -> list[Marks]:
        """The marks of a hand-in, exercise by exercise."""
        try:
            cells = cells_in(handin.file)
        except (OSError, ValueError) as error:
            why = [f"Nothing was graded: {error}."]
            return [Marks(one["name"], one["kind"], 0, self.most[one["kind"]], why) for one in self.exercises]
        with contextlib.closing(Asked(self.orders, cells, self.seconds)) as asked:
            return [self._marks(one, handin.student, cells, asked) for one in self.exercises]

    def _marks(self, exercise: dict[str, Any], student: str, cells: list[str], asked: Asked) -> Marks:
        name, lost, got = exercise["name"], [], 0.0
        asked.renew()
        if exercise["kind"] == "Implement":
            parts = {
                "check": lambda: self._check(exercise, asked.function(f"my_{name}")),
                "hidden": lambda: self._hidden(exercise, asked.function(f"my_{name}")),
                "own": lambda: self._own(exercise, student, literal(cells, f"own_{name}")),
            }
        else:
            parts = {exercise["kind"]: lambda: self._check(exercise, _plain(asked.value(f"my_{name}")))}
        for kind, part in parts.items():
            share, why = self._tried(part, asked)
            got += self.points[kind] * share
            if why and why not in lost:
                lost.append(why)
        copied = exercise["kind"] == "Implement" and is_copy(cells, exercise["function"])
        return Marks(name, exercise["kind"], round(got, 1), self.most[exercise["kind"]], lost, copied)

    def _tried(self, part: Callable[[], tuple[float, str]], asked: Asked) -> tuple[float, str]:
        """A share of points and why it is not all; nothing where the check could not be run on the answer."""
        try:
            with at_most(10 * self.seconds):
                share, why = part()
            return share, why if len(why) <= LONGEST else f"{why[:LONGEST]}…"
        except Lost as error:
            return 0.0, f"Running it: {error}."
        except TimeoutError:
            asked.stop("its check took too long")
            return 0.0, "The check took too long on the answer."
        except Exception as error:
            return 0.0, f"The check could make nothing of the answer ({said(error)})."

    def _check(self, exercise: dict[str, Any], answer: Any) -> tuple[float, str]:
        """The book's own check."""
        with torch.no_grad():
            verdict = self.space[f"check_{exercise['name']}"](answer)
        return (1.0, "") if verdict == "Right." else (0.0, str(verdict))

    def _hidden(self, exercise: dict[str, Any], function: Callable) -> tuple[float, str]:
        """The share of the hidden tests in which a function gives what the book's does."""
        wrong: dict[str, list[str]] = {}
        for name, calls in self.tests["CASES"].items():
            try:
                if all(self._agrees(exercise["name"], function, call) for call in (calls if isinstance(calls, list) else [calls])):
                    continue
                why = ""
            except Exception as error:  # the student's, or of own_table, where the result has another form
                why = f": {error}" if isinstance(error, Lost) else ""
            wrong.setdefault(why, []).append(name)
        count, cases = sum(map(len, wrong.values())), len(self.tests["CASES"])
        told = "; ".join(f"{', '.join(names)}{why}" for why, names in wrong.items())
        return 1 - count / cases, f"Wrong in {count} of {cases} more tests ({told})." if wrong else ""

    def _agrees(self, name: str, function: Callable, arguments: tuple) -> bool:
        """Whether a function gives what the book's gives."""
        wanted = self.own["own_table"](self.space[name](*arguments))
        given = np.asarray(self.own["own_table"](function(*arguments)), dtype=float)
        return given.shape == wanted.shape and np.allclose(given, wanted, rtol=2e-3, atol=1e-5)

    def _own(self, exercise: dict[str, Any], student: str, given: Any) -> tuple[float, str]:
        """The numbers for the student's own data, which are read and not run."""
        name = exercise["name"]
        wanted = own_numbers(name, student, self.space[name], self.own["own_inputs"], self.own["own_table"])
        if given is None:
            return 0.0, f"The list own_{name} is not written out as numbers."
        if not (isinstance(given, list) and len(given) == len(wanted) and all(type(one) in (int, float) for one in given)):
            return 0.0, f"What own_{name} holds is no list of {len(wanted)} numbers."
        if not np.allclose(given, wanted, rtol=2e-3, atol=1e-4):
            return 0.0, f"The list own_{name} does not belong to the data of {student!r}."
        return 1.0, ""


def _plain(answer: Any) -> Any:
    """Data as lists and Python's own numbers, so that no comparison with it gives more than one truth."""
    if isinstance(answer, np.ndarray | np.generic | torch.Tensor):
        return answer.tolist()
    if isinstance(answer, list | tuple):
        return type(answer)(map(_plain, answer))
    return {key: _plain(value) for key, value in answer.items()} if isinstance(answer, dict) else answer


def _run(space: dict[str, Any], *sources: str) -> dict[str, Any]:
    """Run code of the book among some names, and give them back with what it made."""
    with contextlib.redirect_stdout(io.StringIO()):
        for source in sources:
            exec(compile(source, "<book>", "exec"), space)
    return space
