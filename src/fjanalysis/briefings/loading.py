"""The processes that make documents: begun while the program itself still loads, with the heavy libraries in them."""

from __future__ import annotations

import os
from multiprocessing.context import BaseContext

from fjanalysis.processes import clean

WARM = "fjanalysis.briefings.warm"


def processes() -> BaseContext:
    """Return clean processes that load the heavy libraries once, where the system has them."""
    return clean(WARM)


def begin_loading() -> None:
    """Load the heavy libraries in the process that makers are forked from, while this one reads on."""
    if (os.cpu_count() or 1) > 1 and processes().get_start_method() == "forkserver":
        from multiprocessing import forkserver  # noqa: PLC0415 - not on every system

        forkserver.ensure_running()
