"""The metadata of a release conform to RO-Crate and Process Run Crate, and name what a reviewer looks for."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from rocrate_validator import services
from rocrate_validator.utils.http import HttpRequester

from tests.releases.conftest import REFRESH

pytestmark = pytest.mark.xdist_group("release")


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


@pytest.fixture(scope="session")
def graph(made):
    document = json.loads((made.folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    return {each["@id"]: each for each in document["@graph"]}


def test_each_notebook_is_a_workflow_with_its_parameters_and_a_run_of_each_variant(graph):
    notebook = graph["code/analyses/urgent-hearings.ipynb"]
    assert "ComputationalWorkflow" in notebook["@type"]
    formal = {graph[each["@id"]]["name"] for each in notebook["input"]}
    run = graph["#run-urgent-hearings-main"]
    assert run["instrument"] == {"@id": notebook["@id"]}
    values = [graph[each["@id"]] for each in run["object"] if each["@id"] != "#refresh"]
    assert {each["name"] for each in values} == formal
    assert {each["exampleOfWork"]["@id"] for each in values} == {
        each["@id"] for each in notebook["input"]
    }


def test_people_licence_citation_and_the_refresh_s_fingerprint_are_named(graph):
    root = graph["./"]
    assert [graph[each["@id"]]["name"] for each in root["author"]] == ["The fjanalysis developers"]
    assert graph[root["license"]["@id"]]["name"] == "Open Government Licence v3.0"
    assert graph[root["citation"]["@id"]]["name"] == "CITATION.cff"
    refresh = graph["#refresh"]
    assert refresh["identifier"] == "f" * 64
    assert refresh["subjectOf"]["@id"] == f"outputs/{REFRESH}/provenance/refresh.json"


def test_every_reference_leads_to_something(graph):
    def references(value):
        if isinstance(value, dict):
            yield from [value["@id"]] if set(value) == {"@id"} else []
        elif isinstance(value, list):
            for each in value:
                yield from references(each)

    wanted = {
        name for entity in graph.values() for value in entity.values() for name in references(value)
    }
    assert {each for each in wanted if each not in graph and not each.startswith("http")} == set()
