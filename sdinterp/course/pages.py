"""A page of the book as exercises, and as the statements that they need."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import jupytext

KINDS = ("check", "answer", "solution")
"""The tags of the cells that every exercise has."""
BEGUN = re.compile(r"^\*\*\d\. (\w+)\.\*\*", flags=re.M)
OURS = {*KINDS, "helper"}


class Exercise(NamedTuple):
    """What a page says between one bold number and the next."""

    page: str
    name: str
    kind: str
    text: str
    helpers: list[str]
    cells: dict[str, str]

    @property
    def answer(self) -> list[ast.stmt]:
        """The statements of the solution that its name needs: nothing of its assertions, nor of what is shown after the first."""
        statements = ast.parse(self.cells["solution"]).body
        end = next((k for k, one in enumerate(statements) if isinstance(one, ast.Assert)), len(statements))
        return needed(["\n".join(map(ast.unparse, statements[:end]))], [self.name])


def cells_of(page: Path) -> list[tuple[str, set[str]]]:
    """The code of a page, cell by cell, with each cell's tags."""
    cells = jupytext.read(page).cells
    return [(cell.source, set(cell.metadata.get("tags", []))) for cell in cells if cell.cell_type == "code"]


def exercises_of(page: Path) -> Iterator[Exercise]:
    """The exercises of a page whose cells are marked."""
    kind, text, helpers, cells = "", "", [], {}
    for cell in jupytext.read(page).cells:
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type == "markdown" and (begun := list(BEGUN.finditer(cell.source))):
            kind, text, helpers = begun[-1][1], cell.source[begun[-1].start() :], []
        helpers += [cell.source] if "helper" in tags else []
        cells |= {tag: cell.source for tag in tags if tag in KINDS}
        if "solution" in tags:
            name = re.search(r"check_(\w+)\(my_\1\)", cells["answer"])
            if not name:
                raise ValueError(f"{page.name}: the cell to answer in does not end with print(check_NAME(my_NAME))")
            yield Exercise(page.stem, name[1], kind, text, helpers, {tag: cells[tag] for tag in KINDS})
            cells = {}


def marked(book: Path) -> list[Path]:
    """The pages of a book whose exercises are marked."""
    return [page for page in sorted(book.glob("*.md")) if re.search(r"^:tags: \[answer", page.read_text(), flags=re.M)]


def title_of(page: Path) -> str:
    """The question at the head of a page."""
    heading = re.search(r"^# (.+)$", page.read_text(), flags=re.M)
    return heading[1] if heading else page.stem


def made_and_used(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement gives a value or changes in place, and those that it or a function in it reads."""
    top = symtable.symtable(ast.unparse(statement), "page", "exec")
    scopes, used = [top], set()
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        used |= {one.get_name() for one in scope.get_symbols() if one.is_referenced() and (scope is top or one.is_global())}
    made = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    if isinstance(statement, ast.For):  # what it goes through, and what its body makes first, is given before it is read
        used = _names(statement.iter) | _wanted_before_all(statement.body, set()) - _names(statement.target)
    return made | {name for node in ast.walk(statement) for name in _changed(node)}, used


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _changed(node: ast.AST) -> set[str]:
    """The name that a node changes in place: by `name[...] = ` or by `name.append(...)` and the like."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "extend", "update"):
        node = node.func.value
    elif not (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)):
        return set()
    while isinstance(node, ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _wanted_before(statement: ast.stmt, wanted: set[str]) -> set[str]:
    """The names that have to have a value before a statement, for some names to have theirs after it."""
    made, used = made_and_used(statement)
    whole = isinstance(statement, ast.Assign | ast.FunctionDef | ast.Import | ast.ImportFrom)
    return (wanted - made if whole and not made & used else wanted) | used


def _wanted_before_all(statements: Iterable[ast.stmt], wanted: set[str]) -> set[str]:
    for statement in reversed([*statements]):
        wanted = _wanted_before(statement, wanted)
    return wanted


def needed(sources: Iterable[str], names: Iterable[str], given: Iterable[str] = ()) -> list[ast.stmt]:
    """Those statements of some code, in its order, that some names need beside what is given.

    Args:
        sources: the code, cell by cell.
        names: what the statements have to give a value.
        given: names that have one already.
    """
    wanted, chosen = set(names), []
    for statement in reversed([statement for source in sources for statement in ast.parse(source).body]):
        made, _ = made_and_used(statement)
        changes = isinstance(statement, ast.Expr) and _changed(statement.value)
        if made & wanted and (changes or not isinstance(statement, ast.Expr | ast.Assert)):
            wanted = _wanted_before(statement, wanted) - set(given)
            chosen.append(statement)
    return chosen[::-1]


def setup_of(page: Path, exercises: Iterable[Exercise]) -> str:
    """What the exercises of a page need of the code before them: imports, clouds, prompts, the model, but no figures."""
    statements: list[ast.stmt] = []
    for one in exercises:
        statements += [statement for source in (*one.helpers, one.cells["check"]) for statement in ast.parse(source).body]
        statements += one.answer
    wanted = _wanted_before_all(statements, set())
    before = [source for source, tags in cells_of(page) if not tags & OURS]
    return "\n".join(ast.unparse(statement) for statement in needed(before, wanted))
