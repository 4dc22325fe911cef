"""Somebody who has never seen the product finds, from /admin/, which statement makes a page slow: in four clicks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from perf.models import ProfilingSession
from perf.profiling import live
from tests.admin.test_in_a_browser import complaints_of
from tests.browser.screen import AXE, FINDINGS
from tests.perf import slow_urls
from tests.perf.analytics.measures import measure, show, usually
from tests.perf.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.perf.slow_urls")]
PICTURES = os.environ.get("PICTURES")


@pytest.fixture(params=[1280, 390])
def page(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer, superuser: User) -> Iterator[Page]:
    """A superuser's page, in English, wide and narrow."""
    client = Client()
    client.force_login(superuser)
    context = browser.new_context(base_url=live_server.url, viewport={"width": request.param, "height": 900})
    cookies = {
        settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
        settings.LANGUAGE_COOKIE_NAME: "en",
    }
    context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    yield context.new_page()
    context.close()
    live.forget()


@pytest.fixture
def slowed(transactional_db: None) -> None:
    """What the monitor measured lately: one page is slower than it was, two other things are not what they were."""
    usually("web.slow-page.GET", 20)
    measure("web.slow-page.GET", 260, calls=30)
    measure("web.slow-page.GET", 60, calls=30, minutes=range(60, 120))
    usually("provider.call", 800)
    measure("provider.call", 1_500, calls=4, errors=1, minutes=range(0, 60, 2))
    measure("job.drain", 900, calls=6)
    show("machine.cpu", 0.93, minutes=range(20))


class Walk:
    """Counts the clicks, and takes a picture after each when asked."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.complaints = page, 0, complaints_of(page)

    def click(self, name: str) -> None:
        """A link or button whose words are these, the first of them."""
        self.page.get_by_role("link", name=name).or_(self.page.get_by_role("button", name=name)).first.click()
        self.clicks += 1
        self.look()

    def look(self) -> None:
        """The page fits, is accessible, and is kept as a picture where somebody wants to see it."""
        width = self.page.viewport_size["width"]  # type: ignore[index]
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"walk-{width}-{self.clicks}.png", full_page=True)
        if "/silk/" not in self.page.url:
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, self.page.url
            before = list(self.complaints)
            self.page.evaluate(AXE)
            assert self.page.evaluate(FINDINGS) == [], self.page.url
            self.complaints[:] = before  # what it tries itself is no complaint of the page


def test_from_the_admin_to_the_statement(page: Page, live_server: LiveServer, slowed: None) -> None:
    walk = Walk(page)
    page.goto("/admin/")

    walk.click("Bottlenecks")
    first = page.locator("section.found").first
    expect(first.locator("h2")).to_contain_text("GET slow-page")
    expect(first).to_contain_text("Usual: 20 ms")

    walk.click("Why is it slow?")
    expect(page.locator("section.found")).to_contain_text("Nothing of it was recorded")

    walk.click("Record this for 10 minutes")
    wait_until(lambda: len(live.open_sessions()) == 1)
    for _visit in range(3):
        assert httpx.get(f"{live_server.url}/slow/").text == "done"
    statement = page.locator("ol.statements li").first
    expect(statement).to_contain_text(slow_urls.STATEMENT, timeout=20_000)
    expect(statement).to_contain_text("slow_urls.py")
    page.get_by_role("button", name="Stop now").wait_for()
    walk.look()

    walk.click("whole statement, and the code that sent it")
    page.wait_for_load_state("networkidle")
    expect(page.locator("body")).to_contain_text("pg_sleep")
    expect(page.locator("body")).to_contain_text("slow_page")
    assert walk.clicks <= 4
    assert ProfilingSession.objects.get().recorded == 3
    assert walk.complaints == []


def test_the_pages_of_silk_about_a_recording_open_without_a_word_of_complaint(
    page: Page, live_server: LiveServer, slowed: None
) -> None:
    complaints = complaints_of(page)
    page.goto("/admin/perf/profilingsession/add/?scope=view&target=slow-page")
    page.get_by_label("profile Python too").check()
    page.locator("input[name=_save]").click()
    page.wait_for_url("**/change/")
    wait_until(lambda: len(live.open_sessions()) == 1)
    httpx.get(f"{live_server.url}/slow/")
    page.get_by_role("link", name="functions").wait_for(timeout=20_000)
    session = ProfilingSession.objects.get()
    (recording,) = session.recordings.all()
    for place in ("", "sql/", "cprofile/", "profiling/"):
        page.goto(f"/silk/request/{recording.request_id}/{place}")
        page.wait_for_load_state("networkidle")
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"silk-{place.strip('/') or 'request'}.png", full_page=True)
    assert complaints == []
