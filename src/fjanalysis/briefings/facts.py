"""Facts of the pack and the project that a page may state: dates, names, hashes, rules."""

from __future__ import annotations

from collections.abc import Sequence

from fjanalysis.briefings import formats
from fjanalysis.briefings.credits import together
from fjanalysis.packs import Pack, pack_name
from fjanalysis.project import Project


def facts(
    project: Project, pack: Pack, language: str, authors: Sequence[str] = ()
) -> dict[str, str]:
    """Return the facts by name; one that the settings leave empty is empty.

    Parameters
    ----------
    authors
        The page's authors; none means the publisher.
    """
    settings = project.settings.project
    named = together([*authors] or [settings.publisher], language)
    profile = pack.manifest.get("profile", {})
    known = {
        "refresh": formats.day(pack.date, language),
        "refresh-date": pack.date,
        "follow-up-end": formats.day(str(pack.refresh["follow_up_end"]), language),
        "year": pack.date[:4],
        "pack": pack_name(pack.date, pack.revision),
        "pack-hash": pack.checksum[:12],
        "fingerprint": str(pack.refresh.get("fingerprint", ""))[:12],
        "publisher": settings.publisher,
        # As a citation names it: not once more where it is the author.
        "imprint": "" if named == settings.publisher else f"{settings.publisher}.",
        "authors": named,
        "licence": settings.licence,
        "contact": settings.contact,
        "sail-project": settings.sail_project,
        "site-url": settings.site_url,
        "series": settings.title,
    }
    rules = profile.get("rules", profile)
    for name in ("threshold", "rounding-base"):
        value = rules.get(name, rules.get(name.replace("-", "_"), ""))
        known[name] = str(value)
    return known
