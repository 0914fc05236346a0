"""Read the pages side by side: `jupyter-book build` has no option for Sphinx's own `--jobs`.

To read a page is to run it, in a kernel with a model of a gigabyte: four at a time at most, and the cores are shared among them.
The extensions named touch nothing while pages are read, and do not say so themselves.
"""

import os

from sphinx.application import Sphinx
from sphinx.util.parallel import parallel_available

AT_ONCE = 4
SILENT = ("sphinx-mathjax-offline", "sphinx_jupyterbook_latex", "sphinx_multitoc_numbering")


def read_in_parallel(app: Sphinx) -> None:
    """Give the reading of pages to several processes, where the system can."""
    if not parallel_available:
        return
    cores = os.cpu_count() or 1
    app.parallel = min(cores, AT_ONCE)
    os.environ.setdefault("OMP_NUM_THREADS", str(cores // app.parallel))
    for name in SILENT:
        app.extensions[name].parallel_read_safe = True


def write_in_turn(app: Sphinx, env: object) -> None:
    """Leave the writing to one process: it takes seconds, and `search_texts` listens to it."""
    app.parallel = 1


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", read_in_parallel)
    app.connect("env-updated", write_in_turn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
