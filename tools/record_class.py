"""Grade a class of sixty as a teacher does, and keep how long it took and what it brought, for the teachers' page.

`python tools/record_class.py CHAPTER...` makes the pack and the hand-ins in a folder of its own.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sdinterp.course.handouts import Chapter, function_of
from sdinterp.course.own import own_numbers
from sdinterp.course.pack import chapters_of
from sdinterp.study.run import circumstances

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "sdinterp" / "recorded" / "class.json"
BODIES = {
    "a wrong answer": "return 7.0",
    "an endless loop": "while True: pass",
    "an exit": "import os; os._exit(0)",
    "a fork bomb": "import os\n    while True: os.fork()",
    "a flood of output": "while True: print('Right.' * 10**6, flush=True)",
}
"""Bodies of an Implement that is not right."""
CLASS = {"the book's solutions": 30, "blanks": 10, **dict.fromkeys(BODIES, 1), "a wrong answer": 16}
"""Who is in the class: sixty."""


def space_of(chapter: Chapter) -> dict[str, Any]:
    """What the setup, the solution and the code for own data of a chapter define."""
    space: dict[str, Any] = {}
    functions = [function_of(exercise) for exercise in chapter.exercises if exercise.kind == "Implement"]
    exec("\n".join([chapter.setup, *functions, chapter.own]), space)
    return space


def solved(chapter: Chapter, student: str, space: dict[str, Any]) -> str:
    """The book's solutions to a chapter, with a student's own numbers, from what `space_of` gives."""
    lines = []
    for exercise in chapter.exercises:
        lines += [function_of(exercise), f"my_{exercise.name} = {exercise.name}"]
        if exercise.kind == "Implement":
            numbers = own_numbers(exercise.name, student, space[exercise.name], space["own_inputs"], space["own_table"])
            lines.append(f"own_{exercise.name} = {numbers}")
    return "\n".join(lines)


def handed_in(chapter: Chapter, kind: str, student: str, space: dict[str, Any]) -> str:
    """What a student of a kind hands in."""
    blank = "\n".join(exercise.cells["answer"] for exercise in chapter.exercises)
    (implement,) = (exercise.name for exercise in chapter.exercises if exercise.kind == "Implement")
    if kind == "the book's solutions":
        return solved(chapter, student, space)
    return f"{blank}\ndef my_{implement}(*_):\n    {BODIES[kind]}" if kind in BODIES else blank


def graded(pack: Path, folder: Path) -> tuple[float, list[dict[str, str]]]:
    """The seconds that `sdinterp course grade` takes, and the lines that it writes."""
    out = folder.with_suffix(".csv")
    start = time.perf_counter()
    command = [sys.executable, "-m", "sdinterp", "course", "grade", str(folder), "--course", str(pack), "--out", str(out)]
    subprocess.run(command, check=True, cwd=ROOT)
    seconds = time.perf_counter() - start
    with out.open() as stream:
        return seconds, list(csv.DictReader(stream))


def record(chapter: Chapter, pack: Path, folder: Path) -> dict[str, Any]:
    """Grade one blank, for the setup, and then the class."""
    space = space_of(chapter)
    students = {f"{kind} {number}": kind for kind, count in CLASS.items() for number in range(count)}
    for place, ours in (("one", {"blanks 0": "blanks"}), ("class", students)):
        for student, kind in ours.items():
            file = folder / place / student / f"{chapter.page}.py"
            file.parent.mkdir(parents=True)
            file.write_text(handed_in(chapter, kind, student, space))
    (alone, _), (together, rows) = (graded(pack, folder / place) for place in ("one", "class"))
    points: dict[str, set[float]] = {}
    for row in rows:
        points.setdefault(students[row["student"]], set()).add(float(row["points"]))
    worth = {kind: sorted(points[kind]) for kind in CLASS}
    return {
        "chapter": chapter.page, "title": chapter.title, "students": len(rows), "alone": round(alone, 1),
        "together": round(together, 1), "points": worth,
    }  # fmt: skip


def main(pages: list[str]) -> None:
    """Write `class.json`."""
    chapters, load = {chapter.page: chapter for chapter in chapters_of(ROOT)}, round(os.getloadavg()[0], 1)
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "sdinterp", "course", "make", "--out", f"{folder}/pack"], check=True, cwd=ROOT)
        made = round(time.perf_counter() - start, 1)
        rows = [record(chapters[page], Path(folder, "pack"), Path(folder, page)) for page in pages]
    kept = {"command": " ".join(["python tools/record_class.py", *pages]), "class": CLASS, "made": made, "rows": rows, "load": load}
    PLACE.write_text(json.dumps(kept | circumstances(), indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
