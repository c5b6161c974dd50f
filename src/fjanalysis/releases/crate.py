"""What a release says of itself in RO-Crate 1.1 terms, with explicit ids and no clock.

The metadata are written as plain JSON-LD, sorted, so that the same release has the same bytes.
Profile: Process Run Crate 0.5 (each step of the road that made the contents is a CreateAction).
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fjanalysis.folders import files_below, write_text
from fjanalysis.packs import Pack
from fjanalysis.project import Project

METADATA = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENCES = {
    "Open Government Licence v3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "MIT": "https://spdx.org/licenses/MIT",
}
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
    files = [name for name in files_below(folder) if name != METADATA]
    folders = [name for name in NAMES if any(file.startswith(name) for file in files)]
    top = [name for name in files if "/" not in name]
    entities = [
        _descriptor(),
        _root(project, about, [*folders, *top], _actions(project, pack, about)),
        _publisher(project),
        _licence(project),
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        _software(about),
        _refresh(pack),
        *(_folder(name, files) for name in folders),
        *(_file(folder, name) for name in files),
        *_actions(project, pack, about),
        *_parameters(pack),
    ]
    document = {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": sorted(entities, key=lambda each: str(each["@id"])),
    }
    write_text(
        folder / METADATA, json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    )


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
        "author": _ref("#publisher"),
        "conformsTo": [{"@id": PROFILE}],
        "hasPart": [{"@id": part} for part in sorted(parts)],
        "mentions": [{"@id": action["@id"]} for action in actions],
    }


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
    kinds = ["File", "SoftwareSourceCode"] if name.endswith(".ipynb") else "File"
    return {
        "@id": name,
        "@type": kinds,
        "name": name.rsplit("/", maxsplit=1)[-1],
        "contentSize": str((folder / name).stat().st_size),
        "encodingFormat": mimetypes.guess_type(name, strict=True)[0] or "text/plain",
    }


def _actions(project: Project, pack: Pack, about: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what was done, in the order of the road; when and how long is not part of a release."""
    results = f"outputs/{about['pack']}/results.csv"
    found: list[dict[str, Any]] = [
        {
            "@id": f"#run-{stream}",
            "@type": "CreateAction",
            "name": f"Analysis of the stream {stream} by its notebook",
            "instrument": _ref(f"code/{project.stream(stream).notebook}"),
            "agent": _ref("#publisher"),
            "object": [
                _ref("#refresh"),
                *(_ref(each["@id"]) for each in _stream_parameters(pack, stream)),
            ],
            "result": _ref(results),
            "actionStatus": _ref("http://schema.org/CompletedActionStatus"),
        }
        for stream in sorted(pack.streams)
    ]
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
    return [each for stream in sorted(pack.streams) for each in _stream_parameters(pack, stream)]


def _stream_parameters(pack: Pack, stream: str) -> list[dict[str, Any]]:
    values = pack.streams[stream]["variants"]["main"]["parameters"]
    return [
        {
            "@id": f"#parameter-{stream}-{name}",
            "@type": "PropertyValue",
            "name": name,
            "value": str(value),
        }
        for name, value in sorted(values.items())
    ]
