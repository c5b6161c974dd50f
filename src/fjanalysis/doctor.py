"""What this machine has and lacks, and the exact command that mends each lack."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fjanalysis.errors import MachineError

Verdict = Literal["has", "lacks", "without"]
LEAST_PYTHON = (3, 11)
LEAST_FREE_GB = 5
JARS = Path(".tools")
# Packages whose modules have another name.
_PACKAGES = {"yaml": "pyyaml", "pypandoc": "pypandoc-binary"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    Parameters
    ----------
    name, purpose
        What it is, and what needs it.
    verdict
        `has`; `lacks`: something asked of this machine does not work; `without`: it is optional.
    detail
        The version or place found, or what is wrong.
    mend
        The command that mends it, or empty.
    """

    name: str
    purpose: str
    verdict: Verdict
    detail: str
    mend: str = ""


@dataclass(frozen=True)
class Report:
    """All findings, and what they come to."""

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing that is needed lacks."""
        return all(finding.verdict != "lacks" for finding in self.findings)

    @property
    def text(self) -> str:
        """The findings as a table, each lack followed by the command that mends it."""
        marks = {"has": "ok", "lacks": "LACKS", "without": "-"}
        width = max(len(finding.name) for finding in self.findings)
        lines = []
        for finding in self.findings:
            lines.append(
                f"{marks[finding.verdict]:<6} {finding.name:<{width}}  {finding.detail} ({finding.purpose})"
            )
            if finding.verdict != "has" and finding.mend:
                lines.append(f"{'':<6} {'':<{width}}  To mend: {finding.mend}")
        lines.append("")
        lines.append(
            "This machine has what it needs."
            if self.passed
            else "This machine lacks something: see the lines marked LACKS."
        )
        return "\n".join(lines)


def examine(root: Path | None = None) -> Report:
    """Look at this machine.

    Parameters
    ----------
    root
        The checkout, in which the test tools stand; the working folder where it is not given.
    """
    root = root or Path.cwd()
    publish = _extra("publish", "rendering and releases: the right side of the airlock")
    findings = [
        _python(),
        *_sides(_extra("analysis", "analyses: the left side of the airlock"), publish),
        _weasyprint(wanted=publish.verdict == "has"),
        _pandoc(wanted=publish.verdict == "has"),
        _fonts(wanted=publish.verdict == "has"),
        _disk(root),
        _memory(),
        _program("quarto", ["quarto"], "renders in place of pandoc", ["--version"], ""),
        _program("Chromium", _browsers(), "browser tests", ["--version"], _apt("chromium")),
        _program("poppler", ["pdftoppm"], "tests that look at PDFs", ["-v"], _apt("poppler-utils")),
        _program(
            "Java",
            ["java"],
            "tests with veraPDF and vnu",
            ["-version"],
            _apt("default-jre-headless"),
        ),
        _jars(root, "veraPDF", "verapdf", "PDF/UA tests"),
        _jars(root, "Nu HTML checker", "vnu", "HTML tests"),
        _program(
            "R", ["Rscript"], "oracle of the statistics tests", ["--version"], _apt("r-base-core")
        ),
    ]
    return Report(tuple(findings))


def _apt(*packages: str) -> str:
    sudo = "" if os.name == "posix" and os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install -y --no-install-recommends {' '.join(packages)}"


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    fits = sys.version_info[:2] >= LEAST_PYTHON
    return Finding(
        "Python", "everything", "has" if fits else "lacks", version, _apt("python3", "python3-venv")
    )


def _extra(name: str, purpose: str) -> Finding:
    missing = sorted(set(_lacking(_requirements(name))))
    if not missing:
        return Finding(f"extra '{name}'", purpose, "has", "installed")
    return Finding(
        f"extra '{name}'",
        purpose,
        "without",
        f"not installed: {', '.join(missing)}",
        _install(name),
    )


def not_installed(module: str) -> MachineError:
    """Return the error for a Python module that is not there, and the extra that brings it.

    Parameters
    ----------
    module
        Its name as it is imported.
    """
    name = module.partition(".")[0]
    package = _PACKAGES.get(name, name.replace("_", "-").lower())
    bringing = [extra for extra in ("analysis", "publish") if package in _requirements(extra)]
    if not bringing:
        return MachineError(
            f"The Python package '{name}' is not installed.",
            mend="Install the side you need: uv sync --extra analysis, or uv sync --extra publish.",
        )
    return MachineError(
        f"The extra '{bringing[0]}' is not installed: it brings the Python package '{package}'.",
        mend=f"Install it: {_install(bringing[0])}",
    )


def _install(extra: str) -> str:
    return f"uv sync --locked --inexact --no-default-groups --extra {extra}"


def _requirements(extra: str) -> list[str]:
    lines = importlib.metadata.requires("fjanalysis") or []
    wanted = [line for line in lines if re.search(rf"extra == ['\"]{extra}['\"]", line)]
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in wanted)
    return [name[0] for name in names if name]


def _lacking(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield name


def _sides(analysis: Finding, publish: Finding) -> list[Finding]:
    """Return both sides; a machine may stand on one side of the airlock, but not on neither."""
    if analysis.verdict == publish.verdict == "without":
        return [
            Finding(side.name, side.purpose, "lacks", side.detail, side.mend)
            for side in (analysis, publish)
        ]
    return [analysis, publish]


def _weasyprint(*, wanted: bool) -> Finding:
    purpose = "PDFs"
    if not wanted:
        return Finding("WeasyPrint", purpose, "without", "not looked for without extra 'publish'")
    code = "import weasyprint; from weasyprint.text.ffi import pango; print(weasyprint.__version__, pango.pango_version())"
    done = _output([sys.executable, "-c", code])
    if done is None:
        return Finding(
            "WeasyPrint",
            purpose,
            "lacks",
            "its text libraries (Pango) cannot be loaded",
            _apt("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz0b", "fontconfig"),
        )
    version, pango = done.split()[:2]
    number = int(pango)
    pango_name = f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    return Finding("WeasyPrint", purpose, "has", f"{version} with Pango {pango_name}")


def _pandoc(*, wanted: bool) -> Finding:
    purpose = "HTML"
    if not wanted:
        return Finding("pandoc", purpose, "without", "not looked for without extra 'publish'")
    code = "import pypandoc; print(pypandoc.get_pandoc_version())"
    version = _output([sys.executable, "-c", code])
    if version is None:
        mend = "uv sync --locked --extra publish --reinstall-package pypandoc-binary"
        return Finding("pandoc", purpose, "lacks", "the built-in pandoc does not start", mend)
    return Finding("pandoc", purpose, "has", version)


def _fonts(*, wanted: bool) -> Finding:
    purpose = "text of pages and charts"
    if not wanted:
        return Finding("fonts", purpose, "without", "not looked for without extra 'publish'")
    files = importlib.metadata.files("font-source-sans-pro") or []
    count = sum(
        Path(str(file.locate())).is_file() for file in files if file.suffix in (".ttf", ".otf")
    )
    mend = "uv sync --locked --extra publish --reinstall-package font-source-sans-pro"
    if not count:
        return Finding("fonts", purpose, "lacks", "the font files are not there", mend)
    return Finding("fonts", purpose, "has", f"{count} files of Source Sans Pro")


def _disk(root: Path) -> Finding:
    free = shutil.disk_usage(root).free / 1e9
    verdict: Verdict = "has" if free >= LEAST_FREE_GB else "lacks"
    mend = f"Free {LEAST_FREE_GB} GB, or put the data on another disk with --workspace."
    return Finding("disk", "a full refresh", verdict, f"{free:.0f} GB free", mend)


def _memory() -> Finding:
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return Finding("memory", "runs", "has", f"{size:.0f} GB, {os.cpu_count()} cores")


def _browsers() -> list[str]:
    own = os.environ.get("FJANALYSIS_CHROMIUM")
    return [own, *BROWSERS] if own else list(BROWSERS)


def _program(
    name: str, programs: list[str], purpose: str, version: list[str], mend: str
) -> Finding:
    for program in programs:
        path = shutil.which(program)
        line = _output([path, *version]) if path else None
        if line is not None:
            return Finding(name, purpose, "has", line)
    return Finding(name, f"optional: {purpose}", "without", "not found", mend)


def _jars(root: Path, name: str, folder: str, purpose: str) -> Finding:
    count = len(list((root / JARS / folder).glob("*.jar")))
    if count:
        return Finding(name, purpose, "has", f"{count} jars in {(JARS / folder).as_posix()}")
    return Finding(name, f"optional: {purpose}", "without", "not found", "make set-up-test")


def _output(command: list[str]) -> str | None:
    """Return the first line that a command prints, or None when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 (fixed commands, found on the PATH)
            command, capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return lines[0] if lines else ""
