"""The book's address, from the one place where it stands: `[project.urls]` of pyproject.toml."""

import tomllib
from pathlib import Path


def _read(app, config):
    urls = tomllib.loads(Path(app.srcdir).parent.joinpath("pyproject.toml").read_text())["project"]["urls"]
    config.html_baseurl = urls.get("Homepage", "")
    config.html_theme_options["repository_url"] = urls.get("Repository", "")


def setup(app):
    """Called by Sphinx."""
    app.connect("config-inited", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
