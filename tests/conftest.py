"""What several test files share."""

import os
import shutil
from collections.abc import Iterator

import pytest
from jaxtyping import install_import_hook

from tests import shapes  # noqa: F401 (the hook below finds it by name)

install_import_hook(["sdinterp.clouds", "sdinterp.couplings", "sdinterp.paths"], "tests.shapes.checked")


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """A headless Chromium: the system's, or else the one that `playwright install chromium` brought."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        except api.Error as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no browser to test in; `playwright install chromium` brings one ({error})")
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def model():
    """The bundled model."""
    from sdinterp import load_model

    return load_model("postcards")
