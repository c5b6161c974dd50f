"""What the Nu HTML checker says of a page."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import machine

needs_vnu = (
    pytest.mark.machine
    if machine.jars("vnu")
    else machine.missing("the Nu HTML checker with Java", "make set-up-test")
)


def problems(*pages: Path, warnings: bool = True) -> list[str]:
    """Return the errors (and warnings) in HTML files, one sentence each.

    Raises
    ------
    RuntimeError
        The checker did not answer.
    """
    command = [str(machine.java()), "-Xmx512m", "-Xss2m", "-cp", str(machine.jars("vnu"))]
    command += ["nu.validator.client.SimpleCommandLineValidator", "--format", "json"]
    done = subprocess.run(
        [*command, *map(str, pages)], capture_output=True, text=True, timeout=600, check=False
    )
    try:
        messages = json.loads(done.stderr.splitlines()[-1])["messages"]
    except (ValueError, KeyError, IndexError) as error:
        raise RuntimeError(f"The Nu HTML checker gave no report: {done.stderr[-2000:]}") from error
    return [
        f"{Path(message['url']).name}:{message.get('lastLine', 0)}: {message['message']}"
        for message in messages
        if message["type"] == "error" or (warnings and message.get("subType") == "warning")
    ]
