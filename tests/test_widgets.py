import importlib
import os
import re
import socket
import subprocess
import sys
import time
import warnings
from pathlib import Path
from urllib.request import urlopen

import nbformat
import pytest
from nbclient import NotebookClient

from sdinterp import interpolate_prompts
from sdinterp.extras import MissingExtra
from sdinterp.named import NAMES
from tests.axe import violations
from tests.fakes import FakeRenderer
from tests.test_players import PLAYERS

pytest.importorskip("ipywidgets")
from sdinterp import widgets
from sdinterp.players import play
from sdinterp.widgets import explore_matching, explore_prompts

ROOT = Path(__file__).resolve().parent.parent
VIEW = "application/vnd.jupyter.widget-view+json"
NASTY = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"> $x$'


def some_strips():
    return interpolate_prompts("a b", "c d", ["optimal", "standard"], 3, model=FakeRenderer(), steps=1, net="postcards")


@pytest.fixture
def prompts():
    return explore_prompts(some_strips(), model=FakeRenderer())


@pytest.fixture
def matching():
    return explore_matching("a b", "c d", model=FakeRenderer())


@pytest.fixture(params=["prompts", "matching"])
def explorer(request):
    return request.getfixturevalue(request.param)


def shown(form):
    """What the form shows as HTML: the player and the table."""
    return [output["data"]["text/html"] for output in form.result.outputs]


def test_it_is_a_form_and_a_player_at_once(explorer):
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert bundle["text/html"] == explorer.player.html == shown(explorer.form)[0]
    assert bundle[VIEW]["model_id"] == explorer.form.model_id == explorer._repr_mimebundle_()[VIEW]["model_id"]


