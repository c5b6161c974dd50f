"""Running one notebook by Papermill, in the process that calls, with results whole or absent.

Papermill changes the working folder of its process, so two notebooks never share one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from fjanalysis import errors
from fjanalysis.errors import FjanalysisError, NotebookError
from fjanalysis.folders import staged, write_text
from fjanalysis.runner.jobs import RECORD, Job, hashes_below
from fjanalysis.runner.kernel import WaitingKernel
from fjanalysis.runner.warm import ENVIRONMENT, environment
from fjanalysis.streams.stream import DESCRIPTION, RESULTS
from fjanalysis.streams.study import FOLDER, MEMORY, THREADS, WORKSPACE

EXECUTED = "notebook.ipynb"
START_SECONDS = 120
LONGEST_SOCKET = 100
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def run_notebook(
    job: Job,
    threads: int,
    megabytes: int,
    said: Callable[[str], None],
    kernel: WaitingKernel | None = None,
) -> int:
    """Run a job's notebook and put its results in their folder.

    Parameters
    ----------
    job
        What to run.
    threads, megabytes
        Threads and memory that the notebook's queries may use.
    said
        Called with the heading of each step as it begins.
    kernel
        The process that becomes the kernel; a program of its own where there is none.

    Returns
    -------
    int
        The number of result rows.

    Raises
    ------
    NotebookError
        The notebook failed, or wrote no results. The message names its step and the kind of error,
        and no value of a record.
    FjanalysisError
        The notebook itself raised a user error.
    """
    with (
        tempfile.TemporaryDirectory(prefix="fjanalysis-") as scratch,
        staged(job.folder) as staging,
    ):
        # The notebook writes its folder whole; it is then completed here, and put in place.
        written = staging / "written"
        with environment(_settings(job, Path(scratch), written, threads, megabytes)):
            executed = _execute(job, Path(scratch), said, kernel)
        if not (written / RESULTS).is_file() or not (written / DESCRIPTION).is_file():
            raise NotebookError(
                f"The notebook of {job.name} ended without writing its results.",
                where=str(job.notebook),
                mend="Let its last step be study.write([…]).",
            )
        for path in sorted(written.iterdir()):
            path.rename(staging / path.name)
        written.rmdir()
        write_text(staging / EXECUTED, executed)
        record = {**job.record, "files": hashes_below(staging)}
        write_text(staging / RECORD, json.dumps(record, indent=2, sort_keys=True) + "\n")
        return (staging / RESULTS).read_bytes().count(b"\n") - 1


def _settings(
    job: Job, scratch: Path, written: Path, threads: int, megabytes: int
) -> dict[str, str]:
    return {
        **ENVIRONMENT,
        WORKSPACE: str(job.workspace),
        FOLDER: str(written),
        THREADS: str(threads),
        MEMORY: str(megabytes),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        # The kernel is this very Python's own: nothing of the user's Jupyter is read or written.
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "r"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
    }


def _execute(
    job: Job, scratch: Path, said: Callable[[str], None], kernel: WaitingKernel | None
) -> str:
    # Papermill reads braces in a path as parameters, so it is given plain names in a folder of ours.
    here = Path.cwd()
    shutil.copyfile(job.notebook, scratch / "stored.ipynb")
    headings = _headings(job.notebook)
    shift = 1  # the parameters that Papermill puts in

    last = ""

    def began(cell: Mapping[str, Any], cell_index: int) -> None:
        nonlocal last
        heading = headings.get(max(0, cell_index - shift), "")
        if cell["cell_type"] == "code" and heading != last:
            last = heading
            said(heading)

    config = Config()
    sockets = str(scratch / "k")
    if sys.platform != "win32" and len(sockets) < LONGEST_SOCKET:
        # Ports are chosen before they are taken, so two kernels that start at once may choose the same;
        # a socket file may not, as long as its path is the notebook's own: a plain name would stand
        # in the folder that all notebooks share.
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = sockets
    try:
        os.chdir(scratch)
        notebook = papermill.execute_notebook(
            "stored.ipynb",
            "executed.ipynb",
            parameters={
                "refresh": job.refresh,
                "variant": job.variant,
                "parameters": dict(job.parameters),
            },
            kernel_name="python3",
            language="python",
            cwd=str(job.root),
            progress_bar=False,
            start_timeout=START_SECONDS,
            request_save_on_cell_execute=False,
            config=config,
            kernel_manager_class=kernel.manager() if kernel else AsyncKernelManager,
            on_cell_start=began,
        )
    except PapermillExecutionError as error:
        raise _failure(job, error) from None
    except DeadKernelError:
        raise NotebookError(
            f"The kernel of {job.name} died; most often it ran out of memory.",
            where=str(job.notebook),
            mend="Run fewer notebooks at a time with --jobs 1, or use a machine with more memory.",
        ) from None
    except RuntimeError as error:
        if "ernel" not in str(error):
            raise
        raise NotebookError(
            f"The kernel of {job.name} did not start.",
            where=str(job.notebook),
            mend="Run it again, with --jobs 1 on a busy machine; fjanalysis doctor says what is missing.",
        ) from None
    finally:
        os.chdir(here)
    text = str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]
    return tidy_notebook(text, {job.root: ".", job.workspace: "workspace"})


def _headings(notebook: Path) -> dict[int, str]:
    """Return the heading under which each cell stands, by the cell's place."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    found: dict[int, str] = {}
    heading = ""
    for place, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            last = _HEADING.findall("".join(cell["source"]))
            heading = last[-1].strip() if last else heading
        found[place] = heading
    return found


