"""Leaves out the scripts of sphinx-thebe, which Jupyter Book always loads and which would ask another host for a kernel."""


def _drop(app, page, template, context, doctree):
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if "thebe" not in f"{script.filename or ''} {script.attributes.get('body', '')}".lower()
    ]


def setup(app):
    """Called by Sphinx."""
    app.connect("html-page-context", _drop, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
