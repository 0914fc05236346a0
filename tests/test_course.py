"""The course pack: what is handed out holds no solution, and other tools take its exports."""

import ast
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import xmlschema

pytest.importorskip("jupytext")

from sdinterp.cli import main
from sdinterp.course.handins import _shapes
from sdinterp.course.handouts import function_of
from sdinterp.course.own import own_line, seed_of
from sdinterp.course.pack import chapters_of
from sdinterp.course.pages import made_and_used, needed
from sdinterp.course.quiz import QTI, gift, questions_of
from tests.chapters import CHAPTERS, ROOT

IMPLEMENT = [(chapter, one) for chapter in CHAPTERS for one in chapter.exercises if one.kind == "Implement"]
SCHEMA = Path(os.environ.get("QTI_SCHEMA") or ROOT / "tests" / "qti")
"""A folder with imscp_v1p1.xsd and imsqti_v2p1.xsd: ours, of what the quiz uses, or those of 1EdTech."""


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """The course pack, made by the command."""
    folder = tmp_path_factory.mktemp("course") / "pack"
    assert main(["course", "make", "--book", str(ROOT), "--out", str(folder)]) == 0
    return folder


def code_of(notebook: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]


def test_no_student_file_holds_a_solution(pack):
    assert {file.stem for file in (pack / "student").iterdir()} == {chapter.page for chapter in CHAPTERS}
    for chapter in CHAPTERS:
        cells = code_of(pack / "student" / f"{chapter.page}.ipynb")
        for exercise in chapter.exercises:
            own = [*_shapes([function_of(exercise)])]
            assert not set(own) & set(_shapes(cells)), exercise.name
            assert not re.search(rf"^(def )?{exercise.name}\b", "\n".join(cells), flags=re.M), exercise.name
            answer = next(cell for cell in cells if f"print(check_{exercise.name}(my_{exercise.name}))" in cell)
            assert "None" in answer
            long = [line for line in exercise.cells["solution"].splitlines() if len(line) > 40 and "check_" not in line]
            given = "\n".join(cells)
            assert not [line for line in long if line in given], exercise.name
        assert not re.search(r"\bhidden\b", given) and "CASES" not in given


def test_a_student_notebook_says_what_to_install_and_runs_but_for_the_answers(pack, capsys):
    cells = code_of(pack / "student" / "two-readings.ipynb")
    assert "%pip install" in cells[0]
    space: dict = {}
    for cell in cells:
        exec(cell, space)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 4 and all(line.startswith("To do: ") for line in said)


def test_making_it_anew_replaces_it_and_nothing_else(pack, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("")
    assert main(["course", "make", "--book", str(ROOT), "--out", str(tmp_path)]) == 2
    assert "holds something else" in capsys.readouterr().err and (tmp_path / "mine.txt").exists()
    assert main(["course", "make", "--book", str(tmp_path), "--out", str(tmp_path / "pack")]) == 2


def test_the_teachers_page_says_how_long_each_exercise_takes():
    table = tomllib.loads((ROOT / "course" / "course.toml").read_text())["minutes"]
    table = {page: minutes for page, minutes in table.items() if (ROOT / "book" / f"{page}.md").exists()}
    page = (ROOT / "book" / "teaching.md").read_text()
    said = re.findall(r"^\| \[[^]]+\]\(([\w-]+)\.md\) \| (\d+) \| (\d+) \| (\d+) \|$", page, flags=re.M)
    assert {name: list(map(int, minutes)) for name, *minutes in said} == table
    assert {chapter.page for chapter in CHAPTERS} <= table.keys()


def test_the_small_assignment_is_handed_out_and_needs_the_core_alone(tmp_path):
    root = ROOT / "course" / "couplings"
    (chapter,) = chapters_of(root)
    assert main(["course", "make", "--book", str(root), "--out", str(tmp_path / "pack")]) == 0
    cells = code_of(tmp_path / "pack" / "student" / "by-hand.ipynb")
    assert cells[0].splitlines()[1] == "# %pip install './FOLDER'"
    assert set(re.findall(r"^from (\w+)|^import (\w+)", "\n".join(cells), flags=re.M)) == {
        ("", "sdinterp"),
        ("", "numpy"),
        ("sdinterp", ""),
    }
    space: dict = {}
    exec(chapter.setup, space)
    for exercise in chapter.exercises:
        exec(exercise.cells["check"] + exercise.cells["solution"], space)


def test_a_loop_needs_nothing_that_it_makes_before_it_reads_it():
    loop = "for k in range(3):\n    strips = render(k)\n    lengths[k] = strips.length\n    last = last + strips"
    assert made_and_used(ast.parse(loop).body[0])[1] == {"range", "render", "lengths", "last"}
    page = ["strips = dear()", "lengths, last = {}, 0", loop]
    assert [ast.unparse(one) for one in needed(page, ["lengths"])] == ["lengths, last = ({}, 0)", loop]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.page)
