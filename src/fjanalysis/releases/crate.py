"""What a release says of itself in RO-Crate 1.1 terms, with explicit ids and no clock.

The metadata are written as plain JSON-LD, sorted, so that the same release has the same bytes.
Profile: Process Run Crate 0.5 (each step of the road that made the contents is a CreateAction).
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from fjanalysis.folders import files_below, write_text
from fjanalysis.packs import Pack
from fjanalysis.project import Project
from fjanalysis.releases.signature import SUFFIX

METADATA = "ro-crate-metadata.json"
CHECKSUMS = "checksums.sha256"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
CITATION = "code/CITATION.cff"
LICENCES = {
    "Open Government Licence v3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "MIT": "https://spdx.org/licenses/MIT",
}
_KINDS = {bool: "Boolean", int: "Integer", float: "Float"}
NAMES = {
    "code/": "The code at the commit, with lock file, notebooks, briefings and templates",
    "outputs/": "The output pack with its provenance, and the earlier packs that it was held against",
    "site/": "The rendered site",
    "notebooks/": "Each stream's notebook with the parameters in force, its tables read from the pack",
    "synthetic/": "Results of a synthetic refresh, for whoever has no access to records",
}


def write_crate(folder: Path, project: Project, pack: Pack, about: Mapping[str, Any]) -> None:
    """Write `ro-crate-metadata.json` over all files below `folder`.

    Parameters
    ----------
    about
        What `release.json` says.
    """
    write_text(folder / METADATA, crate_text(folder, project, pack, about))


def crate_text(folder: Path, project: Project, pack: Pack, about: Mapping[str, Any]) -> str:
    """Return the metadata of a release: the same text for the same contents."""
    aside = (METADATA, CHECKSUMS, CHECKSUMS + SUFFIX)
    files = [name for name in files_below(folder) if name not in aside]
    folders = [name for name in NAMES if any(file.startswith(name) for file in files)]
    top = [name for name in files if "/" not in name]
    workflows = {f"code/{project.stream(stream).notebook}" for stream in pack.streams}
    people = list(_people(folder, project))
    actions = _actions(project, pack, about)
    entities = [
        _descriptor(),
        _root(project, about, [*folders, *top], actions, people),
        *people,
        *([] if any(each["@id"] == "#publisher" for each in people) else [_publisher(project)]),
        _licence(project),
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        _software(about),
        _refresh(pack),
        *(_folder(name, files) for name in folders),
        *(_file(folder, name) for name in files if name not in workflows),
        *_notebooks(folder, project, pack),
        *actions,
        *_parameters(pack),
    ]
    document = {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": sorted(entities, key=lambda each: str(each["@id"])),
    }
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _ref(*ids: str) -> Any:
    return {"@id": ids[0]} if len(ids) == 1 else [{"@id": each} for each in ids]


def _descriptor() -> dict[str, Any]:
    return {
        "@id": METADATA,
        "@type": "CreativeWork",
        "about": _ref("./"),
        "conformsTo": _ref("https://w3id.org/ro/crate/1.1"),
    }


def _root(
    project: Project,
    about: Mapping[str, Any],
    parts: list[str],
    actions: Iterable[Mapping[str, Any]],
    people: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    settings = project.settings.project
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{settings.title}: release {about['tag']}",
        "description": (
            f"Briefings of {settings.publisher} on the refresh of {about['refresh']}, with the released numbers, the "
            "code that made them, and all that a stranger needs to verify them."
        ),
        "datePublished": about["date"],
        "version": about["tag"],
        "identifier": about["tag"],
        "license": _ref(_licence(project)["@id"]),
        "publisher": _ref("#publisher"),
        "author": [{"@id": each["@id"]} for each in people],
        "creditText": credit(project, about),
        "citation": _ref(CITATION),
        "conformsTo": [{"@id": PROFILE}],
        "hasPart": [{"@id": part} for part in sorted(parts)],
        "mentions": [{"@id": action["@id"]} for action in actions],
    }


def credit(project: Project, about: Mapping[str, Any]) -> str:
    """Return how a release is to be cited."""
    settings = project.settings.project
    return (
        f"{settings.publisher} ({str(about['date'])[:4]}). {settings.title}: release {about['tag']}, on the refresh of "
        f"{about['refresh']}. Commit {str(about['commit'])[:12]}."
    )


def _people(folder: Path, project: Project) -> Iterator[dict[str, Any]]:
    """Yield who is named: the authors of the code's citation file, else the publisher alone."""
    try:
        cited = yaml.safe_load((folder / CITATION).read_text(encoding="utf-8"))
        authors = [dict(each) for each in cited["authors"]]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        authors = []
    for number, author in enumerate(authors, start=1):
        names = (str(author[part]) for part in ("given-names", "family-names") if part in author)
        person = "family-names" in author
        entity = {
            "@id": str(author.get("orcid") or f"#author-{number}"),
            "@type": "Person" if person else "Organization",
            "name": " ".join(names) if person else str(author.get("name", "")),
        }
        if "affiliation" in author:
            entity["description"] = str(author["affiliation"])
        yield entity
    if not authors:
        yield _publisher(project)


def _publisher(project: Project) -> dict[str, Any]:
    entity = {
        "@id": "#publisher",
        "@type": "Organization",
        "name": project.settings.project.publisher,
    }
    if project.settings.project.site_url:
        entity["url"] = project.settings.project.site_url
    return entity


