"""A browser for the tests of pages: it may open files only, and what it complains about is a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from harness.tell.pdf import REMEDY, find_browser

OWN = ("file:", "data:", "blob:")
PATIENCE_MS = 10_000


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Open Chromium, headless; where there is none, skips with the remedy, or fails where it must be there (CI)."""
    program = find_browser()
    if program is None:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse(f"expected a browser to test pages with, got none: {REMEDY}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, path: Path, address: str = "", width: int = 1280) -> Iterator[Page]:
    """Open a page in a window of its own; fails where it asked for what is not its own, or had an error."""
    complaints: list[str] = []

    def guard(route: Route, request: Request) -> None:
        if request.url.startswith(OWN):
            route.continue_()
        else:
            complaints.append(f"asked for {request.url}")
            route.abort()

    context = browser.new_context(viewport={"width": width, "height": 900})
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.route("**/*", guard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(path.as_uri() + address)
        yield page
    finally:
        context.close()
    assert not complaints
