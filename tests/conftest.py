"""What several test files share."""

import shutil
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """A headless Chromium: the system's, or else the one that `playwright install chromium` brought."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        except api.Error as error:
            pytest.skip(f"no browser to test in; `playwright install chromium` brings one ({error})")
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def model():
    """The bundled model."""
    from sdinterp import load_model

    return load_model("postcards")
