"""Whether a process may be forked: one that was begun for it, and has done nothing yet."""

from __future__ import annotations

import multiprocessing
import sys
import threading


def may_fork(loaded: str) -> bool:
    """Return whether this process was itself forked from one that had loaded a module, and has one thread.

    Its forks then need not load the module again, and share no thread or lock of a library at work. Only Linux's
    libraries bear it.

    Parameters
    ----------
    loaded
        The module that loads all that the forks need.
    """
    return (
        sys.platform == "linux"
        and multiprocessing.parent_process() is not None
        and loaded in sys.modules
        and threading.active_count() == 1
    )
