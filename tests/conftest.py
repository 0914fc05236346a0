"""What several test files share."""

import gc
import json
import multiprocessing
import os
from collections.abc import Iterator

import pytest
from jaxtyping import install_import_hook

from tests import shapes  # noqa: F401 (the hook below finds it by name)
from tests.counts import SURVIVED, TRIED
from tests.pages import CHROMIUM

install_import_hook(["sdinterp.clouds", "sdinterp.plans", "sdinterp.couplings", "sdinterp.paths"], "tests.shapes.checked")


def pytest_collection_finish() -> None:
    """Spares the garbage collector what is loaded by now: benchmarks, and statsmodels at each correction of p, call it."""
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leaves the counts of a whole run in `_build/tested.json`; `make tested` records them for the book."""
    if hasattr(session.config, "workeroutput"):  # one of several processes: what it tried is added up below
        session.config.workeroutput |= {"tried": dict(TRIED), "survived": dict(SURVIVED)}
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    outcomes = {kind: len(reporter.stats.get(kind, ())) for kind in ("passed", "failed", "error", "skipped")}
    build = session.config.rootpath / "_build"
    if build.is_dir() and session.config.args_source.name != "ARGS":
        from sdinterp.study.run import circumstances

        counts = {what: [tried, SURVIVED[what]] for what, tried in TRIED.items()}
        (build / "tested.json").write_text(json.dumps({"counts": counts, "tests": outcomes, **circumstances()}, indent=1) + "\n")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    """Adds up what the processes of pytest-xdist tried."""
    found = getattr(node, "workeroutput", {})
    TRIED.update(found.get("tried", {}))
    SURVIVED.update(found.get("survived", {}))


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """A headless Chromium: the system's, or else the one that `playwright install chromium` brought."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        except api.Error as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no browser to test in; `playwright install chromium` brings one ({error})")
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def processes():
    """Makes processes that start at once, because what they import is there already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.fakes", "sdinterp.study.renderers", "sdinterp.cli", "pandas"])
    return context.Process


@pytest.fixture(scope="session")
def model():
    """The bundled model."""
    from sdinterp import load_model

    return load_model("postcards")
