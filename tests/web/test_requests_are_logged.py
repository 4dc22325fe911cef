"""Each request is clocked and leaves one line: who by number, where by name, never what was asked for."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from perf import metrics
from tests.logged import Lines, logged  # noqa: F401 -- a fixture
from tests.perf.emptied import no_measures  # noqa: F401 -- each test begins with none

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_request_is_one_line_with_its_ids_and_no_query(client: Client, logged: Lines) -> None:  # noqa: F811
    answer = client.get(
        reverse("home"),
        {"q": "secreto"},
        headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-ID": "r1"},
    )
    assert answer.status_code == 200
    [line] = logged.events("request")
    assert line["url"] == "home"
    assert (line["method"], line["status"], line["request_id"], line["trace_id"]) == ("GET", 200, "r1", TRACE)
    assert line["user"] == User.objects.get().pk
    assert line["ms"] > 0
    assert "secreto" not in logged.text


def test_whoever_is_not_known_is_not_looked_up_for_the_log(logged: Lines, db: None) -> None:  # noqa: F811
    Client().get("/nowhere/at/all/")
    [line] = logged.events("request")
    assert (line["url"], line["status"], line["user"]) == ("nowhere", 404, None)


def test_signs_of_life_fill_no_log(logged: Lines, db: None) -> None:  # noqa: F811
    Client().get("/healthz/live")
    assert logged.events("request") == []


def test_requests_are_clocked_by_the_name_of_their_address_and_counted_by_status(client: Client) -> None:
    client.get(reverse("home"))
    client.get("/nowhere/1/")
    client.get("/nowhere/2/")
    total = metrics.read().total
    assert total["web.home.GET.calls"] == 1
    assert total["web.nowhere.GET.calls"] == 2
    assert (total["web.status.2xx"], total["web.status.4xx"]) == (1, 2)
    assert "web.home.GET.errors" not in total
