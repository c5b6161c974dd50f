"""A small source of all three systems, made once, and a workspace to ingest it into."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from fjanalysis.project import Project, open_project
from fjanalysis.sources.synthetic import synthesise
from tests.refresh.sources import DATE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("ingest") / "source"
    synthesise(place, DATE, scale=0.01, seed=3)
    return place


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = open_project(tmp_path / "workspace", start=ROOT)
    settings = project.settings.model_copy(
        update={
            "source": project.settings.source.model_copy(
                update={"mappings": ("ecms", "cms", "cymru")}
            )
        }
    )
    return dataclasses.replace(project, settings=settings)


@pytest.fixture
def copied(source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "copied"))
