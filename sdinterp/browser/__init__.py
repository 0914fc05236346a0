"""The bundled model in a reader's browser: networks as ONNX, a runtime from npm, and the scripts that paint with them.

From a file a page may load classic scripts and nothing else. So everything that the page needs is written as such scripts, into
the site's `_static`; nothing is loaded before the reader asks for it.
"""
