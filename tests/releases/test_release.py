"""A release has the same bytes wherever it is made, verifies elsewhere, and each alteration is caught."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from rocrate_validator import services
from rocrate_validator.utils.http import HttpRequester

from fjanalysis.errors import SourceError, VerificationError
from fjanalysis.folders import files_below, sha256, write_text
from fjanalysis.packs import CHECKSUMS as PACK_CHECKSUMS
from fjanalysis.packs import CLEARANCE
from fjanalysis.packs import checksum_lines as pack_checksum_lines
from fjanalysis.project import open_project
from fjanalysis.releases import release as releasing
from fjanalysis.releases.release import ABOUT, CHECKSUMS, checksum_lines, release
from fjanalysis.releases.signature import KEY
from fjanalysis.releases.verify import Options, verify
from fjanalysis.results import read_csv
from tests.packs import make_pack

ROOT = Path(__file__).parents[2]
TAG = "v9.9.9"
REFRESH = "2026-02-01"
pytestmark = pytest.mark.xdist_group("release")


def git(root, *arguments):
    identity = ["-c", "user.name=Tests", "-c", "user.email=tests@example.org"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A small checkout with one briefing, committed and tagged."""
    root = tmp_path_factory.mktemp("origin") / "checkout"
    root.mkdir()
    for name in ("fjanalysis.toml", "_brand.yml", "_quarto.yml", "uv.lock", "LICENSE"):
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


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs") / "outputs"
    make_pack(folder / REFRESH, cleared=True)
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


@pytest.fixture(scope="module")
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
    write_text(folder / CHECKSUMS, checksum_lines(folder))


def verdicts(report):
    return {step.name: step.verdict for step in report.steps}


def origins(report):
    return {each.step for step in report.steps for each in step.differences}


def test_two_releases_of_a_tag_have_the_same_bytes(made, checkout, outputs, tmp_path):
    again = make(checkout, outputs, tmp_path)
    first = {name: sha256(made.folder / name) for name in files_below(made.folder)}
    assert {name: sha256(again.folder / name) for name in files_below(again.folder)} == first
    assert made.archive.read_bytes() == again.archive.read_bytes()


def test_nothing_in_a_release_names_a_place_of_the_machine(made):
    place = str(made.folder.parents[1]).encode()
    assert [n for n in files_below(made.folder) if place in (made.folder / n).read_bytes()] == []


def test_a_stranger_s_fresh_clone_verifies_the_archive(made, reviewer, tmp_path):
    before = sha256(made.archive)
    page = tmp_path / "verify.html"
    report = verify(reviewer, made.archive, Options(page=page))
    found = verdicts(report)
    assert found["Integrity"] == "passed", report.text
    assert found["Rendering"] == "passed", report.text
    assert found["Numbers"] == "not done"
    assert report.paragraph in page.read_text(encoding="utf-8").replace("&#x27;", "'")
    assert sha256(made.archive) == before


def test_an_altered_file_is_named(copy, reviewer):
    (copy / "environment.json").write_text("{}")
    report = verify(reviewer, copy, Options())
    assert not report.passed
    assert "environment" in origins(report)


def test_an_altered_picture_is_caught_by_the_rebuilt_site(copy, reviewer):
    picture = next(path for path in sorted((copy / "site").rglob("*.svg")))
    picture.write_text(picture.read_text(encoding="utf-8").replace("</svg>", "<g/></svg>"))
    reseal(copy)
    report = verify(reviewer, copy, Options())
    assert verdicts(report)["Rendering"] == "failed"
    assert origins(report) == {"render"}


def test_an_altered_number_is_caught_though_every_checksum_was_written_anew(copy, reviewer):
    pack = copy / "outputs" / REFRESH
    path = pack / "results.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(
        i for i, line in enumerate(lines) if "newborn_cases,count,E92000001,2019-20,," in line
    )
    fields = lines[at].split(",")
    fields[8] = fields[11] = str(float(fields[8]) + 50).removesuffix(".0")
    lines[at] = ",".join(fields)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_text(pack / PACK_CHECKSUMS, pack_checksum_lines(pack))
    clearance = json.loads((pack / CLEARANCE).read_text(encoding="utf-8"))
    checksum = sha256(pack / PACK_CHECKSUMS)
    write_text(pack / CLEARANCE, json.dumps({**clearance, "pack_sha256": checksum}))
    about = json.loads((copy / ABOUT).read_text(encoding="utf-8"))
    write_text(copy / ABOUT, json.dumps({**about, "pack_checksum": checksum}))
    reseal(copy)
    report = verify(reviewer, copy, Options())
    assert verdicts(report)["Rendering"] == "failed"
    assert any(
        each.what.endswith("index.html") for step in report.steps for each in step.differences
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "step"),
    [
        ("code/analyses/recurrence.ipynb", "Parents", "Persons", "notebook"),
        ("code/uv.lock", 'version = "', 'version = "9', "environment"),
    ],
)
def test_altered_code_is_caught_by_the_commit_at_hand(copy, reviewer, name, old, new, step):
    path = copy / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    reseal(copy)
    report = verify(reviewer, copy, Options())
    assert verdicts(report)["Integrity"] == "failed"
    assert [(each.what, each.step) for each in report.steps[0].differences] == [(name, step)]


