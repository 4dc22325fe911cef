"""The admin, silk and the queues' pages in a real browser: no console error and nothing that the policy blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer
from silk.models import Request

from analysis.models import Chunk, ProviderNode, Session
from analysis.taxonomies import begin_draft
from tests import factories
from tests.admin.conftest import fill
from tests.browser.screen import AXE, FINDINGS, WATCH
from tests.perf.minutes import clocked
from tests.perf.rows import turned_knob
from tests.perf.sampling import sampled
from tests.publishing import add_theme
from tests.spending import busy_month

pytestmark = pytest.mark.browser
#: django-rq asks Django's admin for a jQuery plug-in that Django has not had since 3.2; its lists work without.
KNOWN = "actions is not a function"
#: Where pictures go, for people who want to look at them.
PICTURES = os.environ.get("PICTURES")

PAGES = {
    "index": "/admin/",
    "sessions": "/admin/analysis/session/",
    "session": "/admin/analysis/session/{session}/change/",
    "comments": "/admin/analysis/comment/?session__id__exact={session}",
    "comment": "/admin/analysis/comment/{comment}/change/",
    "chunks": "/admin/analysis/chunk/",
    "add-user": "/admin/auth/user/add/",
    "team": "/admin/analysis/team/{team}/change/",
    "themes": "/admin/analysis/theme/",
    "theme": "/admin/analysis/theme/{theme}/change/",
    "phrases": "/admin/analysis/themephrase/",
    "try": "/admin/analysis/theme/try/",
    "begin-draft": "/admin/analysis/theme/draft/",
    "publish": "/admin/analysis/taxonomyversion/publish/",
    "versions": "/admin/analysis/taxonomyversion/",
    "activate": "/admin/analysis/taxonomyversion/activate/",
    "benchmark": "/admin/perf/benchmarkrun/{benchmark}/change/",
    "benchmarks": "/admin/perf/benchmarkrun/",
    "benchmark-trends": "/admin/perf/benchmarkrun/trends/",
    "benchmark-compare": "/admin/perf/benchmarkrun/compare/?before={benchmark}&after={benchmark}",
    "layers": "/admin/perf/benchmarkrun/layers/",
    "performance": "/perf/",
    "doctor": "/perf/doctor/",
    "performance-panel": "/perf/panels/latency/?period=24h",
    "tuner": "/perf/tuner/",
    "tuner-simulation": "/perf/tuner/simulation/",
    "knobs": "/admin/perf/tunable/",
    "knob": "/admin/perf/tunable/{knob}/change/",
    "decisions": "/admin/perf/tuningdecision/",
    "decision": "/admin/perf/tuningdecision/{decision}/change/",
    "costs": "/admin/operations/costs/",
    "nodes-and-cache": "/admin/operations/nodes/",
    "forget-answers": "/admin/operations/nodes/forget/",
    "nodes": "/admin/analysis/providernode/",
    "node": "/admin/analysis/providernode/{node}/change/",
    "calls": "/admin/analysis/providercall/",
    "silk": "/silk/",
    "silk-requests": "/silk/requests/",
    "silk-request": "/silk/request/{silk}/",
    "silk-sql": "/silk/request/{silk}/sql/",
    "queues": "/admin/rq/",
    "workers": "/admin/rq/workers/0/",
}


@pytest.fixture
def places(transactional_db: None, superuser: User) -> dict[str, str]:
    """The ids that the addresses need."""
    from perf.models import BenchmarkRun

    team = factories.make_team()
    session: Session = fill(team, superuser, 12)
    client = Client()
    client.force_login(superuser)
    with sampled(100):
        client.get("/admin/analysis/session/")
    comment = session.comments.first()
    assert comment is not None
    begin_draft(actor=superuser)
    busy_month(team)
    knob = turned_knob(superuser)
    return {
        "knob": str(knob.pk),
        "decision": str(knob.decisions.latest("decided_at").pk),
        "theme": str(add_theme("delivery", "encomienda", "bueno").pk),
        "session": str(session.pk),
        "comment": str(comment.pk),
        "team": str(team.pk),
        "node": str(ProviderNode.objects.get(name="first").pk),
        "benchmark": str(BenchmarkRun.objects.latest("created_at").pk),
        "silk": str(Request.objects.latest("start_time").pk),
    }


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, superuser: User) -> Iterator[Page]:
    """A superuser's page; whatever it complains of is in ``page.complaints``."""
    client = Client()
    client.force_login(superuser)
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    yield context.new_page()
    context.close()


def complaints_of(page: Page) -> list[str]:
    """A list that fills while the page is used."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfailed", lambda request: found.append(f"failed: {request.url}"))
    page.on("response", lambda answer: found.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_word_of_complaint(name: str, page: Page, places: dict[str, str]) -> None:
    complaints = complaints_of(page)
    page.goto(PAGES[name].format(**places))
    page.wait_for_load_state("networkidle")
    assert [each for each in complaints if KNOWN not in each] == []
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_a_text_is_tried_without_a_word_of_complaint(page: Page, places: dict[str, str]) -> None:
    complaints = complaints_of(page)
    page.goto(PAGES["try"])
    page.fill("textarea[name=text]", "Pésima la encomienda, y el internet es lento")
    page.locator(".submit-row input").click()
    page.wait_for_selector(".taxonomy mark")
    assert page.locator(".taxonomy-answers section").nth(1).locator("mark").all_inner_texts() == ["encomienda", "lento"]
    assert complaints == []
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "tried.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light"), (1280, "dark"), (390, "dark")])
def test_the_frame_fits_the_screen(page: Page, places: dict[str, str], width: int, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    for name in ("index", "session", "performance", "doctor", "tuner", "knob", "costs", "nodes-and-cache"):
        page.goto(PAGES[name].format(**places))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.get_by_role("link", name="silk").first.is_visible()
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_panels_of_the_performance_page_come_when_half_of_them_is_in_view(
    page: Page, places: dict[str, str], width: int, scheme: str
) -> None:
    for operation in ("web.home.get", "provider.call"):
        clocked(operation, [5.0, 7.0, 900.0])
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    complaints = complaints_of(page)
    page.add_init_script(WATCH)
    page.goto("/admin/")
    page.locator(".instruments a[href='/perf/']").click()
    later = page.locator(".panel.later")
    assert later.count() > 5
    while left := later.count():
        page.evaluate("document.querySelector('.panel.later')?.scrollIntoView({ block: 'center' })")
        page.wait_for_function("left => document.querySelectorAll('.panel.later').length < left", arg=left)
    page.wait_for_function("least => document.documentElement.dataset.charts >= least", arg=2)
    page.select_option("#latency-operation", "provider.call")
    page.wait_for_selector("#latency-operation option[value='provider.call'][selected]", state="attached")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE)
    assert page.evaluate(FINDINGS) == []
    assert complaints == []
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"performance-all-{width}-{scheme}.png", full_page=True)


def test_a_session_is_paused_from_its_list_with_the_keyboard_and_mouse_of_a_person(
    page: Page, places: dict[str, str]
) -> None:
    session = Session.objects.get(pk=places["session"])
    Session.objects.filter(pk=session.pk).update(state="running", name="Mine")
    Chunk.objects.filter(session=session).update(state="open")
    complaints = complaints_of(page)
    page.goto("/admin/analysis/session/?q=Mine")
    page.locator("input.action-select").first.check()
    page.select_option("select[name=action]", "pause")
    page.locator(".actions button[type=submit]").click()
    page.wait_for_selector("ul.messagelist li.success")
    session.refresh_from_db()
    assert session.state == "paused"
    assert complaints == []
