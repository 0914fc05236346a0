"""Read the pages side by side: `jupyter-book build` has no option for Sphinx's own `--jobs`.

To read a page is to run it, in a kernel with a model of a gigabyte: four at a time at most, and the cores are shared among them.
Sphinx would give them out a dozen at once, by name; here it is one by one, the longest first, so that no core is idle at the end.
The extensions named touch nothing while pages are read, and do not say so themselves.
"""

import os

from sphinx import builders
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
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


def longest_first(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Put the pages in the order of their sources' length, for which how long they run goes near enough."""
    pages.sort(key=lambda page: -os.path.getsize(env.doc2path(page)))


def write_in_turn(app: Sphinx, env: object) -> None:
    """Leave the writing to one process: it takes seconds, and `search_texts` listens to it."""
    app.parallel = 1


def setup(app: Sphinx) -> dict[str, bool]:
    builders.make_chunks = lambda pages, _: [[page] for page in pages]
    app.connect("builder-inited", read_in_parallel)
    app.connect("env-before-read-docs", longest_first)
    app.connect("env-updated", write_in_turn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
