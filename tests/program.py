"""The installed program, run as its users run it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = Path(sys.executable).with_name("fjanalysis")
# What a copy of the checkout needs so that briefings and settings in it may be changed.
FILES = ("fjanalysis.toml", "_brand.yml", "_quarto.yml", "uv.lock", "pyproject.toml", "LICENSE")
FOLDERS = ("analyses", "briefings", "templates")


def fjanalysis(*arguments, cwd=ROOT, code=0):
    """Run the installed program; assert its exit code, and that no failure shows a traceback."""
    done = subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, f"{arguments}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


def left(folder):
    """Return the names in a folder, hidden ones included; empty when it does not exist."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def copy_checkout(root):
    """Copy to `root` what a checkout needs so that notebooks, briefings and settings may be changed."""
    root.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, root / name)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, root / name)
    return root
