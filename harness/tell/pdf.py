"""Printing: pages become PDF and PNG by Chromium, headless.

It prints what the reader of the page sees, by the same engine; WeasyPrint, which would need no browser, has an engine
of its own, so that every slide would have to be looked at twice.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from harness.errors import HarnessError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REMEDY = "install Chromium, or name one in CHROMIUM"
PATIENCE_S = 120
SWITCHES = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-pdf-header-footer",
)


def find_browser() -> str | None:
    """Return what prints; None where there is none."""
    named = os.environ.get("CHROMIUM", "").strip()
    return next((found for name in ([named] if named else NAMES) if (found := shutil.which(name))), None)


def print_page(browser: str, page: str) -> bytes:
    """Print a page that needs no other file as PDF; raises HarnessError where the browser does not."""
    return ask(browser, page, "--print-to-pdf", "page.pdf")


def picture_page(browser: str, page: str, size: tuple[int, int]) -> bytes:
    """Take a picture of a page, so many pixels wide and high; raises HarnessError where the browser does not."""
    return ask(browser, page, "--screenshot", "page.png", f"--window-size={size[0]},{size[1]}")


def ask(browser: str, page: str, switch: str, name: str, *more: str) -> bytes:
    """Let the browser open a page, in a profile of which nothing is left, and write a file so named."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.html"), Path(folder, name)
        source.write_text(page, encoding="utf-8")
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has none
        own = [f"--user-data-dir={folder}/profile", f"{switch}={target}"]
        command = [browser, *SWITCHES, *alone, *own, *more, source.as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise HarnessError(f"{browser}: expected it to print a page: {error}: {REMEDY}") from None
        if not target.exists():
            last = " ".join(done.stderr.decode(errors="replace").strip().splitlines()[-1:])
            raise HarnessError(f"{browser}: expected it to print a page, got exit {done.returncode}: {last}")
        return target.read_bytes()
