"""Who is named as a page's author: in its title, its citation and its files' metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from babel.lists import format_list

from fjanalysis.briefings.messages import is_known, locale, message
from fjanalysis.briefings.pandoc import authors
from fjanalysis.project import ProjectSettings


def credited(
    meta: Mapping[str, Any], settings: ProjectSettings, language: str
) -> list[dict[str, Any]]:
    """Return a page's authors with their organisations: the front matter's, else the settings'.

    They are in the form that both renderers give the template (`by-author`).
    """
    own = authors(meta)
    if own:
        return own
    return [
        {
            "name": {"literal": each.name},
            "affiliations": [{"name": _worded(each.organisation, language)}]
            if each.organisation
            else [],
            "person": each.person,
        }
        for each in settings.authors
    ]


def names(credit: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of a page's authors."""
    return [str(each["name"]["literal"]) for each in credit]


def described(author: Mapping[str, Any]) -> dict[str, Any]:
    """Return an author as schema.org names one: a person with their organisations, or an organisation."""
    name = str(author["name"]["literal"])
    if not author.get("person"):
        return {"@type": "Organization", "name": name}
    places = [{"@type": "Organization", "name": each["name"]} for each in author["affiliations"]]
    return {"@type": "Person", "name": name, **({"affiliation": places} if places else {})}


def together(listed: Sequence[str], language: str) -> str:
    """Return names as one list in words.

    >>> together(["A", "B", "C"], "en-GB")
    'A, B and C'
    """
    return str(format_list(list(listed), locale=locale(language)))


def _worded(organisation: str, language: str) -> str:
    """Return an organisation's name in a language, where the catalogue has one."""
    return message(organisation, language) if is_known(organisation, language) else organisation
