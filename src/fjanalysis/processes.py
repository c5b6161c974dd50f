"""Clean processes, forked where that is safe: from one that was begun for it, and has done nothing yet."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from multiprocessing.context import BaseContext


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


def clean(loaded: str) -> BaseContext:
    """Return how to begin clean processes that have a module, and all that it loads, in memory once.

    Parameters
    ----------
    loaded
        The module that loads all that they need.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    if may_fork(loaded):
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([loaded])
    return context


def shared_with_forks() -> None:
    """Leave what is in memory at a fork out of its child's sweeps, which would copy every page that they touch."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=gc.freeze)
