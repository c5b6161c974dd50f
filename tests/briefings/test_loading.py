"""The process that renders: forked from one that has loaded the libraries, and waited for."""

from __future__ import annotations

import multiprocessing
import os
import sys

import pytest

from fjanalysis.briefings.loading import WARM, in_loaded_process
from fjanalysis.errors import MachineError, RenderError
from fjanalysis.processes import may_fork

pytestmark = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods() or (os.cpu_count() or 1) < 2,
    reason="this system has no such processes",
)


def where(_: str) -> tuple[int, bool, bool]:
    return os.getpid(), may_fork(WARM), "weasyprint" in sys.modules


def fail(what: str) -> None:
    raise RenderError(what, where="index.qmd:3", mend="Write it again.")


def end(_: str) -> None:
    os._exit(9)


def test_work_is_done_in_a_process_that_has_the_libraries_and_may_be_forked():
    process, forks, loaded = in_loaded_process(where, "")
    assert process != os.getpid()
    assert loaded
    assert forks == (sys.platform == "linux")


def test_an_error_comes_back_whole():
    with pytest.raises(RenderError) as raised:
        in_loaded_process(fail, "There is no such key.")
    assert raised.value.what == "There is no such key."
    assert (raised.value.where, raised.value.mend) == ("index.qmd:3", "Write it again.")


def test_a_process_that_is_ended_from_outside_is_an_error_of_the_machine():
    with pytest.raises(MachineError, match="ended from outside"):
        in_loaded_process(end, "")