def test_what_an_exercise_needs_is_no_figure_and_nothing_that_follows_its_assertion(chapter):
    assert not re.search(r"\bplots\.\w+\(|\bshown\.\w+\(", chapter.setup)
    for exercise in chapter.exercises:
        assert exercise.answer and not any(isinstance(one, ast.Assert) for one in exercise.answer)


@pytest.mark.parametrize(("chapter", "exercise"), IMPLEMENT, ids=[one.name for _, one in IMPLEMENT])
def test_every_implement_has_hidden_tests_and_two_students_different_data(chapter, exercise):
    hidden: dict = {"__name__": "hidden"}
    exec((ROOT / "course" / "hidden" / f"{chapter.page}.py").read_text(), hidden)
    assert len(hidden["CASES"]) >= 3
    space: dict = {}
    exec(chapter.own, space)
    first, again, other = (
        space["own_inputs"](np.random.default_rng(seed_of(exercise.name, who))) for who in ("Ada", "ada ", "Zoe")
    )
    parts = [
        [np.asarray(part).tolist() for call in calls for part in call if not callable(part)] for calls in (first, again, other)
    ]
    assert parts[0] == parts[1]
    assert parts[0] != parts[2] or any(callable(part) for call in first for part in call)


def test_own_numbers_want_a_name_and_a_function():
    inputs = lambda rng: [(rng.random(3),), (rng.random(3),)]  # noqa: E731
    assert own_line("f", " ", np.cumsum, inputs, np.asarray) == "To do: write your name or number at the top of the notebook."
    assert own_line("f", "ada", lambda x: None, inputs, np.asarray) == "To do: write my_f first."
    lines = [own_line("f", who, np.cumsum, inputs, np.asarray) for who in ("ada", "zoe")]
    assert lines[0].startswith("own_f = [") and lines[0] != lines[1] and len(ast.literal_eval(lines[0][8:])) == 2


def test_the_quiz_asks_what_the_predictions_ask(pack):
    questions = [question for chapter in CHAPTERS for question in questions_of(chapter)]
    text = (pack / "quiz" / "predict.gift").read_text()
    assert text == gift(questions) and text.count("\n::") == len(questions) >= 2 * len(CHAPTERS)
    assert "{TRUE}" in text and "{FALSE}" in text and "{#1:0.005}" in text and "{~larger =smaller ~same}" in text
    with zipfile.ZipFile(pack / "quiz" / "predict-qti.zip") as archive:
        names = archive.namelist()
        manifest = ET.fromstring(archive.read("imsmanifest.xml"))
        assert [one.get("href") for one in manifest.iter() if one.tag.endswith("}resource")] == names[1:]
        for name, question in zip(names[1:], questions, strict=True):
            right = ET.fromstring(archive.read(name)).find(f".//{{{QTI}}}correctResponse/{{{QTI}}}value")
            assert right.text in (str(question.answer), f"{question.answer:.6g}" if not isinstance(question.answer, str) else "")


