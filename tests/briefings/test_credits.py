"""Authors, organisations, contact, licence and SAIL's number are set once and stand everywhere."""

import json

import openpyxl
import pikepdf
import pytest

from fjanalysis.briefings import trees
from fjanalysis.briefings.credits import credited, described, together
from fjanalysis.project import ProjectSettings
from packs import make_pack
from tests.briefings.conftest import ROOT, WORDS, checkout
from tests.program import fjanalysis

AUTHORS = '[{ name = "First Name", organisation = "A University", person = true }, { name = "An Office" }]'
CLOSING = """
## Recommended citation {.unnumbered}

{{< fact "authors" >}} ({{< fact "year" >}}). *A small briefing*. {{< fact "imprint" else="" >}} Refresh of {{< fact "refresh" >}}.

{{< include ../_shared/closing.qmd >}}
"""


def with_settings(root, **values):
    """Give settings of `[project]` other values, written as TOML."""
    path = root / "fjanalysis.toml"
    head, rest = path.read_text("utf-8").split("\n[refresh]", 1)
    kept = [line for line in head.splitlines() if line.split("=")[0].strip() not in values]
    kept += [f"{name} = {value}" for name, value in values.items()]
    path.write_text("\n".join(kept) + "\n\n[refresh]" + rest, encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = checkout(
        tmp_path_factory.mktemp("credits"),
        words=WORDS.replace("author: [{name: First Author, affiliations: A University}]\n", "")
        + CLOSING,
    )
    shared = root / "briefings" / "_shared"
    shared.mkdir()
    closing = (ROOT / "briefings/_shared/closing.qmd").read_text("utf-8")
    (shared / "closing.qmd").write_text(closing, encoding="utf-8")
    with_settings(
        root,
        authors=AUTHORS,
        contact='"data@example.org"',
        **{"sail-project": '"0123"'},
        licence='"A Licence 1.0"',
    )
    make_pack(root / "outputs" / "2026-02-01", streams=("urgent-hearings",))
    fjanalysis("render", "--renderer", "pandoc", cwd=root)
    return root / "_site"


@pytest.fixture(scope="module")
def page(site):
    return trees.parse((site / "small/index.html").read_text("utf-8"))


def test_the_title_names_authors_with_their_organisations(page):
    named = [trees.text_of(each) for each in trees.with_class(page, "author")]
    assert named == ["First Name, A University", "An Office"]


def test_citation_acknowledgement_licence_and_contact_stand_in_the_text(page):
    text = trees.text_of(trees.main_of(page))
    assert (
        "First Name and An Office (2026). A small briefing. Family Justice Data Partnership. Refresh of 1 February 2026."
        in text
    )
    for words in (
        "under project number 0123",
        "under the A Licence 1.0",
        "write to data@example.org",
    ):
        assert words in text


def test_metadata_of_page_pdf_and_workbook_name_them(site, page):
    head = page.find("head")
    tags = {}
    for each in head.iter("meta"):
        tags.setdefault(each.get("name") or each.get("property"), []).append(each.get("content"))
    assert tags["citation_author"] == ["First Name", "An Office"]
    assert tags["author"] == ["First Name and An Office"]
    report = json.loads(next(head.iter("script")).text)
    assert [each["name"] for each in report["author"]] == ["First Name", "An Office"]
    assert report["author"] == [
        {
            "@type": "Person",
            "name": "First Name",
            "affiliation": [{"@type": "Organization", "name": "A University"}],
        },
        {"@type": "Organization", "name": "An Office"},
    ]
    assert report["license"] == {"@type": "CreativeWork", "name": "A Licence 1.0"}
    with pikepdf.open(site / "small/small.pdf") as pdf:
        assert str(pdf.docinfo["/Author"]) == "First Name and An Office"
    book = openpyxl.load_workbook(site / "small/small.xlsx")
    assert book.properties.creator == "First Name and An Office"
    cover = " ".join(str(row[0]) for row in book["Cover"].iter_rows(values_only=True))
    for words in ("First Name and An Office", "A Licence 1.0", "0123", "data@example.org"):
        assert words in cover


def test_a_briefings_own_authors_outrank_the_settings():
    settings = ProjectSettings(title="T", publisher="P", authors=({"name": "A"},))
    assert credited({"author": "B"}, settings, "en-GB")[0]["name"]["literal"] == "B"
    assert credited({}, settings, "en-GB")[0]["name"]["literal"] == "A"
    assert together(["A", "B", "C"], "cy") != together(["A", "B", "C"], "en-GB")


@pytest.mark.parametrize(
    ("author", "kind", "name"),
    [
        ("A Partnership", "Organization", "A Partnership"),
        ({"name": "First Author", "person": True}, "Person", "First Author"),
        ({"name": {"given": "First", "family": "Author"}}, "Person", "First Author"),
        ({"name": "First Author", "orcid": "0000-0000-0000-0000"}, "Person", "First Author"),
        ({"name": {"literal": "A Partnership"}}, "Organization", "A Partnership"),
    ],
)
def test_a_person_is_told_from_an_organisation(author, kind, name):
    settings = ProjectSettings(title="T", publisher="P")
    (found,) = credited({"author": [author]}, settings, "en-GB")
    assert described(found) == {"@type": kind, "name": name}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("contact", '"the office"', "readers need an e-mail address"),
        ("sail-project", '"about 12"', "three to five digits"),
        ("site-url", '"example.org"', "begins with https://"),
        ("authors", '[{ organisation = "A University" }]', "'project.authors.0.name' is wrong"),
        ("license", '"OGL"', "no setting 'project.license'. Did you mean 'licence'"),
    ],
)
def test_an_impossible_setting_is_said_with_its_line_and_how_to_mend_it(
    tmp_path, name, value, said
):
    root = checkout(tmp_path)
    with_settings(root, **{name: value})
    lines = (root / "fjanalysis.toml").read_text("utf-8").splitlines()
    line = next(at for at, text in enumerate(lines, start=1) if text.startswith(f"{name} ="))
    done = fjanalysis("render", cwd=root, code=2)
    assert said in done.stderr
    assert f"fjanalysis.toml:{line}" in done.stderr
    assert "To mend:" in done.stderr
