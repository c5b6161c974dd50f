"""The heavy libraries of rendering, loaded once before the processes that make documents are forked."""

import contextlib
import gc
import importlib

LIBRARIES = ("drawing", "pdf", "render", "workbook")

# Nothing that modules leave is litter: sweeping it takes a fifth of the time in which they are loaded.
gc.disable()
try:
    for _name in LIBRARIES:
        importlib.import_module(f"fjanalysis.briefings.{_name}")
    # A system library that WeasyPrint needs may be missing; the first document then says so.
    with contextlib.suppress(OSError):
        importlib.import_module("weasyprint.document")
finally:
    gc.enable()
