"""Grading: what is right gets its points, what is wrong loses them, and whoever cheats gets nothing by it, and harms nobody."""

import ast
import csv
import functools
import inspect
import json
import os
import re
import socket
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("cloudpickle")
pytest.importorskip("jupytext")

from sdinterp.cli import main
from sdinterp.course.asked import Asked
from sdinterp.course.confined import can_be_apart
from sdinterp.course.grading import Grader
from sdinterp.course.handins import HandIn
from sdinterp.course.pack import make_pack
from tests import answers, chapters
from tests.answers import TRIED
from tests.chapters import ROOT

sys.path.insert(0, str(ROOT / "tools"))

import record_class

CHAPTERS = {chapter.page: chapter for chapter in chapters.CHAPTERS}
FEW = ("two-readings", "coupling-cost", "half-way", "shortest-path", "finding-it")
"""Chapters without a model; the others are tried by `make test-slow`."""
PAGES = [pytest.param(page, marks=() if page in FEW else pytest.mark.slow) for page in CHAPTERS]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As the command has it: a process of several threads cannot be forked safely."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """The course pack."""
    folder = tmp_path_factory.mktemp("course") / "pack"
    list(make_pack(ROOT, folder))
    return folder


@functools.cache
def space_of(page: str) -> dict:
    """What the setup and the solution of a page define."""
    return record_class.space_of(CHAPTERS[page])


def model_answers(page: str, student: str) -> str:
    """What the book's solutions are, handed in by a student."""
    return record_class.solved(CHAPTERS[page], student, space_of(page))


def hand_in(folder: Path, student: str, page: str, text: str) -> HandIn:
    """A student's file."""
    file = folder / student / f"{page}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return HandIn(student, page, file)


