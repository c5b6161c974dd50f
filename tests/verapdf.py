"""What veraPDF says of a PDF."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import machine

needs_verapdf = (
    pytest.mark.machine
    if machine.jars("verapdf")
    else machine.missing("veraPDF with Java", "make set-up-test")
)


def failures(*documents: Path, flavour: str = "ua1") -> list[str]:
    """Return the rules that PDFs break, one sentence a rule; empty when all conform.

    Parameters
    ----------
    flavour
        veraPDF's name of the profile: `ua1` is PDF/UA-1.

    Raises
    ------
    RuntimeError
        veraPDF could not read a document, or did not answer.
    """
    command = [str(machine.java()), "-Xmx512m", "-cp", str(machine.jars("verapdf"))]
    command += ["org.verapdf.apps.GreenfieldCliWrapper", "--flavour", flavour, "--format", "json"]
    done = subprocess.run(
        [*command, *map(str, documents)], capture_output=True, text=True, timeout=600, check=False
    )
    try:
        jobs = json.loads(done.stdout)["report"]["jobs"]
    except (ValueError, KeyError) as error:
        raise RuntimeError(f"veraPDF gave no report: {done.stderr[-2000:]}") from error
    if len(jobs) != len(documents):
        raise RuntimeError(f"veraPDF looked at {len(jobs)} of {len(documents)} documents.")
    found = []
    for job in jobs:
        name = Path(job["itemDetails"]["name"]).name
        if "validationResult" not in job:
            raise RuntimeError(f"veraPDF could not read {name}: {job.get('taskException', '')}")
        results = job["validationResult"]
        for result in results if isinstance(results, list) else [results]:
            if result["compliant"]:
                continue
            found += [
                f"{name}: clause {rule['clause']}, test {rule['testNumber']}, "
                f"{rule['failedChecks']} times: {rule['description']}"
                for rule in result["details"]["ruleSummaries"]
                if rule["ruleStatus"] == "FAILED"
            ]
    return found
