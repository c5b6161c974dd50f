"""Programs outside Python that tests use, and the reason that a test gives when one is not there."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[1] / ".tools"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@cache
def chromium() -> str | None:
    """Return the path of a Chromium that starts, or None."""
    for name in (os.environ.get("FJANALYSIS_CHROMIUM"), *BROWSERS):
        path = shutil.which(name) if name else None
        if path and _starts([path, "--version"]):
            return path
    return None


@cache
def java() -> str | None:
    """Return the path of a Java that starts, or None."""
    path = shutil.which("java")
    return path if path and _starts([path, "-version"]) else None


def jars(name: str) -> str | None:
    """Return the class path of a Java tool below `.tools/`, or None when it is not set up."""
    folder = TOOLS / name
    return f"{folder}/*" if java() and any(folder.glob("*.jar")) else None


def need_r(*packages: str) -> None:
    """Skip the test that asks, unless R is here with some of its packages."""
    if not shutil.which("Rscript"):
        pytest.skip("R is not on this machine; to mend: apt-get install r-base-core")
    for name in packages:
        asked = f"quit(status = !requireNamespace('{name}', quietly = TRUE))"
        if subprocess.run(["Rscript", "-e", asked], check=False).returncode:
            pytest.skip(f"R has no {name}; to mend: apt-get install r-cran-{name}")


def missing(what: str, mend: str) -> pytest.MarkDecorator:
    """Return the mark that skips a test because `what` is not on this machine."""
    return pytest.mark.skip(reason=f"{what} is not on this machine; to mend: {mend}")


def _starts(command: list[str]) -> bool:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