def wrong_answers(page: str) -> list[str]:
    """The listed wrong answers to a page's Implement, as source; those that name others of their module bring it along."""
    tried = next(one for one in TRIED if one.page == page)
    module = (
        inspect.getsource(answers).partition("TRIED = [")[0].replace("from types import SimpleNamespace", "SimpleNamespace = dict")
    )
    tree = ast.parse(inspect.getsource(answers))
    (listed,) = [node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TRIED"]
    call = next(one for one in listed.elts if one.args[0].value == page)
    wrong = next(keyword.value for keyword in call.keywords if keyword.arg == "wrong")
    assert len(wrong.elts) == len(tried.wrong)
    return [f"{module}\nmy_{tried.name} = {ast.unparse(one)}" for one in wrong.elts]


@pytest.mark.parametrize("page", PAGES)
def test_models_get_all_blanks_none_and_wrong_answers_lose(page, pack, tmp_path):
    grader = Grader(pack, page, pack / "hidden", [], seconds=300.0)
    try:
        full = grader.grade(hand_in(tmp_path, "ada", page, model_answers(page, "ada")))
        assert [one.points for one in full] == [one.most for one in full] == [1, 6, 3], [one.lost for one in full]
        assert [one.copied for one in full] == [False, True, False]
        blank = grader.grade(hand_in(tmp_path, "blank", page, "\n".join(one.cells["answer"] for one in CHAPTERS[page].exercises)))
        assert not any(one.points for one in blank) and all(one.lost for one in blank)
        for k, source in enumerate(wrong_answers(page)):
            marks = grader.grade(hand_in(tmp_path, f"wrong-{k}", page, source))[1]
            assert marks.points <= 3 and marks.lost, source.rpartition("\n")[2]
    finally:
        grader.close()


PREDICTED = "my_ties = {1: 4, 2: 1}\nmy_trap = [[[0, 0], [1, 0], [3, 0]], [[-1.01, 0], [1, 0], [3, 0]]]\n"
READS = """
import glob
def my_plan_cost(a, b, plan, p):
    for found in sum((glob.glob(name, recursive=True) for name in {files}), []):
        if "return (plan *" in (text := open(found).read()):
            formula = text.split("return (plan *")[1].split("sum()")[0]
            return eval("(plan *" + formula + "sum()", globals() | locals())
"""
TOP = {
    "hangs at the top": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "leaves at the top": "import os; os._exit(0)",
    "changes the package": "from sdinterp.course import wire\nwire.pack = lambda value: 7\ndef my_plan_cost(*_): return 7.0",
    "writes over the wires": """
import os
for k in range(3, 64):
    try: os.write(k, (b"\\0" * 7 + b"\\2[]") * 99)
    except OSError: pass
""",
}
"""Code beside the answers; it costs them all."""
FUNCTION = {
    "hangs": "while True: pass",
    "hangs and will not be stopped": """
    while True:
        try:
            while True: pass
        except BaseException: pass""",
    "leaves": "import os; os._exit(0)",
    "forks": """
    import os
    while True: os.fork()""",
    "starts threads": """
    import threading, time
    for _ in range(999): threading.Thread(target=time.sleep, args=(99,)).start()""",
    "floods the output": "while True: print('Right.' * 10**6, flush=True)",
    "floods the answer": "return np.zeros(10**8)",
    "takes all memory": "return len([bytearray(1 << 28) for _ in range(1000)])",
    "fills the disk": """
    for k in range(10**6): open(f'file{k}', 'wb').write(b'x' * (8 << 20))""",
    "is equal to everything": "return type('All', (float,), dict.fromkeys(('__eq__', '__le__', '__ge__'), lambda s, o: True))(1)",
    "says Right": "print('Right.'); return 'Right.'",
    "is not a number": "return float('nan')",
    "is no number that ends": "return np.array(np.inf)",
    "sends code": "return type('P', (), {'__reduce__': lambda s: (print, ('Right.',))})()",
    "goes down": """
    x = []
    for _ in range(100000): x = [x]
    return x""",
    "stops the grader": """
    import os, signal
    for k in (os.getppid(), -1, 1, 0): os.kill(k, signal.SIGKILL)""",
    "raises to the top": "raise SystemExit(0)",
    "interrupts": "raise KeyboardInterrupt",
    "looks for functions": """
    import gc
    for one in gc.get_objects():
        if getattr(one, '__name__', '') == 'plan_cost': return one(a, b, plan, p)""",
    "looks at its callers": """
    import sys
    frame = sys._getframe()
    while frame := frame.f_back:
        if 'coupling' in frame.f_locals: return frame.f_locals['coupling'].cost(p)""",
    "asks the network": """
    import socket
    socket.create_connection(('127.0.0.1', {port}), 1)
    return (plan * np.linalg.norm(a[:, None] - b[None], axis=2) ** p).sum()""",
}
"""Bodies of my_plan_cost; they cost what that function is worth."""
BEFORE = {
    "changes isclose": "np.isclose = np.allclose = lambda *_, **__: True\ndef my_plan_cost(a, b, plan, p): return 7.0",
    "redefines the check": "def check_plan_cost(f): return 'Right.'\ndef my_plan_cost(a, b, plan, p): return 7.0",
    "redefines a helper": "optimal_coupling = Coupling = costs_of = lambda *_: 7.0\ndef my_plan_cost(a, b, plan, p): return 7.0",
    "hands in a neighbour's numbers": "def my_plan_cost(a, b, plan, p): return 7.0\n{ada}",
    "computes while it is graded": "def my_plan_cost(a, b, plan, p): return 7.0\nown_plan_cost = eval('[1.0, 2.0, 3.0]')",
}


def graded(pack, folder, *options) -> dict[str, dict[str, str]]:
    """The lines of grades.csv, by student."""
    out = folder.with_suffix(".csv")
    assert main(["course", "grade", str(folder), "--course", str(pack), "--out", str(out), *options]) == 0
    with out.open() as stream:
        return {line["student"]: line for line in csv.DictReader(stream)}


def test_adversaries_get_nothing_that_they_did_not_earn_and_the_class_goes_on(pack, tmp_path):
    page, folder = "coupling-cost", tmp_path / "class"
    ada = re.search(r"^own_plan_cost = .*$", model_answers(page, "ada"), flags=re.M)[0]
    reads = [str(ROOT / "book" / "*.md"), str(ROOT / "notebooks" / "*"), str(pack / "**" / "*"), f"{tmp_path}/class/**/*"]
    server = socket.create_server(("127.0.0.1", 0))
    bodies = {name: body.replace("{port}", str(server.getsockname()[1])) for name, body in FUNCTION.items()}
    texts = {name: PREDICTED + f"def my_plan_cost(a, b, plan, p):\n    {body}" for name, body in bodies.items()}
    texts |= {name: PREDICTED + body.replace("{ada}", ada) for name, body in BEFORE.items()}
    texts |= {"reads from the disk": PREDICTED + READS.replace("{files}", repr(reads))}
    texts |= {name: f"{body}\n{PREDICTED}" for name, body in TOP.items()}
    texts |= {
        "nests deep": PREDICTED + f"my_plan_cost = lambda *_: {'+'.join(['7'] * 20000)}\ndef f(): return {'(' * 90 + ')' * 90}"
    }
    texts |= {"predicts what is not a number": "my_ties = {1: float('nan'), 2: float('nan')}\nmy_trap = float('nan')"}
    for student, text in {**texts, "ada": model_answers(page, "ada"), "zoe": model_answers(page, "zoe")}.items():
        hand_in(folder, student, page, text)
    (folder / "no notebook").mkdir()
    (folder / "no notebook" / f"{page}.ipynb").write_text("[" * 10**5)
    rows = graded(pack, folder, "--seconds", "1")
    server.close()
    assert len(texts) >= 20 and len(rows) == len(texts) + 3
    assert rows["ada"]["points"] == rows["zoe"]["points"] == "10" and not rows["ada"]["lost"]
    for student in [*FUNCTION, *BEFORE, "reads from the disk"]:
        if student in ("reads from the disk", "asks the network") and not can_be_apart("/tmp", []):
            continue  # what this system does not keep from students, `course grade` says
        assert (rows[student]["predict"], rows[student]["implement"], rows[student]["explore"]) == ("1", "0", "3"), rows[student]
        assert rows[student]["lost"].startswith("Implement: "), rows[student]
    assert rows["nests deep"]["implement"] == "0"
    for student in [*TOP, "predicts what is not a number", "no notebook"]:
        assert rows[student]["points"] == "0" and rows[student]["lost"], rows[student]


def test_an_answer_on_which_a_check_never_ends_costs_its_student(pack, tmp_path):
    grader = Grader(pack, "finding-it", pack / "hidden", [], seconds=0.5)
    try:
        endless = (
            "import numpy as np\nmy_stuck = np.random.default_rng(0).random((2, 3000, 2))\nmy_limits = {'small': 0, 'large': 0.5}"
        )
        predicted, _, explored = grader.grade(hand_in(tmp_path, "endless", "finding-it", endless))
        assert predicted.points == 1 and explored.points == 0 and explored.lost == ["The check took too long on the answer."]
        again = grader.grade(hand_in(tmp_path, "next", "finding-it", "my_limits = {'small': 0, 'large': 0.5}"))
        assert again[0].points == 1 and again[2].lost == ["Running it: there is no my_stuck."]
    finally:
        grader.close()


def test_code_that_takes_too_long_twice_is_not_asked_again(pack, tmp_path, monkeypatch):
    asked, ask = [], Asked._ask

    def counted(self, name, arguments):
        asked.extend([name] if self.dead is None else [])
        return ask(self, name, arguments)

    monkeypatch.setattr(Asked, "_ask", counted)
    grader = Grader(pack, "coupling-cost", pack / "hidden", [], seconds=2.0)
    try:
        endless = f"{PREDICTED}def my_plan_cost(*_):\n    while True: pass"
        _, implement, explored = grader.grade(hand_in(tmp_path, "endless", "coupling-cost", endless))
    finally:
        grader.close()
    assert asked.count("my_plan_cost") == 2 and asked.count("my_trap") == 1
    assert implement.points == 0 and explored.points == 3


def test_a_notebook_is_graded_as_it_is_handed_out_and_filled_in(pack, tmp_path):
    page, folder = "coupling-cost", tmp_path / "class"
    notebook = json.loads((pack / "student" / f"{page}.ipynb").read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in code:
        source = "".join(cell["source"])
        cell["source"] = source.replace(
            "return None  # your code", "return (plan * np.linalg.norm(a[:, None] - b[None], axis=2) ** p).sum()"
        )
        if source.startswith("own_"):
            cell["source"] = re.search(r"^own_plan_cost = .*$", model_answers(page, "grace"), flags=re.M)[0]
        if "my_ties = {" in source:
            cell["source"] = f"%matplotlib inline\n{PREDICTED}"
    folder.mkdir()
    (folder / "Grace.ipynb").write_text(json.dumps(notebook))
    rows = graded(pack, folder, "--chapter", page)
    assert (rows["Grace"]["predict"], rows["Grace"]["implement"]) == ("1", "6"), rows
    assert rows["Grace"]["explore"] == "0" and "To do" in rows["Grace"]["lost"]
    assert rows["Grace"]["look at"] == "the same as the book's solution"
    assert "grades" not in os.listdir(folder)


def test_what_cannot_be_graded_is_said_in_a_sentence(pack, tmp_path, capsys):
    empty, strange, twice = (tmp_path / name for name in ("empty", "strange", "twice"))
    empty.mkdir()
    hand_in(strange, "ada", "my-answers", "")
    hand_in(twice, "ada", "coupling-cost", "")
    (twice / "ada" / "coupling-cost.ipynb").write_text("{}")
    for folder, sentence in ((empty, "holds no notebooks"), (strange, "--chapter NAME"), (twice, "leave one of them")):
        assert main(["course", "grade", str(folder), "--course", str(pack)]) == 2
        assert sentence in capsys.readouterr().err
    assert main(["course", "grade", str(strange), "--course", str(tmp_path)]) == 2
    assert "run `sdinterp course make`" in capsys.readouterr().err
