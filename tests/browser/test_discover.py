"""An analyst has groups and topics looked for, sees them appear, and opens the comments behind a number."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Product
from tests.browser.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_groups_and_topics_of_the_sample(screen: Screen, product: Product) -> None:
    page = screen.page
    screen.login(product.user, product.password)
    path = screen.load_sample()
    screen.open(path)
    page.click("nav.tabs a:has-text('Descubrir')")
    page.wait_for_url(f"**{path}discover/")
    screen.inspect("discover-empty")

    page.click("#find-similar")
    page.click("#find-topics")
    expect(page.locator("#sum-similar")).to_be_visible()
    expect(page.locator("#panel-topics form")).to_have_count(0)
    expect(page.locator("#discover[hx-get]")).to_have_count(0)
    screen.inspect("discover")

    equation = [int(part.replace(".", "")) for part in page.locator("#sum-similar b").all_inner_texts()]
    assert equation[0] == 846 == equation[1] + equation[2]
    link = page.locator("#panel-similar tbody a >> nth=0")
    behind = link.inner_text()
    link.click()
    expect(page.locator("#total")).to_have_text(behind)
    expect(page.locator(".chip")).to_have_count(1)
    screen.inspect("discover-comments")
