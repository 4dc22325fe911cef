"""The page "Performance": questions answered from the minutes, for staff who may see them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import redis
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from redis.backoff import NoBackoff
from redis.retry import Retry

from perf import metrics, panels
from perf.history import PERIODS
from perf.metrics import store
from perf.models import Alert, AlertRule, Baseline, BenchmarkRun, RuleKind, Tunable, TuningDecision
from perf.panels import Body, Panel
from perf.web.links import links_for
from tests import factories
from tests.perf.emptied import no_measures  # noqa: F401 -- a fixture that each test uses
from tests.perf.minutes import clocked, counted, gauged, whole_minute
from tests.perf.rows import fill_instruments
from tests.web.html import Element, read

pytestmark = pytest.mark.django_db

OWN = (
    "now", "alarms", "latency", "operations", "load", "machine", "work", "caches", "turns", "layers", "benchmarks",
    "recordings", "tallies",
)  # fmt: skip


@pytest.fixture
def superuser() -> User:
    return factories.make_user(None, superuser=True)


@pytest.fixture
def client(superuser: User) -> Client:
    """A superuser's browser, in English."""
    client = Client()
    client.force_login(superuser)
    client.cookies["django_language"] = "en"
    return client


def address(key: str, **query: str) -> str:
    return reverse("performance-panel", args=[key], query=query)


