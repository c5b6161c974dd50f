"""`fjanalysis check` of a site: pages, links, PDFs, marks, and the words behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from fjanalysis.briefings import trees
from fjanalysis.briefings.few_checks import check_few
from fjanalysis.briefings.findings import Finding
from fjanalysis.briefings.messages import message
from fjanalysis.briefings.page_checks import check_links, check_page, read_pages
from fjanalysis.briefings.pdf_checks import check_pdf
from fjanalysis.briefings.prose_checks import check_prose
from fjanalysis.briefings.render import briefing_names
from fjanalysis.briefings.site import read_notes
from fjanalysis.briefings.translations import check_translations
from fjanalysis.errors import RenderError, UsageError
from fjanalysis.project import Project


@dataclass(frozen=True)
class Report:
    """What a check of a site found.

    Parameters
    ----------
    site
        The site.
    pages, pdfs
        How many were looked at.
    findings
        What was found, in order.
    strict
        Whether warnings fail as well.
    """

    site: Path
    pages: int
    pdfs: int
    findings: Sequence[Finding]
    strict: bool

    exit_code = RenderError.exit_code

    @property
    def faults(self) -> list[Finding]:
        """What fails the check."""
        return [each for each in self.findings if self.strict or not each.warning]

    @property
    def passed(self) -> bool:
        """Whether nothing fails."""
        return not self.faults

    @property
    def text(self) -> str:
        """The report for the terminal."""
        lines = [
            f"{'warning' if each.warning and not self.strict else 'fault'}: {each.where}: {each.what}"
            for each in self.findings
        ]
        looked = f"{self.pages} pages and {self.pdfs} PDFs looked at"
        warnings = len(self.findings) - len(self.faults)
        lines.append(f"{looked}: {len(self.faults)} faults, {warnings} warnings.")
        return "\n".join(lines)


def check_site(project: Project, path: Path, *, strict: bool) -> Report:
    """Check a rendered site.

    Raises
    ------
    UsageError
        There is no site at `path`.
    """
    if not (path / "index.html").is_file():
        raise UsageError(
            "There is no site to check.",
            where=str(path),
            mend="Render one with fjanalysis render, or name a site or a pack.",
        )
    pages = read_pages(path)
    pdfs = sorted(each for each in path.rglob("*.pdf") if not each.parent.name.startswith("."))
    missing = set(briefing_names(project.root)) - {note["name"] for note in read_notes(path)}
    findings = [
        *(
            Finding(name, "The briefing is not in the site.", "complete", warning=True)
            for name in sorted(missing)
        ),
        *(found for page, root in pages.items() for found in check_page(root, _name(path, page))),
        *check_links(path, pages),
        *check_marks(path, pages),
        *check_translations(project.root, read_notes(path), path),
        *check_prose(project.root),
        *check_few(project.root, path, project.profile.threshold),
        *(found for pdf in pdfs for found in check_pdf(pdf, _name(path, pdf))),
    ]
    return Report(path, len(pages), len(pdfs), tuple(findings), strict)


def _name(site: Path, path: Path) -> str:
    return path.relative_to(site).as_posix()


def check_marks(site: Path, pages: Mapping[Path, Element]) -> Iterator[Finding]:
    """Yield pages that do not say that their numbers are a draft, or synthetic."""
    words = {
        "cleared": "Draft: these numbers are not cleared for publication.",
        "synthetic": "Synthetic data: these are not findings.",
    }
    for note in read_notes(site):
        wanted = [words["synthetic"]] if note["synthetic"] else []
        if not note["cleared"]:
            wanted.append(words["cleared"])
        for page, root in pages.items():
            if page.parent.name != note["name"]:
                continue
            shown = " ".join(trees.text_of(each) for each in trees.with_class(root, "mark"))
            for sentence in wanted:
                if message(sentence, root.get("lang", "en-GB")) not in shown:
                    yield Finding(_name(site, page), f"The page does not say: {sentence}", "marks")
