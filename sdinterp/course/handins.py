"""What students hand in: a notebook or a small .py each. It is read here, and run elsewhere."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

GIVEN = {"setup", "helper", "check", "own"}
"""The tags of cells that a student is given; they are not run again."""
LARGEST, LONGEST = 20 << 20, 200_000
"""Bytes of a file, letters of the code in it."""


class HandIn(NamedTuple):
    """Where a student's answers to a chapter lie."""

    student: str
    page: str
    file: Path


def found_in(folder: Path, pages: Iterable[str], chapter: str | None = None) -> list[HandIn]:
    """The hand-ins of a folder: STUDENT/PAGE.ipynb or STUDENT/PAGE.py, and STUDENT.ipynb or STUDENT.py of one chapter.

    Args:
        folder: of a class.
        pages: the names of the chapters.
        chapter: of files that are not called after one.

    Raises:
        ValueError: there is none, or it is not clear to which chapter a file belongs.
    """
    pages, found = list(pages), {}
    for file in sorted(path for path in folder.glob("**/*") if _is_handin(path)):
        own = len(file.relative_to(folder).parts) > 1
        page = file.stem if file.stem in pages else chapter
        if page not in pages:
            raise ValueError(
                f"{file} is not called after a chapter; say which it answers: --chapter NAME, one of {', '.join(pages)}"
            )
        student = file.relative_to(folder).parts[0] if own else file.stem
        if (student, page) in found:
            raise ValueError(f"{student} handed in {found[student, page]} and {file}; leave one of them")
        found[student, page] = file
    if not found:
        raise ValueError(f"{folder} holds no notebooks and no .py")
    return [HandIn(student, page, file) for (student, page), file in found.items()]


def _is_handin(path: Path) -> bool:
    plain = path.is_file() and not path.is_symlink()
    return plain and path.suffix in (".ipynb", ".py") and ".ipynb_checkpoints" not in path.parts


def cells_in(file: Path) -> list[str]:
    """The code that a student wrote, cell by cell, without lines for the notebook's shell.

    Raises:
        ValueError: it is no notebook, or too large.
    """
    if file.stat().st_size > LARGEST:
        raise ValueError(f"the file has more than {LARGEST >> 20} MiB")
    text = file.read_text(encoding="utf-8", errors="replace")
    cells = _statements(text) if file.suffix == ".py" else _cells(text)
    if sum(map(len, cells)) > LONGEST:
        raise ValueError(f"it holds more than {LONGEST} letters of code")
    return cells


def _statements(text: str) -> list[str]:
    """The statements of a file, so that what goes wrong in one costs no other; all in one where it is no Python."""
    try:
        return [ast.unparse(statement) for statement in ast.parse(text).body]
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return [text]


def _cells(text: str) -> list[str]:
    try:
        cells: list[dict[str, Any]] = json.loads(text)["cells"]
        written = [cell for cell in cells if cell["cell_type"] == "code" and not GIVEN & set(cell["metadata"].get("tags", []))]
        return [_without_magic("".join(cell["source"])) for cell in written]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("the file is no notebook") from None


def _without_magic(source: str) -> str:
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in source.split("\n"))


def literal(cells: Iterable[str], name: str) -> Any:
    """The last value that is written out for a name; None where there is none. Nothing is run."""
    value = None
    for tree in _parsed(cells):
        for node in tree.body:
            if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
                try:
                    value = ast.literal_eval(node.value)
                except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                    value = None
    return value


def is_copy(cells: Iterable[str], solution: str) -> bool:
    """Whether a function of some code is one of the solution's, but for names and docstrings."""
    return bool(set(_shapes(cells)) & set(_shapes([solution])))


def _shapes(cells: Iterable[str]) -> Iterator[str]:
    for tree in _parsed(cells):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                with suppress(RecursionError):
                    yield ast.dump(_Renamed().visit(node))


def _parsed(cells: Iterable[str]) -> Iterator[ast.Module]:
    for source in cells:
        try:
            yield ast.parse(source)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue


class _Renamed(ast.NodeTransformer):
    """Names in the order in which they come, and no docstring."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.setdefault(node.id, f"name{len(self.names)}"), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.names.setdefault(node.arg, f"name{len(self.names)}"))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
        return self.generic_visit(ast.FunctionDef("function", node.args, body, [], None, None))  # type: ignore[return-value]
