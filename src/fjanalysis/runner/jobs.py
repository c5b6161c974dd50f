"""What is to be run: a notebook with checked parameters, and the key of all that its results depend on."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fjanalysis
from fjanalysis.errors import NotebookError, UsageError, nearest
from fjanalysis.folders import files_below, sha256
from fjanalysis.project import SETTINGS, Project, code_hash
from fjanalysis.streams.stream import load

RECORD = "run.json"


@dataclass(frozen=True)
class Job:
    """One run of a notebook.

    Parameters
    ----------
    stream, variant
        What is run.
    notebook
        The stored notebook.
    parameters
        Values that differ from the stream's defaults, checked.
    refresh
        The refresh's date.
    root, workspace
        The checkout, and where data live.
    folder
        Where the results go.
    record
        Hashes of all that the results depend on, and `key` over them.
    """

    stream: str
    variant: str
    notebook: Path
    parameters: Mapping[str, Any]
    refresh: str
    root: Path
    workspace: Path
    folder: Path
    record: Mapping[str, str]

    @property
    def name(self) -> str:
        """The stream, with the variant where it is not the main one."""
        return self.stream if self.variant == "main" else f"{self.stream}, {self.variant}"


def parse_assignments(texts: Sequence[str]) -> dict[str, Any]:
    """Return the values of `NAME=VALUE` texts; a value is read as in TOML, else taken as text.

    >>> parse_assignments(["newborn-days=7", "source=ecms"])
    {'newborn_days': 7, 'source': 'ecms'}

    Raises
    ------
    UsageError
        A text has no name or no value, or a name stands twice.
    """
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name or not value.strip():
            raise UsageError(
                f"'{text}' is not a parameter with its value.",
                where="-p",
                mend="Write it as -p NAME=VALUE, for example -p merge_gap_days=30.",
            )
        if name in found:
            raise UsageError(f"The parameter '{name}' is given twice.", where="-p")
        try:
            found[name] = tomllib.loads(f"value = {value.strip()}")["value"]
        except tomllib.TOMLDecodeError:
            found[name] = value.strip()
    return found


def make_jobs(
    project: Project,
    streams: Sequence[str],
    refresh: str,
    fingerprint: str,
    assignments: Mapping[str, Any],
    *,
    variants: bool | Collection[str] = True,
) -> list[Job]:
    """Return the jobs of some streams and all their variants, every parameter checked.

    Parameters
    ----------
    project
        The settings and the workspace.
    streams
        Names; all of the settings where there is none.
    refresh, fingerprint
        The refresh's date, and the hash over its tables.
    assignments
        Values from the command. They go before those of the settings; a variant keeps its own.
    variants
        Whether the sensitivity runs are wanted beside the streams themselves, or the names of those that are.

    Raises
    ------
    UsageError
        A stream or parameter is unknown, or a value is impossible.
    NotebookError
        A stream's notebook is not there.
    """
    names = list(dict.fromkeys(streams)) or list(project.settings.streams)
    settings = {name: project.stream(name) for name in names}
    packages = {name: load(name) for name in names}
    known = {field for package in packages.values() for field in package.Parameters.model_fields}
    for given in assignments:
        if given not in known:
            raise UsageError(
                f"There is no parameter '{given}'.{nearest(given, known)}",
                where="-p",
                mend=f"The parameters of {', '.join(names)} are {', '.join(sorted(known))}.",
            )
    shared = {
        "code": code_hash(),
        "lock": _hash_of(project.root / "uv.lock"),
        "reference": _folder_hash(project.workspace / "reference"),
        "refresh": fingerprint,
    }
    jobs = []
    for name in names:
        fields = packages[name].Parameters.model_fields
        base = _plain_names(settings[name].parameters)
        base |= {key: value for key, value in assignments.items() if key in fields}
        notebook = project.root / settings[name].notebook
        if not notebook.is_file():
            raise NotebookError(
                f"The notebook of {name} is not there.",
                where=str(notebook),
                mend=f"Restore it, or mend its path in {SETTINGS}.",
            )
        wanted = {
            variant: own
            for variant, own in settings[name].variants.items()
            if variants is True or (variants and variant in variants)
        }
        for variant, own in {"main": {}, **wanted}.items():
            where = f"{name}, {variant}"
            chosen = packages[name].Parameters.from_values(base | _plain_names(own), where)
            values = chosen.values()
            record = {
                **shared,
                "notebook": sha256(notebook),
                "sql": sql_hash(name),
                "parameters": _hash(json.dumps(values, sort_keys=True)),
            }
            jobs.append(
                Job(
                    stream=name,
                    variant=variant,
                    notebook=notebook,
                    parameters=values,
                    refresh=refresh,
                    root=project.root,
                    workspace=project.workspace,
                    folder=project.results / refresh / name / variant,
                    record={**record, "key": _hash(json.dumps(record, sort_keys=True))},
                )
            )
    return jobs


def longest_first(jobs: Sequence[Job]) -> list[Job]:
    """Return jobs in an order in which all cores end at about the same time.

    Streams go before their variants, which do less, and a notebook of more steps before one of fewer.
    """

    def steps(job: Job) -> int:
        cells = json.loads(job.notebook.read_text(encoding="utf-8"))["cells"]
        return sum(cell["cell_type"] == "code" for cell in cells)

    return sorted(jobs, key=lambda job: (job.variant != "main", -steps(job)))


def is_done(job: Job) -> bool:
    """Return whether the job's results stand whole, unedited, and made from these very inputs."""
    try:
        record = json.loads((job.folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if any(record.get(name) != value for name, value in job.record.items()):
        return False
    return bool(record.get("files") == hashes_below(job.folder))


def hashes_below(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a results folder but its record."""
    return {name: sha256(folder / name) for name in files_below(folder) if name != RECORD}


def sql_hash(stream: str) -> str:
    """Return one hash over the SQL that defines a stream's cohort: its own, and what all streams share."""
    package = Path(fjanalysis.__file__).parent / "streams"
    own = package / stream.replace("-", "_")
    paths = [*sorted(package.glob("*.sql")), *sorted(own.rglob("*.sql"))]
    listed = (f"{sha256(path)}  {path.relative_to(package).as_posix()}\n" for path in paths)
    return _hash("".join(listed))


def _plain_names(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("-", "_"): value for name, value in values.items()}


def _folder_hash(folder: Path) -> str:
    if not folder.is_dir():
        return ""
    return _hash("".join(f"{sha256(folder / name)}  {name}\n" for name in files_below(folder)))


def _hash_of(path: Path) -> str:
    return sha256(path) if path.is_file() else ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