def _failure(job: Job, error: Any) -> FjanalysisError:
    heading = _headings(job.notebook).get(max(0, error.cell_index - 2), "")
    place = f"{job.notebook.name}, step '{heading}'"
    # Only the sentence of a user error is known to hold no value of a record.
    own = getattr(errors, str(error.ename), None)
    if isinstance(own, type) and issubclass(own, FjanalysisError):
        what, _, rest = _COLOUR.sub("", str(error.evalue)).partition("\n")
        where, mend = _parts(rest)
        return own(what, where=where or place, mend=mend)
    return NotebookError(
        f"The notebook of {job.name} failed: {error.ename}.",
        where=place + _code_place(error.traceback),
        mend="Open the notebook in Jupyter on the secure side and run it up to that step.",
    )


def _parts(text: str) -> tuple[str, str]:
    found = {"Where": "", "To mend": ""}
    for line in text.splitlines():
        name, _, rest = line.partition(": ")
        if name in found:
            found[name] = rest
    return found["Where"], found["To mend"]


def _code_place(traceback: list[str]) -> str:
    text = _COLOUR.sub("", "\n".join(traceback))
    places = re.findall(r"[/\\](fjanalysis[/\\][\w/\\]+\.py):(\d+)", text)
    if not places:
        return ""
    path, line = places[-1]
    return f"; src/{path}".replace("\\", "/") + f", line {line}"


def tidy_notebook(text: str, places: Mapping[Path, str]) -> str:
    """Return an executed notebook without what differs from run to run: times, ids, folders.

    Parameters
    ----------
    text
        The notebook as JSON.
    places
        Folders of this machine, and the words that stand for them.
    """
    notebook = json.loads(text)
    for name in ("papermill", "language_info"):
        notebook["metadata"].pop(name, None)
    for cell in notebook["cells"]:
        for name in ("papermill", "execution"):
            cell["metadata"].pop(name, None)
        if "injected-parameters" in cell["metadata"].get("tags", []):
            cell["id"] = "injected-parameters"
    out = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    for folder, words in sorted(places.items(), key=lambda pair: -len(str(pair[0]))):
        out = out.replace(json.dumps(str(folder))[1:-1], words)
    return out
