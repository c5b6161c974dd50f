"""A release holds what a stranger needs, has the same bytes wherever it is made, and is held back for cause."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from fjanalysis.errors import VerificationError
from fjanalysis.folders import files_below, sha256
from fjanalysis.packs import read_pack
from fjanalysis.project import code_hash, open_project
from fjanalysis.releases import release as releasing
from fjanalysis.releases.provenance import other_code
from fjanalysis.releases.release import ABOUT, CHECKSUMS, earlier_packs, release
from fjanalysis.releases.signature import KEY
from fjanalysis.releases.verify import Options, verify
from tests.packs import make_pack
from tests.releases.conftest import REFRESH, TAG, edit_json, git, make, verdicts

pytestmark = pytest.mark.xdist_group("release")


def test_two_releases_of_a_tag_have_the_same_bytes(made, checkout, outputs, tmp_path):
    again = make(checkout, outputs, tmp_path)
    first = {name: sha256(made.folder / name) for name in files_below(made.folder)}
    assert {name: sha256(again.folder / name) for name in files_below(again.folder)} == first
    assert made.archive.read_bytes() == again.archive.read_bytes()


def test_nothing_in_a_release_names_a_place_of_the_machine(made):
    place = str(made.folder.parents[1]).encode()
    assert [n for n in files_below(made.folder) if place in (made.folder / n).read_bytes()] == []


def test_it_holds_code_pack_site_notebooks_synthetic_results_environment_and_how_to_cite_it(made):
    names = set(files_below(made.folder))
    assert {
        "code/uv.lock",
        "code/LICENSE",
        "code/CITATION.cff",
        "code/analyses/recurrence.ipynb",
        f"outputs/{REFRESH}/results.csv",
        f"outputs/{REFRESH}/provenance/refresh.json",
        "site/urgent-hearings/index.html",
        "notebooks/urgent-hearings.html",
        "notebooks/urgent-hearings.parameters.json",
        "synthetic/results.csv",
        "environment.json",
        "ro-crate-metadata.json",
        CHECKSUMS,
    } <= names
    about = json.loads((made.folder / ABOUT).read_text(encoding="utf-8"))
    assert about["profile"]["rules"]["threshold"] == 10
    assert f"release {TAG}" in about["cite_as"]


def test_it_holds_the_earlier_packs_that_disclosure_control_took_as_known(tmp_path):
    earlier = make_pack(
        tmp_path / "outputs" / "2025-08-01",
        streams=("urgent-hearings",),
        refresh="2025-08-01",
        cleared=True,
    )
    later = read_pack(
        make_pack(tmp_path / "outputs" / REFRESH, streams=("urgent-hearings",), cleared=True)
    )
    used = [{"pack": "2025-08-01", "sha256": read_pack(earlier).checksum}]
    later.manifest["earlier"].extend(used)
    project = open_project(tmp_path)
    assert [each.folder for each in earlier_packs(project, later)] == [earlier]
    later.manifest["earlier"][0]["sha256"] = "0" * 64
    with pytest.raises(
        VerificationError, match="2025-08-01, which disclosure control took as known"
    ):
        earlier_packs(project, later)


def test_a_dirty_tree_an_untagged_commit_and_a_draft_pack_hold_a_release_back(checkout, tmp_path):
    git(tmp_path, "clone", "-q", str(checkout), str(tmp_path / "clone"))
    (tmp_path / "clone" / "extra.txt").write_text("dirty")
    make_pack(tmp_path / "outputs" / REFRESH, streams=("urgent-hearings",))
    project = open_project(tmp_path, start=tmp_path / "clone")
    with pytest.raises(VerificationError) as caught:
        release(project, "v0.0.1", refresh=REFRESH)
    for words in ("dirty", "does not carry the tag 'v0.0.1'", "was not cleared"):
        assert words in caught.value.what
    assert not (tmp_path / "releases").exists()


def test_numbers_made_by_other_code_than_the_commit_s_hold_a_release_back(
    checkout, outputs, tmp_path
):
    git(tmp_path, "clone", "-q", str(checkout), str(tmp_path / "clone"))
    shutil.copytree(outputs, tmp_path / "outputs")
    project = open_project(tmp_path, start=tmp_path / "clone")
    with pytest.raises(VerificationError, match="another lock file and notebook and package than"):
        release(project, TAG, refresh=REFRESH)
    pack = read_pack(tmp_path / "outputs" / REFRESH)
    stream = pack.streams["urgent-hearings"]["variants"]["main"]["hashes"]
    stream["lock"] = sha256(project.root / "uv.lock")
    stream["notebook"] = sha256(project.root / "analyses" / "urgent-hearings.ipynb")
    stream["code"] = code_hash(project.root / "src" / "fjanalysis")
    assert list(other_code(project, pack)) == []


def test_rates_on_provisional_denominators_hold_a_release_back_unless_the_settings_allow_them(
    checkout, outputs, tmp_path
):
    git(tmp_path, "clone", "-q", str(checkout), str(tmp_path / "clone"))
    shutil.copytree(outputs, tmp_path / "outputs")
    project = open_project(tmp_path, start=tmp_path / "clone")
    with pytest.raises(VerificationError, match="provisional denominators"):
        release(project, TAG, refresh=REFRESH)


def test_pages_that_fail_the_site_s_checks_hold_a_release_back_and_nothing_is_left(
    checkout, outputs, tmp_path, monkeypatch
):
    git(tmp_path, "clone", "-q", str(checkout), str(tmp_path / "clone"))
    page = tmp_path / "clone" / "briefings" / "urgent-hearings" / "index.qmd"
    page.write_text(page.read_text() + "\n#### Two levels down\n", encoding="utf-8")
    settings = tmp_path / "clone" / "fjanalysis.toml"
    settings.write_text(
        settings.read_text().replace("allow-provisional = false", "allow-provisional = true")
    )
    git(tmp_path / "clone", "commit", "-q", "-a", "-m", "Skip a level of headings")
    git(tmp_path / "clone", "tag", "v9.9.10")
    shutil.copytree(outputs, tmp_path / "outputs")
    monkeypatch.setattr(releasing, "other_code", lambda *_: iter(()))
    project = open_project(tmp_path, start=tmp_path / "clone")
    with pytest.raises(VerificationError) as caught:
        release(project, "v9.9.10", refresh=REFRESH)
    assert "The heading 'Two levels down' skips from level 2 to 4" in caught.value.what
    assert list((tmp_path / "releases").glob("*")) == []


def test_a_signature_is_verified_against_the_allowed_signers_without_a_network(
    checkout, outputs, reviewer, tmp_path, monkeypatch
):
    if not shutil.which("ssh-keygen"):
        pytest.skip("ssh-keygen is not on this machine; to mend: apt-get install openssh-client")
    key, stranger = tmp_path / "key", tmp_path / "stranger"
    for each in (key, stranger):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(each)], check=True)
    monkeypatch.setenv(KEY, str(key))
    (tmp_path / "signed").mkdir()
    signed = make(checkout, outputs, tmp_path / "signed")
    assert signed.signed

    def integrity(signer):
        signers = tmp_path / "signers"
        signers.write_text(f"releases@example.org {signer.with_suffix('.pub').read_text()}")
        report = verify(reviewer, signed.folder, Options(signers=signers))
        return report.steps[0]

    assert "signed by releases@example.org" in integrity(key).sentence
    assert integrity(stranger).verdict == "failed"
    (signed.folder / CHECKSUMS).write_text((signed.folder / CHECKSUMS).read_text() + "\n")
    assert integrity(key).verdict == "failed"


def test_a_release_that_should_be_signed_and_is_not_fails(made, reviewer, tmp_path):
    (tmp_path / "signers").write_text("")
    report = verify(reviewer, made.folder, Options(signers=tmp_path / "signers"))
    assert verdicts(report)["Integrity"] == "failed"


def test_an_edited_draft_mark_does_not_make_an_uncleared_pack_cleared(copy, reviewer):
    pack = copy / "outputs" / REFRESH / "clearance.json"
    pack.unlink()
    edit_json(copy / ABOUT, draft=False)
    report = verify(reviewer, copy, Options())
    assert "package that made urgent-hearings" in [
        each.what for each in report.steps[0].differences
    ]
    assert "clearance of the pack" in [each.what for each in report.steps[0].differences]
