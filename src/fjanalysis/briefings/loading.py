"""The processes that make documents: forked from one that has loaded the heavy libraries, and done nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing.context import BaseContext
from typing import ParamSpec, TypeVar

from fjanalysis.errors import MachineError
from fjanalysis.processes import clean
from fjanalysis.progress import speak_for_parent

WARM = "fjanalysis.briefings.warm"
Given = ParamSpec("Given")
Result = TypeVar("Result")


def processes() -> BaseContext:
    """Return clean processes that load the heavy libraries once, where the system has them."""
    return clean(WARM)


def in_loaded_process(
    work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
) -> Result:
    """Do some work in a process forked from one that has loaded the heavy libraries, where the system has such.

    Those that make documents are then forked from it: libraries are loaded and the pack is read once for all of
    them. Elsewhere the work is done here.

    Raises
    ------
    MachineError
        The process was ended from outside.
    """
    if (os.cpu_count() or 1) < 2 or processes().get_start_method() != "forkserver":
        return work(*given, **named)
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - asked for here alone
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    with ProcessPoolExecutor(1, mp_context=processes(), initializer=speak_for_parent) as pool:
        try:
            return pool.submit(work, *given, **named).result()
        except BrokenProcessPool as error:
            raise MachineError(
                "The process that renders was ended from outside, most often for want of memory.",
                mend="Close other programs and render again; what was published before stands as it was.",
            ) from error
