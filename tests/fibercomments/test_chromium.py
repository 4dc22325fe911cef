"""The browser that page tests drive."""

from __future__ import annotations

import sys

import pytest
from playwright.sync_api import Browser

from tests.chromium import find_chromium


@pytest.mark.browser
def test_the_browser_shows_a_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<p>mba'éichapa</p>")
    assert page.inner_text("p") == "mba'éichapa"
    page.close()


def test_a_named_browser_is_preferred_and_one_that_does_not_exist_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert find_chromium() == sys.executable
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    assert find_chromium() is None