def test_a_run_that_builds_a_page_gets_the_player_and_makes_no_form():
    code = """from sdinterp.widgets import explore_matching
from tests.fakes import FakeRenderer
explore_matching("a b", "c d", model=FakeRenderer())"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()
    [output] = notebook.cells[0].outputs
    assert set(output.data) == {"text/html", "text/plain"} and output.data["text/html"].startswith("<figure")
    assert "widgets" not in notebook.metadata


def test_a_walk_is_that_of_the_main_call(prompts):
    form = prompts.form
    form.fields["prompt_a"].value, form.fields["frames"].value, form.fields["seed"].value = "boat", 4, 7
    form.fields["couplings"].boxes["standard"].value = False
    form.fields["couplings"].boxes["random"].value = True
    form.button.click()
    expected = interpolate_prompts(
        "boat", "c d", ["optimal", "random"], 4, model=FakeRenderer(), seed=7, coupling_seed=7, steps=1, net="postcards"
    )
    player, table = shown(form)
    assert player == widgets.play(expected).html
    numbers = [float(number) for number in re.findall(r">([\d.]+)<", table)]
    for strip in expected.values():
        assert any(number == pytest.approx(strip.measures["cost_p1"], rel=1e-3) for number in numbers)
    assert "From “boat” to “c d”" in player and form.note.value == ""


def test_a_walk_past_three_prompts_keeps_them_and_what_it_leads_away_from():
    how = {"model": FakeRenderer(), "steps": 1, "net": "postcards", "negative_prompt": "e f"}
    explorer = explore_prompts(interpolate_prompts(["a b", "c d", "g"], couplings="optimal", frames=3, **how), model=FakeRenderer())
    form = explorer.form
    assert [form.fields[f"prompt_{name}"].value for name in "abc"] == ["a b", "c d", "g"]
    form.fields["prompt_c"].value = "boat"
    form.button.click()
    expected = play(interpolate_prompts(["a b", "c d", "boat"], couplings="optimal", frames=3, **how))
    assert "from “a b” to “c d” to “boat”" in expected.html.lower() and shown(form)[0] == expected.html


def test_a_match_is_that_of_the_couplings(matching):
    form = matching.form
    form.fields["prompt_b"].value = "b a"
    form.fields["couplings"].boxes["random"].value = False
    form.button.click()
    player, table = shown(form)
    assert "From “a b” to “b a”" in player
    assert re.findall(r"<tr><td[^>]*>([\w ]+)", table) == ["optimal", "standard", "random words"]


def test_fields_say_what_is_possible(prompts, matching):
    fields = prompts.form.fields
    assert (fields["frames"].min, fields["seed"].min) == (2, 0)
    fields["frames"].value, fields["seed"].value = 1, -5
    assert (fields["frames"].value, fields["seed"].value) == (2, 0)
    fields["frames"].value = 1000
    assert fields["frames"].value == fields["frames"].max == 33
    assert list(fields["couplings"].boxes) == list(NAMES) and fields["couplings"].value == ["optimal", "standard"]
    assert explore_prompts(some_strips(), model=FakeRenderer(), frames=9).form.fields["frames"].value == 9
    assert "entropic" not in matching.form.fields["couplings"].boxes and "frames" not in matching.form.fields


def test_while_it_works_the_button_is_off_and_the_bar_moves(prompts):
    form, seen = prompts.form, []
    form.bar.observe(lambda _: seen.append((form.button.disabled, form.bar.layout.visibility, form.bar.description)), "description")
    form.button.click()
    assert seen == [(True, "visible", "4 of 4")]
    assert not form.button.disabled and form.bar.layout.visibility == "hidden"


@pytest.mark.parametrize("error", [ValueError(f"{NASTY}\nis no prompt"), OSError("no disc"), RuntimeError(), KeyboardInterrupt()])
def test_what_cannot_be_done_is_said_in_one_sentence(explorer, error, monkeypatch, capfd):
    def fail(*_, **__):
        raise error

    form = explorer.form
    before = shown(form)
    monkeypatch.setattr(FakeRenderer, "encode", fail)
    form.button.click()
    assert re.fullmatch(r'<p role="status" class="[^"]+">(This cannot be done|Stopped): [^<>\n]+\.</p>', form.note.value)
    assert shown(form) == before and not form.button.disabled and form.bar.layout.visibility == "hidden"
    assert capfd.readouterr() == ("", "")
    monkeypatch.undo()
    form.button.click()
    assert form.note.value == "" and shown(form) == before


def test_no_coupling_is_said_in_one_sentence(explorer):
    for box in explorer.form.fields["couplings"].boxes.values():
        box.value = False
    explorer.form.button.click()
    assert "coupling" in explorer.form.note.value and explorer.form.note.value.count("<p") == 1


def test_prompts_are_text(explorer):
    form = explorer.form
    form.fields["prompt_a"].value = NASTY
    form.button.click()
    assert form.note.value == ""
    assert all("<img src=x" not in html and "<script>window" not in html for html in shown(form))
    assert "&lt;script&gt;" in shown(form)[0]


def test_the_bundled_model_says_what_it_will_not_read(model):
    form = explore_matching("a red boat", "a blue boat", ["optimal"], model=model).form
    form.fields["prompt_a"].value = "a <script> giraffe at sea"
    form.fields["prompt_b"].value = "a red boat " * 30
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        form.button.click()
    assert re.fullmatch(r'<p role="status" class="[^"]+">Note: [^<>\n]+\.</p>', form.note.value)
    assert all(part in form.note.value for part in ("never learned", "&#x27;giraffe&#x27;", "&#x27;script&#x27;", "longer than 75"))
    assert "&lt;script&gt; giraffe" in shown(form)[0]


@pytest.mark.parametrize("names", [["clip", "optimal"], ["random-words"]])
def test_a_matching_starts_with_the_couplings_it_is_given(names):
    explorer = explore_matching("a b", "c d", names, model=FakeRenderer(), seed=3)
    assert explorer.form.fields["seed"].value == 3 and len(explorer.form.fields["couplings"].value) == len(names)


@pytest.mark.parametrize("names", [[], ["entropic"], ["optimum"]])
def test_a_matching_that_cannot_be_drawn_is_refused(names):
    with pytest.raises(ValueError):
        explore_matching("a b", "c d", names, model=FakeRenderer())


def test_without_ipywidgets_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.delitem(sys.modules, "sdinterp.widgets")
    with pytest.raises(MissingExtra) as raised:
        importlib.import_module("sdinterp.widgets")
    assert str(raised.value) == "this needs ipywidgets: pip install 'sdinterp-book[widgets]'"


TINY = """\
from sdinterp import interpolate_prompts, load_model
from sdinterp.widgets import explore_prompts

