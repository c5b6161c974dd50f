"""The preview: a saved word is on the page in a moment, marked where its claim no longer holds."""

import re
import threading
import time
import urllib.error
import urllib.request

import pytest

from fjanalysis.briefings.preview import Preview, server
from fjanalysis.errors import MachineError
from tests.browser import needs_chromium, opened

DATE = "2026-02-01"


@pytest.fixture
def project(make_checkout):
    return make_checkout()


def words(project):
    return project.root / "briefings" / "small" / "index.qmd"


def edit(project, old, new):
    path = words(project)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_page_shows_what_was_saved_and_keeps_the_charts_that_did_not_change(project):
    preview = Preview(project, DATE)
    first = preview.answer("/small/")[2]
    assert b"21.3%" in first
    assert (
        preview.answer("/small/charts/same-day.svg")[2].startswith(b"<?xml")
        or b"<svg" in preview.answer("/small/charts/same-day.svg")[2]
    )
    edit(project, "Words and a link", "Words and another link")
    start = time.perf_counter()
    again = preview.answer("/small/")[2]
    taken = time.perf_counter() - start
    assert b"Words and another link" in again
    # A second on a machine at rest; the tests may share theirs.
    assert taken < 3


def test_a_stale_sentence_is_marked_in_place_with_its_reason(project):
    preview = Preview(project, DATE)
    assert b'class="stale"' not in preview.answer("/small/")[2]
    edit(project, "> 20", "> 30")
    page = preview.answer("/small/")[2].decode()
    assert 'class="stale"' in page
    assert "is not &gt; 30" in page


def test_an_error_is_a_page_with_file_and_line_and_the_next_good_save_replaces_it(project):
    preview = Preview(project, DATE)
    edit(project, '{{< chart "same-day" >}}', '{{< chrat "same-day" >}}')
    page = preview.answer("/small/")[2].decode()
    assert "Did you mean" in page
    assert "index.qmd:" in page
    edit(project, '{{< chrat "same-day" >}}', '{{< chart "same-day" >}}')
    assert b"21.3%" in preview.answer("/small/")[2]


def test_nothing_outside_the_preview_is_served(project):
    preview = Preview(project, DATE)
    for address in (
        "/../fjanalysis.toml",
        "/small/../../fjanalysis.toml",
        "/small/index.qmd",
        "/assets/../../fjanalysis.toml",
    ):
        assert preview.answer(address)[0] == 404


@pytest.fixture
def serving(project):
    made = server(project, DATE)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    made.shutdown()
    made.server_close()


def test_what_did_not_change_is_not_sent_again(serving, project):
    address = f"{serving}/small/index.html"
    with urllib.request.urlopen(address, timeout=60) as answer:
        known = {"If-None-Match": answer.headers["ETag"]}
    again = urllib.request.Request(address, headers=known)
    with pytest.raises(urllib.error.HTTPError, match="304"):
        urllib.request.urlopen(again, timeout=60)
    edit(project, "Words and a link", "Words and another link")
    with urllib.request.urlopen(again, timeout=60) as answer:
        assert b"Words and another link" in answer.read()


def test_it_is_served_on_this_machine_alone_and_says_what_is_not_there(serving):
    with urllib.request.urlopen(f"{serving}/", timeout=60) as answer:
        assert b'href="small/index.html"' in answer.read()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{serving}/nothing", timeout=60)


def test_a_taken_port_is_said_in_a_sentence(project, serving):
    with pytest.raises(MachineError, match="cannot be used"):
        server(project, DATE, int(serving.rsplit(":", 1)[1]))


def test_an_edit_before_the_page_listens_is_not_missed(project, serving):
    with urllib.request.urlopen(f"{serving}/small/index.html", timeout=60) as answer:
        listens = re.search(rb'EventSource\("([^"]+)"', answer.read())[1].decode()
    edit(project, "Words and a link", "Words saved too soon")
    with urllib.request.urlopen(f"{serving}{listens}", timeout=60) as events:
        assert events.readline() == b"data: changed\n"


@needs_chromium
def test_the_browser_shows_a_saved_word_by_itself(project, serving):
    with opened(f"{serving}/small/index.html") as tab:
        assert tab.get_by_text("Words and a link").count() == 1
        edit(project, "Words and a link", "Words that were just saved")
        tab.get_by_text("Words that were just saved").wait_for(timeout=30_000)
