"""The heavy libraries of rendering, loaded once before the processes that make documents are forked."""

import contextlib

import fjanalysis.briefings.drawing
import fjanalysis.briefings.pdf
import fjanalysis.briefings.render
import fjanalysis.briefings.workbook  # noqa: F401

# A system library that WeasyPrint needs may be missing; the first document then says so.
with contextlib.suppress(OSError):
    import weasyprint.document  # noqa: F401
