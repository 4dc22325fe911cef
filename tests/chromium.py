"""The browser of the page tests: a Chromium of the machine, named by CHROMIUM or found on PATH."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# No sandbox of its own, because it opens our pages only and may run as root; no /dev/shm, small in containers.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
MISSING = "no Chromium: set CHROMIUM to its program, or install it (Debian and Ubuntu: apt-get install chromium)"


def find_chromium() -> str | None:
    """Path of the program, or None."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else NAMES
    return next((found for found in map(shutil.which, names) if found), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium. Without one the test is skipped, or fails where REQUIRE_BROWSER=1 says that it must run."""
    program = find_chromium()
    if program is None and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(MISSING)
    if program is None:
        pytest.skip(MISSING)
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()
