"""Pages in a real browser: Chromium driven by Playwright, and axe-core's view of them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests import machine

WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

needs_chromium = (
    pytest.mark.machine if machine.chromium() else machine.missing("Chromium", "make set-up-test")
)


@contextlib.contextmanager
def opened(
    page: Path | str, *, width: int = 1280, height: int = 900, scripts: bool = True
) -> Iterator[Page]:
    """Yield a page in Chromium, without a network.

    Parameters
    ----------
    page
        An HTML file, or an address on this machine.
    scripts
        Whether the page's own scripts run.
    """
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=machine.chromium(), args=QUIET)
        try:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                java_script_enabled=scripts,
                service_workers="block",
            )
            tab = context.new_page()
            tab.goto(page.resolve().as_uri() if isinstance(page, Path) else page)
            yield tab
        finally:
            browser.close()


def violations(page: Page, tags: list[str] | None = None) -> list[str]:
    """Return what axe-core finds wrong with an open page, one sentence a rule and element."""
    options = {"runOnly": {"type": "tag", "values": tags or WCAG_22_AA}}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {' '.join(map(str, node['target']))}"
        for rule in found
        for node in rule["nodes"]
    ]


def dark_violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with an open page in dark colours, which it must have."""
    page.emulate_media(color_scheme="dark")
    colours = [f"getComputedStyle(document.body).{name}" for name in ("backgroundColor", "color")]
    behind, words = (sum(map(int, re.findall(r"\d+", page.evaluate(each))[:3])) for each in colours)
    assert behind < words, "The page has no dark colours."
    return violations(page)
