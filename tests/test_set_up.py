"""The set-up scripts say the exact line that mends a lack, and never ask for a password."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path):
    """A checkout without an environment, and a folder of programs that come first on the PATH."""
    shutil.copytree(ROOT / "scripts", tmp_path / "checkout" / "scripts")
    (tmp_path / "programs").mkdir()
    for name in ("uv.lock", "pyproject.toml"):
        (tmp_path / "checkout" / name).write_text("")
    return tmp_path / "checkout"


def _program(checkout, name, script):
    path = checkout.parent / "programs" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _run(checkout, *command):
    path = f"{checkout.parent / 'programs'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", *command],
        cwd=checkout,
        env={"PATH": path, "HOME": str(checkout.parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(checkout, script):
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)


def test_without_root_a_missing_library_gives_the_install_line_and_no_prompt(checkout):
    _program(checkout, "id", "echo 1000")
    _program(checkout, "sudo", "echo a password prompt; exit 1")
    _environment(checkout, "exit 1")
    done = _run(checkout, "scripts/libraries.sh")
    assert done.returncode == 15
    assert "sudo apt-get install -y --no-install-recommends libpango-1.0-0" in done.stderr
    assert "password" not in done.stdout + done.stderr


def test_as_root_a_missing_library_is_installed(checkout):
    log = checkout.parent / "log"
    _program(checkout, "id", "echo 0")
    _program(checkout, "apt-get", f'echo "$@" >> {log}')
    _environment(checkout, f"[ -e {log} ]")
    done = _run(checkout, "scripts/libraries.sh")
    assert done.returncode == 0, done.stderr
    assert "libpangoft2-1.0-0" in log.read_text()


def test_libraries_that_are_there_are_not_installed_again(checkout):
    log = checkout.parent / "log"
    _program(checkout, "apt-get", f'echo "$@" >> {log}')
    _environment(checkout, "exit 0")
    assert _run(checkout, "scripts/libraries.sh").returncode == 0
    (checkout / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    assert _run(checkout, "scripts/libraries.sh").returncode == 0
    assert not log.exists()


def test_an_older_python_alone_is_refused_with_the_line_that_installs_one(checkout):
    for each in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        _program(checkout, each, "exit 1")
    done = _run(checkout, "scripts/environment.sh", "demo")
    assert done.returncode == 15
    assert "Python 3.11 or newer was not found." in done.stderr
    assert "apt-get install -y --no-install-recommends python3 python3-venv" in done.stderr


def test_an_environment_that_is_up_to_date_is_left_alone(checkout):
    marker = checkout.parent / "called"
    _program(checkout, "uv", f"touch {marker}; mkdir -p .venv/bin; exit 0")
    _environment(checkout, "exit 0")
    assert _run(checkout, "scripts/environment.sh", "demo").returncode == 0
    assert marker.exists()
    marker.unlink()
    assert _run(checkout, "scripts/environment.sh", "demo").returncode == 0
    assert not marker.exists()
    (checkout / "uv.lock").write_text("changed\n")
    assert _run(checkout, "scripts/environment.sh", "demo").returncode == 0
    assert marker.exists()


def test_a_test_tool_that_cannot_be_had_is_named_and_stops_nothing(checkout):
    _program(checkout, "id", "echo 1000")
    for name in ("chromium", "chromium-browser", "google-chrome"):
        _program(checkout, name, "exit 1")
    _program(checkout, "mvn", "exit 1")
    done = _run(checkout, "scripts/test-tools.sh")
    assert done.returncode == 0
    assert "Not to be had here: Chromium." in done.stderr
    assert "Not to be had here: verapdf." in done.stderr
