"""A small release, made once, and what an attacker would do to it."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from fjanalysis.errors import FjanalysisError
from fjanalysis.folders import sha256, write_text
from fjanalysis.packs import CHECKSUMS as PACK_CHECKSUMS
from fjanalysis.packs import CLEARANCE, read_pack
from fjanalysis.packs import checksum_lines as pack_checksum_lines
from fjanalysis.project import open_project
from fjanalysis.releases import release as releasing
from fjanalysis.releases.crate import CHECKSUMS, write_crate
from fjanalysis.releases.release import ABOUT, checksum_lines, release
from fjanalysis.results import read_csv
from tests.packs import make_pack

ROOT = Path(__file__).parents[2]
TAG = "v9.9.9"
REFRESH = "2026-02-01"


def git(root, *arguments):
    identity = ["-c", "user.name=Tests", "-c", "user.email=tests@example.org"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A small checkout with one briefing, committed and tagged."""
    root = tmp_path_factory.mktemp("origin") / "checkout"
    root.mkdir()
    for name in (
        "fjanalysis.toml",
        "_brand.yml",
        "_quarto.yml",
        "uv.lock",
        "LICENSE",
        "CITATION.cff",
    ):
        shutil.copy(ROOT / name, root / name)
    for name in ("analyses", "templates", "briefings/_shared", "briefings/urgent-hearings"):
        shutil.copytree(ROOT / name, root / name)
    (root / "briefings" / "urgent-hearings" / "index.cy.qmd").unlink(missing_ok=True)
    (root / "briefings" / "urgent-hearings" / "index.qmd").write_text(
        "---\ntitle: Newborn babies\nstream: urgent-hearings\ndate: 2026-02-01\nlang: en-GB\n---\n\n## Key findings {#key}\n\n"
        'There were {{< value "newborn_cases.count" area="England" period="2019-20" >}} newborn babies.\n\n'
        '{{< chart "newborn-cases" >}}\n',
        encoding="utf-8",
    )
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "A checkout for tests")
    git(root, "tag", TAG)
    return root


@pytest.fixture(scope="session")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs") / "outputs"
    make_pack(folder / REFRESH, streams=("urgent-hearings",), cleared=True)
    return folder


def make(checkout, outputs, workspace, **more):
    """Make a release in a clone and a workspace of its own; its synthetic results are a few rows."""
    clone = workspace / "clone"
    git(workspace, "clone", "-q", str(checkout), str(clone))
    shutil.copytree(outputs, workspace / "outputs")
    project = open_project(workspace, start=clone)
    with pytest.MonkeyPatch.context() as patch:
        few = read_csv(outputs / REFRESH / "results.csv").head(20)
        patch.setattr(releasing, "_synthetic", lambda _: few)
        return release(project, TAG, refresh=REFRESH, draft=True, **more)


@pytest.fixture(scope="session")
def made(checkout, outputs, tmp_path_factory):
    return make(checkout, outputs, tmp_path_factory.mktemp("first"))


@pytest.fixture
def copy(made, tmp_path):
    """A copy of the release that a test may alter."""
    shutil.copytree(made.folder, tmp_path / "release")
    return tmp_path / "release"


@pytest.fixture
def reviewer(checkout, tmp_path):
    """A fresh clone on another path."""
    git(tmp_path, "clone", "-q", str(checkout), str(tmp_path / "elsewhere"))
    return open_project(tmp_path / "data", start=tmp_path / "elsewhere")


def reseal(folder):
    """Write metadata and checksums anew, as somebody would who altered a release."""
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    with contextlib.suppress(FjanalysisError):
        write_crate(
            folder, open_project(folder, start=ROOT), read_pack(folder / "outputs" / REFRESH), about
        )
    write_text(folder / CHECKSUMS, checksum_lines(folder))


def reseal_pack(folder):
    """Write the pack's checksums, its clearance and what the release says of them anew, and then the rest."""
    pack = folder / "outputs" / REFRESH
    write_text(pack / PACK_CHECKSUMS, pack_checksum_lines(pack))
    checksum = sha256(pack / PACK_CHECKSUMS)
    edit_json(pack / CLEARANCE, pack_sha256=checksum)
    edit_json(folder / ABOUT, pack_checksum=checksum)
    reseal(folder)


def edit_json(path, **changes):
    about = json.loads(path.read_text(encoding="utf-8"))
    write_text(
        path, json.dumps({**about, **changes}, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    )


def replace_once(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def raise_a_number(folder, amount=50):
    """Add to the number of newborn cases in England in 2019-20."""
    path = folder / "outputs" / REFRESH / "results.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(
        n for n, line in enumerate(lines) if "newborn_cases,count,E92000001,2019-20,," in line
    )
    fields = lines[at].split(",")
    fields[8] = fields[11] = str(float(fields[8]) + amount).removesuffix(".0")
    lines[at] = ",".join(fields)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def verdicts(report):
    return {step.name: step.verdict for step in report.steps}


def origins(report):
    return {each.step for step in report.steps for each in step.differences}
