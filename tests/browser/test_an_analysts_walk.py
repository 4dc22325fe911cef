"""From the login to the file in hand, as an analyst goes, on every kind of screen."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Product
from tests.browser.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAINTED = """
(canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0)
"""
# Where the first bar of a chart is on the page.
FIRST_BAR = """
(canvas) => {
  const bar = Chart.getChart(canvas).getDatasetMeta(0).data[0].getCenterPoint();
  const box = canvas.getBoundingClientRect();
  return [box.left + bar.x, box.top + bar.y];
}
"""


def number(page: Page, selector: str) -> int:
    return int(page.inner_text(selector).replace(".", ""))


def test_from_login_to_the_file_in_hand(screen: Screen, product: Product) -> None:
    page = screen.page
    screen.open("/login/")
    screen.inspect("login")
    screen.login(product.user, product.password)
    screen.inspect("home-first")
    path = screen.load_sample()
    screen.inspect("progress")
    assert page.inner_text("#invariant").replace("\n", " ") == (
        "846 filas = 484 comentarios + 362 duplicados plegados + 0 rechazadas"
    )

    page.click("text=Ver los resultados")
    page.wait_for_url(f"**{path}")
    page.wait_for_selector("#panel-sentiment")
    assert "−11,6" in page.inner_text("dl.figures")
    charts = page.locator("canvas[data-chart]")
    assert charts.count() >= 7
    for chart in charts.all():
        chart.scroll_into_view_if_needed()  # charts are drawn when half of them is in view
        expect(chart).to_have_attribute("data-drawn", "")
        assert chart.evaluate(PAINTED)
    page.evaluate("scrollTo(0, 0)")
    screen.inspect("overview")

    chart = page.locator("#panel-sentiment canvas")
    chart.scroll_into_view_if_needed()
    page.mouse.click(*chart.evaluate(FIRST_BAR))
    page.wait_for_url(re.compile(r"/comments/\?sentiment=negative"))
    negative = number(page, "#total")
    screen.inspect("comments-filtered")

    page.click(".chip")
    expect(page.locator("#total")).to_have_text("846")
    filter_by(page, "Sentimiento", "Negativo")
    expect(page.locator("#total")).to_have_text(str(negative))
    page.keyboard.press("Escape")
    filter_by(page, "Tema", "Estabilidad")
    page.wait_for_url(re.compile("theme__in=stability"))
    page.keyboard.press("Escape")
    expect(page.locator(".chip")).to_have_count(2)
    both = number(page, "#total")
    assert 0 < both < negative
    screen.inspect("comments-two-conditions")

    page.click(".comment-row .said a >> nth=0")
    page.wait_for_selector("dialog[open] blockquote")
    assert page.locator("dialog blockquote mark").count() > 0
    screen.inspect("drawer")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)

    with page.expect_download() as download:
        page.click("text=CSV de estos")
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file, delimiter=";"))) == both

    for name in ("rejected/", "delete/"):
        screen.open(path + name)
        screen.inspect(name.strip("/"))
    for name in ("/", "/import/", "/account/", "/status/"):
        screen.open(name)
        screen.inspect(name.strip("/") or "home")


def filter_by(page: Page, group: str, value: str) -> None:
    page.click(f"details.group summary:has-text('{group}') >> nth=0")
    page.check(f"details.group[open] label:has-text('{value}')")