def panel(client: Client, key: str, **query: str) -> Element:
    """A panel as htmx fetches it."""
    answer = client.get(address(key, **query), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return read(answer).one("section", id=f"panel-{key}")


def chart(of: Element) -> dict[str, Any]:
    return dict(json.loads(of.one("script", type="application/json").text))


def column(of: Element, number: int) -> list[str]:
    """Of the table, without its heading."""
    return [row.children[number].text for row in of.one("tbody").children]


class TestThePage:
    def test_brings_its_first_panel_and_leaves_the_others_until_half_of_them_is_in_view(self, client: Client) -> None:
        page = read(client.get("/perf/?period=24h&operation=provider.call"))
        sections = [each for each in page.all("section") if each.attributes.get("id", "").startswith("panel-")]
        keys = [each.attributes["id"].removeprefix("panel-") for each in sections]
        assert keys[0] == "now"
        assert set(OWN) <= set(keys)
        assert len(keys) == len(set(keys))
        for each in sections[1:]:
            assert each.attributes["hx-trigger"] == "intersect once threshold:0.5"
            assert each.attributes["hx-get"] == each.one("a").attributes["href"]
            assert "period=24h&operation=provider.call" in each.attributes["hx-get"]

    def test_says_which_period_it_shows(self, client: Client) -> None:
        for name, shown in (("1h", "1h"), ("24h", "24h"), ("7d", "7d"), ("8d", "1h"), ("", "1h")):
            nav = read(client.get(f"/perf/?period={name}")).one("nav", class_="periods")
            [current] = [each for each in nav.all("a") if each.attributes.get("aria-current") == "page"]
            assert current.attributes["href"] == f"?period={shown}"
            assert len(nav.all("a")) == len(PERIODS)

    def test_is_one_click_from_the_admin(self, client: Client) -> None:
        assert "/perf/" in [link.attributes["href"] for link in read(client.get("/admin/")).all("a")]

    def test_takes_no_change(self, client: Client) -> None:
        assert client.post("/perf/").status_code == 405
        assert client.post(address("now")).status_code == 405

    def test_leads_on_to_pages_that_there_are_and_that_the_reader_may_open(
        self, client: Client, superuser: User
    ) -> None:
        found = links_for(superuser)
        assert {"silk:summary", "admin:perf_tunable_changelist"} <= {page.address for page in found}
        for page in found:
            assert client.get(page.href).status_code == 200
        assert links_for(factories.make_user(None)) == []

    def test_opens_while_redis_is_away_and_says_so(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        nobody = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
        monkeypatch.setattr(store, "client", lambda: nobody)
        assert "Redis does not answer" in client.get("/perf/").content.decode()

    def test_takes_what_nobody_meant_as_nothing(self, client: Client) -> None:
        assert client.get("/perf/", {"operation": "x" * 5000}).status_code == 200
        assert client.get("/perf/panels/latency/", {"operation": "a\x00b", "period": "\x00"}).status_code == 200
        assert client.get("/perf/panels/nothing/").status_code == 404


class TestWhoReads:
    def test_nobody_without_the_permission(self) -> None:
        client = Client()
        assert client.get("/perf/").status_code == client.get(address("now")).status_code == 404
        for is_staff in (False, True):
            user = factories.make_user(None)
            User.objects.filter(pk=user.pk).update(is_staff=is_staff)
            client.force_login(user)
            assert client.get("/perf/").status_code == client.get(address("now")).status_code == 404

    def test_staff_with_it_without_what_is_for_superusers(self) -> None:
        user = factories.make_user(None)
        User.objects.filter(pk=user.pk).update(is_staff=True)
        user.user_permissions.add(Permission.objects.get(codename="view_benchmarkrun"))
        client = Client()
        client.force_login(user)
        for page in (client.get("/perf/"), client.get(address("recordings"))):
            assert page.status_code == 200
            assert "/silk/" not in page.content.decode()
            assert "/admin/rq/" not in page.content.decode()

    def test_a_panel_that_asks_for_more_is_not_there_for_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        secret = Panel(
            "secret", "Who?", "m", "r", lambda _scope: Body(says="root only"), 5, permission="auth.view_user"
        )
        monkeypatch.setitem(panels._panels, "secret", secret)
        user = factories.make_user(None)
        User.objects.filter(pk=user.pk).update(is_staff=True)
        user.user_permissions.add(Permission.objects.get(codename="view_benchmarkrun"))
        client = Client()
        client.force_login(user)
        assert "Who?" not in client.get("/perf/").content.decode()
        assert client.get(address("secret")).status_code == 404


@pytest.mark.parametrize("key", OWN)
class TestEveryPanel:
    def test_says_so_when_there_is_nothing(self, client: Client, key: str) -> None:
        shown = panel(client, key)
        assert shown.one("h2").text.endswith("?")
        assert shown.all("canvas") == []
        assert shown.all("p", class_="empty") or shown.all("p", class_="says") or shown.all("dl")

    def test_asks_and_says_what_it_means_and_what_to_do(self, client: Client, key: str) -> None:
        assert len(panel(client, key).one("details", class_="help").all("p")) == 2

    def test_is_a_page_for_whoever_has_no_javascript(self, client: Client, key: str) -> None:
        page = read(client.get(address(key)))
        assert [each.attributes["id"] for each in page.all("section")] == [f"panel-{key}"]
        assert page.one("h1").text == "Performance"

    @pytest.mark.parametrize("period", PERIODS)
    def test_draws_what_its_table_says(self, client: Client, key: str, period: str) -> None:
        fill_instruments("one", 2)
        for name in ("web.home.get", "provider.call"):
            clocked(name, [5.0, 7.0], whole_minute(3))
        for name in ("machine.cpu", "queue.default", "workers.alive"):
            gauged(name, 0.5, whole_minute(3))
        counted("cache.answers.hits", 3, whole_minute(3))
        shown = panel(client, key, period=period)
        if shown.all("canvas"):
            drawn = chart(shown)
            assert len(drawn["labels"]) == PERIODS[period][0]
            assert all(len(series["values"]) == len(drawn["labels"]) for series in drawn["series"])
            assert column(shown, 0) == drawn["labels"][::-1]
            assert shown.one("canvas").attributes["aria-label"].startswith(shown.one("h2").text)
        assert "style=" not in str(shown)


class TestNow:
    def test_tells_of_all_processes_at_this_moment(self, client: Client) -> None:
        for _ in range(10):
            metrics.observe("web.home.get", 0.02)
        metrics.observe("web.home.get", 4.0, failed=True)
        for name, value in (("machine.cpu", 0.91), ("machine.memory", 0.5), ("queue.high", 3), ("workers.alive", 0)):
            metrics.gauge(name, value)
        metrics.flush()
        cards = {each.one("dt").text: each for each in panel(client, "now").one("dl").children}
        assert cards["Requests a minute"].all("dd")[0].text == "2.2"
        assert cards["Failed requests"].all("span", class_="bad")
        assert cards["Processor in use"].all("span", class_="bad")
        assert cards["Memory in use"].all("span", class_="good")
        assert cards["Waiting in the queues"].all("dd")[0].text == "3"
        assert cards["Workers"].all("span", class_="bad")

    def test_asks_again_every_ten_seconds(self, client: Client) -> None:
        assert panel(client, "now").attributes["hx-trigger"] == "every 10s"


class TestLatency:
    def test_shows_the_operation_that_was_chosen(self, client: Client) -> None:
        clocked("web.home.get", [10.0] * 99 + [2000.0])
        clocked("provider.call", [300.0])
        everything = panel(client, "latency")
        assert chart(everything)["series"][0]["values"][-1] == pytest.approx(10, rel=0.03)
        one = panel(client, "latency", operation="provider.call")
        assert chart(one)["series"][0]["values"][-1] == pytest.approx(300, rel=0.03)
        [chosen] = [each for each in one.all("option") if "selected" in each.attributes]
        assert chosen.attributes["value"] == "provider.call"

    def test_says_whether_that_is_slower_than_usual(self, client: Client) -> None:
        clocked("provider.call", [300.0] * 20)
        usual = Baseline.objects.create(
            operation="provider.call", p50_ms=100, p95_ms=100, calls=1, minutes=1, learned_at=whole_minute()
        )
        shown = panel(client, "latency", operation="provider.call")
        assert shown.one("p", class_="says").all("span", class_="bad")
        Baseline.objects.filter(pk=usual.pk).update(p95_ms=290)
        shown = panel(client, "latency", operation="provider.call")
        assert shown.one("p", class_="says").all("span", class_="good")

    def test_marks_turns_of_knobs_that_were_in_force(self, client: Client) -> None:
        clocked("web.home.get", [10.0])
        knob = Tunable.objects.get(name="batch_size")
        for state, new in (("kept", 25), ("suggested", 30)):
            TuningDecision.objects.create(
                tunable=knob, source="tuner", state=state, old=20, new=new, reason="x", decided_at=whole_minute(2)
            )
        shown = panel(client, "latency")
        assert [mark["text"] for mark in chart(shown)["marks"]] == ["batch_size 20 → 25"]
        assert chart(shown)["marks"][0]["bucket"] == 58
        assert "batch_size 20 → 25" in shown.one("ul", class_="marks").text


def test_where_the_time_goes_is_told_by_the_time_and_leads_to_each(client: Client) -> None:
    clocked("often", [10.0] * 100)
    clocked("rare", [200.0], errors=1)
    shown = panel(client, "operations", period="24h")
    assert column(shown, 0) == ["often", "rare"]
    assert column(shown, 1) == ["83 %", "17 %"]
    [link] = shown.one("tbody").children[0].all("a")
    assert link.attributes["href"] == "/perf/?period=24h&operation=often#panel-latency"
    assert (
        read(client.get(link.attributes["href"]))
        .one("section", id="panel-latency")
        .attributes["hx-get"]
        .endswith("?period=24h&operation=often")
    )


def test_requests_a_minute_are_stacked_by_outcome(client: Client) -> None:
    clocked("web.home.get", [1.0] * 8, errors=2)
    answered, failed = chart(panel(client, "load"))["series"]
    assert (answered["values"][-1], failed["values"][-1]) == (6, 2)


def test_a_cache_knows_so_many_of_what_was_looked_up(client: Client) -> None:
    counted("cache.answers.hits", 30)
    counted("cache.answers.misses", 10)
    shown = panel(client, "caches")
    assert shown.one("dl").children[0].all("dd")[0].text == "75.0 %"
    assert chart(shown)["series"][0]["values"][-1] == 0.75
    assert chart(shown)["series"][0]["values"][0] is None


def test_open_alerts_come_first_and_lead_to_their_figures(client: Client) -> None:
    rule = AlertRule.objects.create(name="mine", kind=RuleKind.GAUGE, subjects="machine.cpu", limit=0.8)
    evidence = {"value": 0.93, "limit": 0.8, "bad_minutes": 3, "of_minutes": 5}
    over = Alert.objects.create(
        rule=rule, subject="machine.memory", evidence=evidence, opened_at=whole_minute(20), closed_at=whole_minute(2)
    )
    still = Alert.objects.create(rule=rule, subject="machine.cpu", evidence=evidence, opened_at=whole_minute(400))
    shown = panel(client, "alarms")
    links = [link.attributes["href"] for link in shown.one("tbody").all("a")]
    assert links == [reverse("admin:perf_alert_change", args=[one.pk]) for one in (still, over)]
    assert shown.one("p", class_="says").text == "1 alert is open."
    assert "0.93" in column(shown, 3)[0]
    Alert.objects.filter(pk=still.pk).update(closed_at=whole_minute(300))
    shown = panel(client, "alarms")
    assert column(shown, 0) == ["machine.memory is too high"]
    assert shown.one("p", class_="says").all("span", class_="good")


def test_what_got_worse_is_said_of_benchmarks(client: Client) -> None:
    changes = {"rate": {"verdict": "worse", "before": 2, "after": 1}}
    run = BenchmarkRun.objects.create(name="end_to_end", repeats=1, seconds=1, changes=changes)
    shown = panel(client, "benchmarks")
    assert "end_to_end" in shown.one("p", class_="says").text
    assert shown.one("tbody").one("a").attributes["href"] == reverse("admin:perf_benchmarkrun_change", args=[run.pk])


def test_no_answer_takes_more_queries_for_more_rows(client: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(1, 30):
        fill_instruments(f"row-{number}", number)
    for key in OWN:
        with django_assert_max_num_queries(8):
            panel(client, key)
