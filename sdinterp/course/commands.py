"""The commands `sdinterp course make` and `sdinterp course grade`."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import closing
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdinterp.checks import at_home
from sdinterp.files import whole

if TYPE_CHECKING:
    from sdinterp.course.grading import Marks
    from sdinterp.course.handins import HandIn

PACK = Path("build") / "course"
SECONDS = 30.0
"""How long a cell or a call of a student may take."""


def add_course(commands: Any) -> None:
    """Add `course` with its own commands to the commands of the parser."""
    course = commands.add_parser("course", help="hand the book's exercises out, and grade them")
    course.set_defaults(extra="course")
    within = course.add_subparsers(required=True, metavar="COMMAND")
    make = within.add_parser("make", help="write notebooks for students, exports, quizzes and slides, from the book's folder")
    make.add_argument("--book", type=at_home, default=Path("."), metavar="DIR", help="the folder of the book (default: this one)")
    make.add_argument("--out", type=at_home, default=PACK, metavar="DIR", help="folder to write (default: %(default)s)")
    make.set_defaults(run=_make)
    grade = within.add_parser(
        "grade", help="mark what students handed in",
        description="Mark notebooks or .py files: FOLDER/STUDENT/CHAPTER.ipynb, or FOLDER/STUDENT.ipynb with --chapter. "
        "Checks and hidden tests run here, students' code in processes that may do little; in a container is safer.",
    )  # fmt: skip
    grade.add_argument("folder", type=at_home, metavar="FOLDER", help="what the class handed in")
    grade.add_argument("--chapter", metavar="NAME", help="of files that are not called after one")
    grade.add_argument(
        "--course", type=at_home, default=PACK, metavar="DIR", help="what `course make` wrote (default: %(default)s)"
    )
    grade.add_argument("--tests", type=at_home, metavar="DIR", help="hidden tests (default: those of the book's folder)")
    grade.add_argument("--out", type=at_home, default=Path("grades.csv"), metavar="FILE", help="to write (default: %(default)s)")
    grade.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help="for a cell or a call (default: %(default)s)")
    grade.set_defaults(run=_grade)


def _make(options: argparse.Namespace) -> None:
    from sdinterp.course.pack import make_pack
    from sdinterp.course.slides import make_slides

    for line in chain(make_pack(options.book, options.out), make_slides(options.book, options.out)):
        sys.stdout.write(f"{line}\n")


def _grade(options: argparse.Namespace) -> None:
    from sdinterp.course.handins import found_in

    pages = sorted(file.name.removesuffix(".kept.json") for file in (options.course / "grading").glob("*.kept.json"))
    if not pages:
        raise ValueError(f"{options.course} holds no course; run `sdinterp course make` in the book's folder first")
    if not hasattr(os, "fork"):
        raise ValueError("grading needs Linux, macOS, or Windows' subsystem for Linux")
    tests = options.tests or options.course / "hidden"
    handins = found_in(options.folder, pages, options.chapter)
    kept_away = (options.course / "kept-away.txt").read_text().splitlines()
    hidden = [*kept_away, *(str(folder.resolve()) for folder in (options.course, options.folder, tests))]
    rows: list[tuple[HandIn, list[Marks]]] = []
    os.environ["OMP_NUM_THREADS"] = "1"  # a process of several threads cannot be forked safely
    for page in sorted({handin.page for handin in handins}):
        ours = [handin for handin in handins if handin.page == page]
        try:
            with ProcessPoolExecutor(1, get_context("spawn")) as own:  # so that no process inherits what another knows
                rows += own.submit(_grade_chapter, options.course, page, tests, hidden, options.seconds, ours).result()
        except BrokenExecutor:
            raise ValueError(f"grading of {page} came to an end before its time") from None
    write_grades(options.out, rows)
    sys.stdout.write(f"{options.out}: {len(rows)} hand-ins of {len({handin.student for handin, _ in rows})} students\n")


def _grade_chapter(
    course: Path, page: str, tests: Path, hidden: list[str], seconds: float, handins: list[HandIn]
) -> list[tuple[HandIn, list[Marks]]]:
    from sdinterp.course.confined import spare_memory
    from sdinterp.course.grading import Grader

    with closing(Grader(course, page, tests, hidden, seconds)) as grader:
        if not grader.apart:
            sys.stderr.write("sdinterp: students' code shares your network and files here; grade in a container\n")
        spare_memory()
        return [(handin, grader.grade(handin)) for handin in handins]


def write_grades(file: Path, rows: Iterable[tuple[HandIn, list[Marks]]]) -> None:
    """Write a line for each hand-in: the points, why some are lost, and what to look at."""
    with whole(file) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["student", "chapter", "points", "of", "predict", "implement", "explore", "lost", "look at"])
        for handin, marks in sorted(rows, key=lambda row: (row[0].student, row[0].page)):
            by_kind = {one.kind: f"{one.points:g}" for one in marks}
            lost = " ".join(f"{one.kind}: {' '.join(one.lost)}" for one in marks if one.lost)
            copied = "the same as the book's solution" if any(one.copied for one in marks) else ""
            points, most = sum(one.points for one in marks), sum(one.most for one in marks)
            kinds = [by_kind.get(kind, "") for kind in ("Predict", "Implement", "Explore")]
            table.writerow([_safe(handin.student), handin.page, f"{points:g}", most, *kinds, _safe(lost), copied])


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