model = load_model()
strips = interpolate_prompts("a small red boat at sea", "a big tent on the snow", ["optimal"], 2, model=model, steps=1)
explore_prompts(strips, model=model)"""


EVERY_PLAYER = f"""\
import sys
sys.path.insert(0, {str(ROOT)!r})
from IPython.display import display
from tests.test_players import PLAYERS
for make in PLAYERS.values():
    display(make())"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own, with a chapter and two short notebooks: its folder, and the address of a file in it."""
    pytest.importorskip("jupyterlab")
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    (folder / "chapter.ipynb").write_text((ROOT / "notebooks" / "two-readings.ipynb").read_text())
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for name, code in (("tiny", TINY), ("players", EVERY_PLAYER)):
        cells = [nbformat.v4.new_code_cell(code)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / f"{name}.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = os.urandom(16).hex()
    own = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    environment = {**os.environ, **own, "IPYTHONDIR": str(home / "ipython")}
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with open(home / "log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, env=environment)
        try:
            wait_for(lambda: answers(f"http://127.0.0.1:{port}/api?token={token}") or server.poll() is not None, 60)
            assert server.poll() is None, (home / "log").read_text()
            yield folder, lambda name: f"http://127.0.0.1:{port}/lab/tree/{name}?token={token}&reset"
        finally:
            server.terminate()
            server.wait(30)


def answers(address):
    try:
        return urlopen(address, timeout=5).status == 200
    except OSError:
        return False


def wait_for(happens, seconds):
    end = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)
    return found


@pytest.fixture
def open_in_lab(browser, lab):
    """Opens a notebook, runs all of it as a reader would, and gives the page and a function that saves and reads the notebook."""
    contexts = []

    def open_notebook(name):
        folder, address = lab
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 1000}))
        page = contexts[-1].new_page()
        page.goto(address(name))
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        page.get_by_text(re.compile(r"^Python 3.* \| Idle$")).wait_for(timeout=60_000)  # before that, Run asks for a kernel
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

        def ran():
            page.keyboard.press("Control+s")
            try:
                cells = [cell for cell in nbformat.read(folder / name, as_version=4).cells if cell.cell_type == "code"]
            except nbformat.reader.NotJSONError:  # it is being written
                return False
            return all(cell.execution_count for cell in cells) and cells

        return page, lambda: wait_for(ran, 90)

    yield open_notebook
    for context in contexts:
        context.close()


def test_jupyterlab_opens_a_chapter_and_runs_it_all(open_in_lab):
    _, finished = open_in_lab("chapter.ipynb")
    cells = finished()
    assert len(cells) > 5
    assert [output for cell in cells for output in cell.outputs if output.output_type == "error"] == []


def test_the_form_works_in_jupyterlab(open_in_lab):
    page, finished = open_in_lab("tiny.ipynb")
    walk = page.get_by_role("button", name="Walk")
    walk.wait_for(timeout=90_000)
    [cell] = finished()
    assert set(cell.outputs[-1].data) >= {VIEW, "text/html"}
    assert page.locator("figure.sdi-player").count() == 1
    assert page.locator("figure.sdi-player").get_by_role("slider").is_visible()
    page.get_by_label("to B").fill("a blue car and a <b>giraffe</b>")
    page.get_by_label("standard").check()
    walk.click()
    note = page.get_by_role("status").filter(has_text="never learned")
    note.wait_for(timeout=60_000)
    assert "'giraffe'" in note.inner_text() and walk.is_enabled()
    figure = page.locator("figure.sdi-player")
    figure.get_by_text("to “a blue car and a <b>giraffe</b>”").first.wait_for()
    figure.get_by_role("slider").press("End")
    assert figure.locator("output").inner_text() == "t = 1"
    assert page.get_by_role("row").filter(has_text="standard").count() == 1


def test_players_are_legible_in_both_themes_of_jupyterlab(open_in_lab):
    page, finished = open_in_lab("players.ipynb")
    finished()
    assert page.locator("figure.sdi-player").count() == len(PLAYERS)
    edges = page.locator(".sdi-answer").first.locator("dt, dd").evaluate_all("all => all.map(n => n.getBoundingClientRect().left)")
    assert len(edges) == 6 and len(set(edges)) == 1
    for theme in ("Dark", "Light"):
        page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", f"JupyterLab {theme}")
        page.wait_for_function("light => document.body.dataset.jpThemeLight === light", arg=str(theme == "Light").lower())
        page.wait_for_load_state("networkidle")
        papers = page.locator(".jp-Notebook, .sdi-answer").evaluate_all("all => all.map(n => getComputedStyle(n).backgroundColor)")
        assert set(papers) - {"rgba(0, 0, 0, 0)"} == {"rgb(17, 17, 17)" if theme == "Dark" else "rgb(255, 255, 255)"}
        assert violations(page, within="figure.sdi-player") == []
