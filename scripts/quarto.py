"""Quarto's way into the project: `quarto render` calls it before and after, with whatever Python it finds.

It hands over to the project's own Python in .venv, or to this one where the package is installed.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE = "fjanalysis.briefings.quarto"


def main():
    """Run one step; return its exit code."""
    own = [ROOT / ".venv" / "bin" / "python", ROOT / ".venv" / "Scripts" / "python.exe"]
    found = [str(path) for path in own if path.exists()]
    if not found and find_spec("fjanalysis") is not None:
        found = [sys.executable]
    if not found:
        sys.stderr.write("The project's environment is not set up.\n")
        sys.stderr.write("To mend: run make set-up, or uv sync --extra publish.\n")
        return 15
    command = [found[0], "-m", MODULE, *sys.argv[1:]]
    return subprocess.call(command, cwd=ROOT)  # noqa: S603 - the project's own module


if __name__ == "__main__":
    sys.exit(main())
