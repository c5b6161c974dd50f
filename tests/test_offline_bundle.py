"""The offline bundle installs with the network off, and the analysis side runs there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from fjanalysis.releases.code import FILTERED

ROOT = Path(__file__).parents[1]
REFRESH = "2026-02-01"
# One bundle at a time: all are written to the same place.
pytestmark = [pytest.mark.whole, pytest.mark.machine, pytest.mark.xdist_group("bundle")]


def _without_network() -> list[str] | None:
    """Return the command prefix that runs something in a network namespace of its own, or None."""
    for prefix in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if shutil.which("unshare"):
            done = subprocess.run([*prefix, "true"], capture_output=True, check=False)
            if done.returncode == 0:
                return prefix
    return None


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The bundle of the last commit, unpacked."""
    if not (ROOT / ".git").exists():
        pytest.skip("the bundle is made from a git checkout; to mend: git clone the project")
    made = subprocess.run(
        ["bash", "scripts/offline-bundle.sh"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    archive = ROOT / made.stdout.splitlines()[-1]
    folder = tmp_path_factory.mktemp("bundle")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, **FILTERED)
    return next(folder.iterdir())


def _run(command, *, cwd, home):
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_the_bundle_installs_and_runs_the_analyses_without_a_network(bundle, tmp_path):
    prefix = _without_network()
    if prefix is None:
        pytest.skip(
            "no network namespace can be made here; to mend: run the tests as root on Linux"
        )

    def offline(*command):
        done = _run([*prefix, *command], cwd=tmp_path, home=tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    devices = offline("cat", "/proc/net/dev").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]
    offline("sh", str(bundle / "install.sh"), "there")
    there = tmp_path / "there"

    def fjanalysis(*arguments):
        command = [*prefix, str(there / ".venv/bin/fjanalysis"), *arguments]
        done = _run(command, cwd=there, home=tmp_path)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    assert "This machine has what it needs." in fjanalysis("doctor")
    fjanalysis("synth", "source", "--refresh", REFRESH, "--scale", "0.02")
    fjanalysis("ingest", "--source", "source", "--refresh", REFRESH)
    fjanalysis("run", "--no-variants", "--refresh", REFRESH)
    fjanalysis("pack", "--refresh", REFRESH)
    assert (there / "outputs" / REFRESH / "checksums.sha256").is_file()


def test_a_damaged_bundle_is_not_installed(bundle, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(bundle, damaged, ignore=shutil.ignore_patterns("wheels"))
    done = _run(["sh", str(damaged / "install.sh"), "there"], cwd=tmp_path, home=tmp_path)
    assert done.returncode == 15
    assert "The bundle is damaged" in done.stderr
    assert not (tmp_path / "there").exists()


def test_a_bundle_for_another_kind_of_machine_is_not_installed(bundle, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(bundle, other, ignore=shutil.ignore_patterns("wheels"))
    (other / "SYSTEM").write_text("linux-riscv64-cp399\n")
    done = _run(["sh", str(other / "install.sh"), "there"], cwd=tmp_path, home=tmp_path)
    assert done.returncode == 15
    assert "This bundle is for linux-riscv64-cp399" in done.stderr
