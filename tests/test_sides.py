"""Each side of the airlock works without the other's packages, and the command line starts light."""

from __future__ import annotations

import importlib.metadata
import json
import pkgutil
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import fjanalysis
from fjanalysis.doctor import not_installed

LEFT = ("sources", "refresh", "reference", "statistics", "streams", "runner", "disclosure")
RIGHT = ("briefings", "releases")
BOTH = ("fjanalysis.releases.replay",)  # walks the analyses again, for `release` and `verify --run`
CORE = (
    "changes",
    "cli",
    "errors",
    "few",
    "folders",
    "limits",
    "packs",
    "periods",
    "processes",
    "progress",
    "project",
    "results",
)

BLOCKER = """
import importlib, json, sys

class Blocker:
    def __init__(self, names):
        self.names = set(names)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{name} is blocked by the test", name=name)

blocked, modules = json.load(sys.stdin)
sys.meta_path.insert(0, Blocker(blocked))
failed = {}
for module in modules:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        failed[module] = str(error)
print(json.dumps(failed))
"""


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("tinyhtml5", "publish"),
        ("yaml", "publish"),
        ("duckdb", "analysis"),
        ("fontTools.ttLib", "publish"),
    ],
)
def test_a_module_that_is_not_there_is_named_with_the_extra_that_brings_it(module, extra):
    error = not_installed(module)
    assert f"The extra '{extra}' is not installed" in error.what
    assert error.mend.endswith(f"--extra {extra}")


def test_a_module_that_no_extra_brings_is_named_itself():
    assert not_installed("cssselect2").what == "The Python package 'cssselect2' is not installed."


def _modules(*packages):
    found = []
    for package in packages:
        name = f"fjanalysis.{package}"
        found.append(name)
        spec = importlib.util.find_spec(name)
        if spec.submodule_search_locations:
            walked = pkgutil.walk_packages(spec.submodule_search_locations, f"{name}.")
            found += [module.name for module in walked]
    return found


def _closure(extra):
    """Return the distributions that `pip install fjanalysis[extra]` would bring, by canonical name."""
    pending, seen = [("fjanalysis", extra)], set()
    while pending:
        name, wanted = pending.pop()
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for line in lines:
            requirement = Requirement(line)
            if requirement.marker and not requirement.marker.evaluate({"extra": wanted}):
                continue
            key = canonicalize_name(requirement.name)
            if key not in seen:
                seen.add(key)
                pending += [(requirement.name, each) for each in requirement.extras or {""}]
    return seen


def _import_names(distributions):
    names = importlib.metadata.packages_distributions()
    return sorted(
        module
        for module, owners in names.items()
        if {canonicalize_name(owner) for owner in owners} & distributions and module[0] != "_"
    )


def _failures(blocked, modules):
    done = subprocess.run(
        [sys.executable, "-c", BLOCKER],
        input=json.dumps([blocked, modules]),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("own", "other", "packages"),
    [("publish", "analysis", (*CORE, *RIGHT)), ("analysis", "publish", (*CORE, *LEFT))],
    ids=["right", "left"],
)
def test_a_side_imports_without_the_packages_of_the_other(own, other, packages):
    blocked = _import_names(_closure(other) - _closure(own))
    assert blocked
    modules = [name for name in _modules(*packages) if name not in BOTH]
    assert _failures(blocked, modules) == {}


def test_the_blocker_blocks():
    assert list(_failures(["pandas"], ["fjanalysis.results"])) == ["fjanalysis.results"]


def test_every_module_of_the_package_belongs_to_a_side_that_is_tested():
    known = {*LEFT, *RIGHT, *CORE, "demo", "doctor"}
    found = {module.name for module in pkgutil.iter_modules(fjanalysis.__path__)}
    assert found - known == set()


def test_help_starts_without_any_heavy_package():
    code = (
        "import sys; sys.argv = ['fjanalysis', '--help']\n"
        "from fjanalysis.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted(name for name in sys.modules if '.' not in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "From a refresh" in done.stdout
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    heavy = {"pandas", "numpy", "scipy", "duckdb", "pydantic", "rich", "matplotlib", "weasyprint"}
    assert loaded & heavy == set()