def _licence(project: Project) -> dict[str, Any]:
    name = project.settings.project.licence or "MIT"
    return {
        "@id": LICENCES.get(name, "#licence"),
        "@type": "CreativeWork",
        "name": name,
        "description": f"The licence of the words and numbers: {name}. The code's own is in code/LICENSE.",
    }


def _software(about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@id": "#fjanalysis",
        "@type": "SoftwareApplication",
        "name": "fjanalysis",
        "version": about["version"],
        "softwareVersion": about["commit"],
        "softwareRequirements": _ref("code/uv.lock"),
        "url": "code/",
    }


def _refresh(pack: Pack) -> dict[str, Any]:
    return {
        "@id": "#refresh",
        "@type": "CreativeWork",
        "name": f"Research-ready refresh of {pack.date}"
        + (" (synthetic)" if pack.synthetic else ""),
        "description": "Secure records that are no part of this release; known here by their fingerprint.",
        "identifier": str(pack.refresh["fingerprint"]),
        "subjectOf": _ref(f"outputs/{pack.folder.name}/provenance/refresh.json"),
    }


def _folder(name: str, files: list[str]) -> dict[str, Any]:
    own = [file for file in files if file.startswith(name)]
    return {
        "@id": name,
        "@type": "Dataset",
        "name": NAMES[name],
        "hasPart": [{"@id": each} for each in own],
    }


def _file(folder: Path, name: str) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "@id": name,
        "@type": "File",
        "name": name.rsplit("/", maxsplit=1)[-1],
        "contentSize": str((folder / name).stat().st_size),
        "encodingFormat": mimetypes.guess_type(name, strict=True)[0] or "text/plain",
    }
    if name.endswith((".ipynb", ".py", ".sql", ".lua")):
        entity["@type"] = ["File", "SoftwareSourceCode"]
    if name == CITATION:
        entity["@type"] = ["File", "CreativeWork"]
    return entity


def _notebooks(folder: Path, project: Project, pack: Pack) -> Iterator[dict[str, Any]]:
    """Yield each stream's notebook as a workflow, with the parameters that it takes."""
    for stream in sorted(pack.streams):
        name = f"code/{project.stream(stream).notebook}"
        if not (folder / name).is_file():
            continue
        yield {
            **_file(folder, name),
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": str(pack.streams[stream]["title"]),
            "programmingLanguage": _ref("#jupyter"),
            "input": [{"@id": each["@id"]} for each in _formal_parameters(pack, stream)],
            "subjectOf": _ref(f"notebooks/{stream}.html", f"notebooks/{stream}.parameters.json"),
        }
        yield from _formal_parameters(pack, stream)
    yield {
        "@id": "#jupyter",
        "@type": "ComputerLanguage",
        "name": "Jupyter notebook in Python",
        "url": "https://jupyter.org/",
    }


def _formal_parameters(pack: Pack, stream: str) -> list[dict[str, Any]]:
    values = pack.streams[stream]["variants"]["main"]["parameters"]
    return [
        {
            "@id": f"#formal-{stream}-{name}",
            "@type": "FormalParameter",
            "name": name,
            "additionalType": _KINDS.get(type(value), "Text"),
        }
        for name, value in sorted(values.items())
    ]


def _runs(project: Project, pack: Pack, results: str) -> Iterator[dict[str, Any]]:
    """Yield one run a stream and variant."""
    for stream in sorted(pack.streams):
        for variant in sorted(pack.streams[stream]["variants"]):
            said = "" if variant == "main" else f", variant {variant}"
            yield {
                "@id": f"#run-{stream}-{variant}",
                "@type": "CreateAction",
                "name": f"Analysis of the stream {stream} by its notebook{said}",
                "instrument": _ref(f"code/{project.stream(stream).notebook}"),
                "agent": _ref("#publisher"),
                "object": [
                    _ref("#refresh"),
                    *(_ref(each["@id"]) for each in _stream_parameters(pack, stream, variant)),
                ],
                "result": _ref(results),
                "actionStatus": _ref("http://schema.org/CompletedActionStatus"),
            }


def _actions(project: Project, pack: Pack, about: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what was done, in the order of the road; when and how long is not part of a release."""
    results = f"outputs/{about['pack']}/results.csv"
    found = list(_runs(project, pack, results))
    steps = (
        ("pack", "Disclosure control of the results", results, results),
        ("render", "Rendering of the briefings from the pack", results, "site/index.html"),
    )
    found += [
        {
            "@id": f"#{name}",
            "@type": "CreateAction",
            "name": text,
            "instrument": _ref("#fjanalysis"),
            "agent": _ref("#publisher"),
            "object": _ref(source),
            "result": _ref(result),
            "actionStatus": _ref("http://schema.org/CompletedActionStatus"),
        }
        for name, text, source, result in steps
    ]
    return found


def _parameters(pack: Pack) -> list[dict[str, Any]]:
    return [
        each
        for stream in sorted(pack.streams)
        for variant in sorted(pack.streams[stream]["variants"])
        for each in _stream_parameters(pack, stream, variant)
    ]


def _stream_parameters(pack: Pack, stream: str, variant: str) -> list[dict[str, Any]]:
    values = pack.streams[stream]["variants"][variant]["parameters"]
    return [
        {
            "@id": f"#parameter-{stream}-{variant}-{name}",
            "@type": "PropertyValue",
            "name": name,
            "value": str(value),
            "exampleOfWork": _ref(f"#formal-{stream}-{name}"),
        }
        for name, value in sorted(values.items())
    ]