def test_a_word_to_choose_is_among_those_that_a_question_offers():
    chapter = next(chapter for chapter in CHAPTERS if any(question.choices[:1] == ["larger"] for question in questions_of(chapter)))
    untold = [exercise._replace(text=exercise.text.replace('`"', "").replace('"`', "")) for exercise in chapter.exercises]
    with pytest.raises(ValueError, match="does not offer its answer"):
        list(questions_of(chapter._replace(exercises=untold)))


def test_the_quiz_is_valid_by_a_schema_of_qti(pack):
    files = [next(SCHEMA.rglob(name)) for name in ("imscp_v1p1.xsd", "imsqti_v2p1.xsd")]
    manifest, item = (xmlschema.XMLSchema(str(file), allow="local") for file in files)
    with zipfile.ZipFile(pack / "quiz" / "predict-qti.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    manifest.validate(texts.pop("imsmanifest.xml"))
    for text in texts.values():
        item.validate(text)
    spoilt = {"itemBody": "body", "baseType=": "basetype=", ' timeDependent="false"': "", '"single"': '"one"'}
    for mark in ("simpleChoice", "tolerance="):
        text = next(text for text in texts.values() if mark in text)
        for right, wrong in spoilt.items():
            assert item.is_valid(text) and right in text and not item.is_valid(text.replace(right, wrong))


def run(folder: Path, *command: str) -> str:
    """What another tool's command prints."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fill_in(notebook: Path, page: str) -> None:
    """Write the book's Implement into a notebook, and leave the rest blank."""
    book = json.loads(notebook.read_text())
    exercise = next(one for chapter, one in IMPLEMENT if chapter.page == page)
    for cell in book["cells"]:
        if f"def my_{exercise.name}(" in "".join(cell["source"]):
            cell["source"] = f"{function_of(exercise)}\nmy_{exercise.name} = {exercise.name}"
    notebook.write_text(json.dumps(book))


def test_nbgrader_takes_and_grades_its_export(pack, tmp_path):
    course, page = tmp_path / "nbgrader", "two-readings"
    shutil.copytree(pack / "nbgrader", course)
    run(course, "nbgrader", "generate_assignment", page)
    release = course / "release" / page / f"{page}.ipynb"
    assert "return_counts" not in release.read_text() and "CASES" not in release.read_text()
    for student in ("ada", "blank"):
        (course / "submitted" / student).mkdir(parents=True)
        shutil.copytree(course / "release" / page, course / "submitted" / student / page)
    fill_in(course / "submitted" / "ada" / page / f"{page}.ipynb", page)
    run(course, "nbgrader", "autograde", page)
    run(course, "nbgrader", "export")
    with (course / "grades.csv").open() as stream:
        scores = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(stream)}
    assert scores == {"ada": (6.0, 10.0), "blank": (0.0, 10.0)}


def test_otter_takes_and_grades_its_export(pack, tmp_path):
    page = "two-readings"
    folder = tmp_path / "otter"
    shutil.copytree(pack / "otter" / page, folder)
    run(folder, "otter", "assign", f"{page}.ipynb", "dist")
    release = folder / "dist" / "student" / f"{page}.ipynb"
    assert "return_counts" not in release.read_text() and "CASES" not in release.read_text()
    (zipped,) = (folder / "dist" / "autograder").glob("*.zip")
    for student, points in (("ada", 6), ("blank", 0)):
        work = folder / student
        work.mkdir()
        shutil.copy(release, work)
        if student == "ada":
            fill_in(work / release.name, page)
        run(work, "otter", "run", release.name, "--autograder", str(zipped), "--output-dir", ".")
        results = json.loads((work / "results.json").read_text())
        scores = {test["name"]: test["score"] for test in results["tests"] if "score" in test}
        assert scores == {"swaps": 0, "measure": points, "tightest": 0}, results