def test_a_release_by_a_newer_version_and_a_folder_that_is_none_are_refused(
    copy, reviewer, tmp_path
):
    about = json.loads((copy / ABOUT).read_text(encoding="utf-8"))
    write_text(copy / ABOUT, json.dumps({**about, "schema": 2}))
    with pytest.raises(VerificationError, match="newer version"):
        verify(reviewer, copy, Options())
    with pytest.raises(VerificationError, match="no release here"):
        verify(reviewer, tmp_path, Options())


def test_a_pack_given_as_a_path_is_refused(copy, reviewer):
    about = json.loads((copy / ABOUT).read_text(encoding="utf-8"))
    write_text(copy / ABOUT, json.dumps({**about, "pack": "../../elsewhere"}))
    with pytest.raises(VerificationError, match="not whole"):
        verify(reviewer, copy, Options())


def test_a_refresh_that_is_not_at_hand_is_an_error_of_the_source(made, reviewer):
    with pytest.raises(SourceError, match="not at hand"):
        verify(reviewer, made.folder, Options(run=True, refresh="2020-01-01"))


def test_a_dirty_tree_an_untagged_commit_and_a_draft_pack_hold_a_release_back(checkout, tmp_path):
    git(tmp_path, "clone", "-q", str(checkout), str(tmp_path / "clone"))
    (tmp_path / "clone" / "extra.txt").write_text("dirty")
    make_pack(tmp_path / "outputs" / REFRESH)
    project = open_project(tmp_path, start=tmp_path / "clone")
    with pytest.raises(VerificationError) as caught:
        release(project, "v0.0.1", refresh=REFRESH)
    for words in ("dirty", "does not carry the tag 'v0.0.1'", "was not cleared"):
        assert words in caught.value.what
    assert not (tmp_path / "releases").exists()


def test_a_signature_is_verified_against_the_allowed_signers(
    checkout, outputs, reviewer, tmp_path, monkeypatch
):
    if not shutil.which("ssh-keygen"):
        pytest.skip("ssh-keygen is not on this machine; to mend: apt-get install openssh-client")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    monkeypatch.setenv(KEY, str(key))
    (tmp_path / "signed").mkdir()
    signed = make(checkout, outputs, tmp_path / "signed")
    assert signed.signed
    signers = tmp_path / "signers"
    signers.write_text(f"releases@example.org {key.with_suffix('.pub').read_text()}")
    report = verify(reviewer, signed.folder, Options(signers=signers))
    assert "signed by releases@example.org" in report.steps[0].sentence
    reseal(signed.folder)
    (signed.folder / CHECKSUMS).write_text((signed.folder / CHECKSUMS).read_text() + "\n")
    assert (
        verdicts(verify(reviewer, signed.folder, Options(signers=signers)))["Integrity"] == "failed"
    )


class Served:
    """An answer of the web, given by the test."""

    status_code = 200

    def __init__(self, document):
        self.text = json.dumps(document)
        self.content = self.text.encode()
        self.headers = {"Content-Type": "application/ld+json"}

    def json(self):
        return json.loads(self.text)


@pytest.fixture
def terms(monkeypatch):
    """Serve the RO-Crate terms, which the validator fetches from the web and the rocrate package ships."""
    path = files("rocrate") / "data" / "ro-crate.jsonld"
    shipped = json.loads(path.read_text(encoding="utf-8"))

    def get(self, url, *arguments, **more):
        assert url.startswith("https://w3id.org/ro/crate/"), url
        return Served({"@context": shipped["@context"]})

    monkeypatch.setattr(HttpRequester, "get", get, raising=False)


def invalid(folder):
    settings = services.ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier="process-run-crate",
        requirement_severity="REQUIRED",
    )
    return [issue.message for issue in services.validate(settings).get_issues()]


@pytest.mark.usefixtures("terms")
def test_the_metadata_conform_to_ro_crate_and_process_run_crate(made, copy):
    assert invalid(made.folder) == []
    path = copy / "ro-crate-metadata.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"datePublished"', '"datePubished"'))
    assert invalid(copy) != []
