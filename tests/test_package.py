"""The package as a whole: what it exports, and what its core leaves alone."""

import subprocess
import sys

import sdinterp


def test_everything_public_is_there_and_documented():
    for name in sdinterp.__all__:
        assert getattr(sdinterp, name).__doc__, name


def test_the_core_does_not_import_what_renders():
    code = "import sys, sdinterp; sdinterp.optimal_coupling; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"diffusers", "transformers", "matplotlib", "PIL", "ipywidgets"}
