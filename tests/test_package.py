"""The package as a whole: what it exports, who imports whom, and what it does where only the core is installed."""

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import sdinterp
from sdinterp.doctor import PACKAGES
from sdinterp.extras import DISTRIBUTION, EXTRAS, install

ROOT = Path(__file__).resolve().parent.parent
MODULES = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in ROOT.glob("sdinterp/**/*.py")}
MODULES = {name.removesuffix(".__init__"): file for name, file in MODULES.items()}
TRAINING = "sdinterp.postcards.training"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

DOORS = {
    "transformers": {"sdinterp.encoders", "sdinterp.prompts", "sdinterp.sentences"},
    "diffusers": {f"sdinterp.{name}" for name in ("denoisers", "diffusion", "models", "pipelines", "single_files", "wirings")},
    "matplotlib": {
        f"sdinterp.{name}" for name in ("plots", "worded", "shown", "lettering", "screens", "study.figures", "study.samples")
    },
    "ipywidgets": {"sdinterp.widgets"},
    "jinja2": {"sdinterp.templates", "sdinterp.study.report"},
    "tqdm": {"sdinterp.progress"},
    "onnx": {"sdinterp.browser.networks"},
    "ray": {"sdinterp.study.compute"},
    "lpips": {"sdinterp.perception"},
}
"""Who may import a heavy library; the training of Postcards may import any."""


def imported(file: Path) -> set[str]:
    """The names that a module imports, at its top or later, but not for types only."""
    tree = ast.parse(file.read_text())
    checking = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    typed = {id(inner) for node in checking for statement in node.body for inner in ast.walk(statement)}
    names = set()
    for node in ast.walk(tree):
        if id(node) not in typed and isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif id(node) not in typed and isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_everything_public_is_there_and_documented():
    for name in sdinterp.__all__:
        assert getattr(sdinterp, name).__doc__, name


def test_no_module_imports_itself_by_way_of_others():
    graph = {
        module: {name if name in MODULES else name.rpartition(".")[0] for name in imported(file)} & MODULES.keys()
        for module, file in MODULES.items()
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)  # a circle raises


def test_no_module_holds_two_ideas():
    lengths = {name: len(file.read_text().splitlines()) for name, file in MODULES.items()}
    assert {name for name, length in lengths.items() if length > 300} <= {"sdinterp.postcards.drawing"}


@pytest.mark.parametrize("library", DOORS)
def test_a_heavy_library_has_its_door(library):
    users = {module for module, file in MODULES.items() if any(name.split(".")[0] == library for name in imported(file))}
    assert {user for user in users if not user.startswith(TRAINING)} <= DOORS[library]


def test_nothing_in_the_package_imports_the_book_or_the_tests():
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"sdinterp"}
    for file in MODULES.values():
        assert not {name.split(".")[0] for name in imported(file)} & ours, file


BLOCKED = [package for packages in EXTRAS.values() for package in packages if package != "jinja2"]  # which comes with torch
ASKED = {
    "from sdinterp import load_model": "pictures",
    "from sdinterp import plots": "plots",
    "from sdinterp.shown import show": "plots",
    "from sdinterp.players import play": "plots",
    "from sdinterp.study.gains import read_table": "study",
    "from sdinterp.study.analysis import compare": "study",
    "sdinterp.perceptual_distance(torch.zeros(2, 3, 64, 64), torch.zeros(2, 3, 64, 64))": "pictures",
    "sdinterp.interpolate_prompts('a', 'b')": "pictures",
    "sdinterp.perception.net_version('lpips-alex')": "lpips",
    "main(['path', 'a', 'b'])": "pictures",
    "main(['postcards', 'judge'])": "pictures",
    "main(['study', 'report', 'nowhere'])": "study",
    "main(['course', 'make'])": "course",
}
CORE = f"""
import contextlib, importlib.metadata, io, sys
sys.modules.update(dict.fromkeys({BLOCKED}))
import torch
import sdinterp
from sdinterp import displacement_path, optimal_coupling, perceptual_path_length, wasserstein_distance
from sdinterp import clouds, couplings, maps, paths, smoothness
from sdinterp.cli import main

a, b = torch.rand(5, 2), torch.rand(7, 2)
assert displacement_path(optimal_coupling(a, b))(0.5).points.shape[1] == 2 and wasserstein_distance(a, b) > 0
assert main(["doctor"]) == 0

def find(name):
    raise importlib.metadata.PackageNotFoundError(name)

importlib.metadata.version = find
for code in {list(ASKED)}:
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            exec(code)
    except sdinterp.extras.MissingExtra as error:
        said.write(str(error))
    print("asked", code, said.getvalue().strip(), sep="|")
"""


def python(*arguments: str) -> str:
    """What a new process prints."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_core_imports_nothing_of_the_extras():
    loaded = python("-c", "import sys, sdinterp.cli; sdinterp.optimal_coupling; print(*{m.split('.')[0] for m in sys.modules})")
    assert set(loaded.split()) & set(BLOCKED) <= {"tqdm"}, "torch looks for tqdm itself"


def test_the_core_loads_little_beside_torch():
    loaded = set(python("-c", "import sys, sdinterp; sdinterp.optimal_coupling; print(*sys.modules)").split())
    assert not loaded & {"ot", "scipy.optimize"}


def test_the_core_and_the_command_run_alone_and_say_which_extra_is_missing():
    printed = python("-c", CORE).splitlines()
    for extra in EXTRAS:
        assert f"{f'[{extra}]':<14}not there: {install(extra)}" in printed
    said = {code: sentence for asked, code, sentence in (line.split("|") for line in printed if line.startswith("asked|"))}
    for code, extra in ASKED.items():
        assert re.fullmatch(rf"(sdinterp: )?this needs \w+: {re.escape(install(extra))}", said[code]), (code, said[code])


def test_the_distribution_is_called_by_one_name():
    assert PROJECT["name"] == DISTRIBUTION == PACKAGES[0]
    assert set(EXTRAS) < set(PROJECT["optional-dependencies"])
    for extra, needs in PROJECT["optional-dependencies"].items():
        assert not [need for need in needs if need.startswith("sdinterp") and not need.startswith(f"{DISTRIBUTION}[")], extra


def test_nothing_installs_by_a_name_that_is_not_ours():
    folders = (ROOT / name for name in ("sdinterp", "book", "notebooks", "tools", ".binder", ".github"))
    files = [ROOT / "README.md", *(file for folder in folders for file in folder.rglob("*.*"))]
    text = "\n".join(file.read_text() for file in files if file.suffix in {".py", ".md", ".ipynb", ".txt", ".yml"})
    assert not re.findall(r"pip install[^\n]*[\s\"'=]sdinterp(?!-book)[\[\s\"'].*", text)
