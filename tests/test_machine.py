"""The helpers that drive browsers and validators see what is wrong, and only that."""

import pytest
from weasyprint import HTML

from tests import browser, verapdf, vnu

GOOD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title></head>
<body><main><h1>A page</h1><p>Some words.</p></main></body></html>
"""
BAD = GOOD.replace("<p>", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><p>')


@pytest.fixture
def pages(tmp_path):
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_text(GOOD, encoding="utf-8")
    bad.write_text(BAD, encoding="utf-8")
    return good, bad


@browser.needs_chromium
def test_axe_finds_a_picture_without_alternative_and_nothing_in_a_good_page(pages):
    good, bad = pages
    with browser.opened(good) as page:
        assert browser.violations(page) == []
    with browser.opened(bad) as page:
        assert [line.split(" ")[0] for line in browser.violations(page)] == ["image-alt"]


@vnu.needs_vnu
def test_the_html_checker_names_page_and_line(pages):
    good, bad = pages
    assert vnu.problems(good) == []
    found = vnu.problems(good, bad)
    assert len(found) == 1
    assert found[0].startswith("bad.html:3:")


@verapdf.needs_verapdf
def test_verapdf_tells_an_accessible_pdf_from_another(tmp_path):
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    HTML(string=GOOD).write_pdf(good, pdf_variant="pdf/ua-1")
    HTML(string=GOOD).write_pdf(bad)
    assert verapdf.failures(good) == []
    assert any(line.startswith("bad.pdf: clause 7.1") for line in verapdf.failures(good, bad))
