"""Every chapter's buttons: download its notebook, and open it on Colab and Binder once pyproject.toml names a Repository.

The theme would offer the page's Markdown instead, which neither Jupyter nor Colab runs as it is.
"""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.errors import ConfigError


def launch_links(repository: str, branch: str, page: str) -> dict[str, str]:
    """Where a page's notebook opens; nothing without a repository.

    >>> launch_links("https://github.com/someone/sdinterp", "main", "half-way")["Binder"]
    'https://mybinder.org/v2/gh/someone/sdinterp/main?urlpath=lab/tree/notebooks/half-way.ipynb'
    """
    if not repository:
        return {}
    parts = urlsplit(repository)
    name = parts.path.strip("/").removesuffix(".git")
    if parts.netloc != "github.com" or name.count("/") != 1:
        raise ConfigError(
            f"Repository is {repository!r} in pyproject.toml; Colab and Binder need the form https://github.com/owner/name"
        )
    return {
        "Colab": f"https://colab.research.google.com/github/{name}/blob/{branch}/notebooks/{page}.ipynb",
        "Binder": f"https://mybinder.org/v2/gh/{name}/{branch}?urlpath=lab/tree/notebooks/{page}.ipynb",
    }


def _notebook(app, page: str) -> Path:
    return Path(app.srcdir).parent / "notebooks" / f"{page}.ipynb"


def _download(app, page, template, context, doctree):
    if _notebook(app, page).exists():
        folder = Path(app.outdir, "_sources")
        folder.mkdir(exist_ok=True)
        shutil.copyfile(_notebook(app, page), folder / f"{page}.ipynb")
        context["ipynb_source"] = f"{page}.ipynb"


def _launch(app, page, template, context, doctree):
    theme = app.config.html_theme_options
    links = launch_links(theme["repository_url"], theme["repository_branch"], page)
    if links and context.get("ipynb_source"):
        icons = {"Colab": "_static/images/logo_colab.png", "Binder": "_static/images/logo_binder.svg"}
        buttons = [
            {"type": "link", "text": name, "tooltip": f"Open on {name}", "icon": icons[name], "url": url}
            for name, url in links.items()
        ]
        group = {"type": "group", "tooltip": "Run this chapter", "icon": "fas fa-rocket", "label": "launch-buttons"}
        context["header_buttons"].append({**group, "buttons": buttons})


def setup(app):
    """Called by Sphinx. The theme makes its list of buttons at priority 500 and fills it at 501."""
    app.connect("html-page-context", _download, priority=400)
    app.connect("html-page-context", _launch, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
