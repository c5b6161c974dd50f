"""What every notebook loads, loaded once in the process that the notebooks' own processes are forked from."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fjanalysis.processes import shared_with_forks

# Of the libraries of linear algebra: two notebooks on two cores gain nothing by more.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
# What a process must begin with for a notebook to give the same bytes in it as in any other.
ENVIRONMENT = {**dict.fromkeys(ONE_THREAD, "1"), "PYTHONHASHSEED": "0"}
HEAVY = (
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "scipy.stats",
    "statsmodels.api",
    "fjanalysis.runner.notebook",
    "fjanalysis.streams.plots",
    "fjanalysis.streams.variation",
    "fjanalysis.streams.private_law_returns.cohort",
    "fjanalysis.streams.private_law_returns.models",
    "fjanalysis.streams.recurrence.models",
    "fjanalysis.streams.urgent_hearings.models",
)
# Whether this process did: read before any of these libraries is loaded.
AS_NOTEBOOKS = not sys.flags.hash_randomization and all(
    os.environ.get(name) == value for name, value in ENVIRONMENT.items()
)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment for the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def load() -> None:
    """Load it, so that forks share it."""
    for name in HEAVY:
        importlib.import_module(name)
    shared_with_forks()
