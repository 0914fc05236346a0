"""The whole pack, from the book's folder: student notebooks, what grading needs, exports, quizzes."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from sdinterp.course.exports import NBGRADER_CONFIG, nbgrader_notebook, otter_notebook
from sdinterp.course.handouts import Chapter, chapter_of, grading_files, install_line, student_notebook
from sdinterp.course.pages import marked
from sdinterp.course.quiz import gift, qti, questions_of

SOURCES = ("book", "notebooks", "course", "tests", "build", "_build", ".git")
"""The folders of the book in which solutions, tests or grades lie: no student's code sees them while it is graded."""


def make_pack(root: Path, out: Path) -> Iterator[str]:
    """Write the pack of a book; yields a line for each part that is done.

    Args:
        root: the book's folder.
        out: the folder to write; what is in it is replaced.

    Raises:
        ValueError: there is no book, or a chapter lacks its minutes.
    """
    chapters, extras = chapters_of(root), tomllib.loads((root / "course" / "course.toml").read_text())["extras"]
    project = root / "pyproject.toml"
    address = tomllib.loads(project.read_text())["project"]["urls"].get("Repository") if project.exists() else None
    install = install_line(extras, address)
    _fresh(out)
    for chapter in chapters:
        _write(out / "student" / f"{chapter.page}.ipynb", student_notebook(chapter, install))
        for name, text in grading_files(chapter).items():
            _write(out / "grading" / name, text)
    yield f"{out / 'student'}: {len(chapters)} notebooks"
    shutil.copytree(root / "course" / "hidden", out / "hidden", ignore=shutil.ignore_patterns("__pycache__"))
    _write(out / "kept-away.txt", "".join(f"{(root / name).resolve()}\n" for name in SOURCES))
    yield f"{out / 'grading'}, {out / 'hidden'}: what grading needs; keep them to yourself"
    for chapter in chapters:
        hidden = (root / "course" / "hidden" / f"{chapter.page}.py").read_text()
        _write(out / "nbgrader" / "source" / chapter.page / f"{chapter.page}.ipynb", nbgrader_notebook(chapter, hidden))
        _write(out / "otter" / chapter.page / f"{chapter.page}.ipynb", otter_notebook(chapter, hidden))
    _write(out / "nbgrader" / "nbgrader_config.py", NBGRADER_CONFIG)
    yield f"{out / 'nbgrader'}, {out / 'otter'}: the same for these tools, with solutions"
    questions = [question for chapter in chapters for question in questions_of(chapter)]
    _write(out / "quiz" / "predict.gift", gift(questions))
    (out / "quiz" / "predict-qti.zip").write_bytes(qti(questions))
    yield f"{out / 'quiz'}: {len(questions)} questions of the Predict exercises"
    if (root / "course" / "rubric.md").exists():
        shutil.copy(root / "course" / "rubric.md", out / "rubric.md")
        yield f"{out / 'rubric.md'}: how to mark what is written about Explore"


def chapters_of(root: Path) -> list[Chapter]:
    """The chapters of a book with marked exercises."""
    if not (root / "book").is_dir():
        raise ValueError(f"{root} is not the book's folder: it holds no book/")
    table = tomllib.loads((root / "course" / "course.toml").read_text())
    return [chapter_of(page, root / "course", table) for page in marked(root / "book")]


def _fresh(folder: Path) -> None:
    """Empty a folder that an earlier run wrote, and refuse any other."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "kept-away.txt").exists():
        raise ValueError(f"{str(folder)!r} holds something else; choose another --out")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
