"""The whole analysis walked again: the one module of releases that needs the left side installed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from fjanalysis.disclosure.pack import pack
from fjanalysis.folders import files_below
from fjanalysis.packs import Pack, read_pack
from fjanalysis.project import Project
from fjanalysis.refresh.ingest import ingest
from fjanalysis.results import read_csv
from fjanalysis.runner.run import run_streams
from fjanalysis.sources.synthetic import synthesise


def replay_synthetic(project: Project, refresh: str, *, scale: float, seed: int) -> pd.DataFrame:
    """Return all results of a synthetic refresh, made anew in a temporary workspace.

    Parameters
    ----------
    project
        The checkout whose notebooks and settings are used.
    refresh
        The refresh's date.
    scale, seed
        Of the generator.
    """
    with tempfile.TemporaryDirectory(prefix="fjanalysis-replay-") as name:
        workspace = Path(name).resolve()
        own = replace(project, workspace=workspace)
        synthesise(workspace / "source", refresh, scale=scale, seed=seed, faults=True)
        ingest(own, refresh, str(workspace / "source"))
        run_streams(own, (), refresh)
        return _results(own, refresh)


def repack(
    project: Project,
    refreshes: Path,
    refresh: str,
    earlier: Sequence[Path] = (),
    *,
    variants: bool = True,
) -> Pack:
    """Return the pack of a refresh at hand, with all results computed anew in a temporary workspace.

    Parameters
    ----------
    refreshes
        The folder that holds it; it is only read, as are the user's own reference data beside it.
    earlier
        The earlier packs that disclosure control is to take as known; they are only read.
    variants
        Whether the sensitivity runs belong to it.
    """
    with tempfile.TemporaryDirectory(prefix="fjanalysis-replay-") as name:
        workspace = Path(name).resolve()
        (workspace / "refreshes").symlink_to(refreshes.resolve(), target_is_directory=True)
        reference = refreshes.resolve().parent / "reference"
        if reference.is_dir():
            (workspace / "reference").symlink_to(reference, target_is_directory=True)
        own = replace(project, workspace=workspace)
        for each in earlier:
            shutil.copytree(each, own.outputs / each.name)
        run_streams(own, (), refresh, variants=variants)
        return read_pack(pack(own, (), refresh).folder)


def _results(project: Project, refresh: str) -> pd.DataFrame:
    folder = project.results / refresh
    tables = [
        read_csv(folder / name)
        for name in files_below(folder)
        if name.endswith("/results.csv") and not name.startswith(".")
    ]
    return pd.concat(tables, ignore_index=True)
