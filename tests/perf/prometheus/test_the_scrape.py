"""``/metrics``: the exact sum of all processes, in a form that Prometheus reads, for nobody but those who may."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
import redis
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from perf import metrics
from perf.metrics import store
from perf.metrics.sketch import bin_of
from perf.models import GaugeMinute
from perf.prometheus.collector import BOUNDS, _cumulated
from tests.perf.emptied import no_measures  # noqa: F401 -- each test begins with none

TOKEN = "a-token-of-thirty-two-characters"
PROCESSES, CALLS = 4, 500


@pytest.fixture(autouse=True)
def _with_token(settings: pytest.FixtureRequest, db: None) -> None:
    settings.METRICS_TOKEN = TOKEN  # type: ignore[attr-defined]


def scrape(**headers: str) -> dict[str, Metric]:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", **headers})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    read = open_metrics if "openmetrics" in answer.headers["Content-Type"] else text_string_to_metric_families
    return {family.name: family for family in read(answer.content.decode())}


def value(families: dict[str, Metric], family: str, sample: str, **labels: str) -> float:
    [found] = [one.value for one in families[family].samples if one.name == sample and one.labels == labels]
    return found


def fork_and_measure(durations: list[float]) -> int:
    child = os.fork()
    if child == 0:
        for number in range(CALLS):
            metrics.observe("step", durations[number % len(durations)], failed=number == 0)
            metrics.count("steps", 2)
        os._exit(0 if metrics.flush() else 1)
    return child


def test_the_scrape_shows_the_exact_sum_of_processes_that_count_at_once() -> None:
    children = [fork_and_measure([0.004, 0.04, 0.4, 400.0]) for _ in range(PROCESSES)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * PROCESSES
    families = scrape()
    name = "fiber_operation_duration_seconds"
    assert value(families, name, f"{name}_count", operation="step") == PROCESSES * CALLS
    assert value(families, name, f"{name}_sum", operation="step") == pytest.approx(PROCESSES * CALLS * 100.111)
    quarter = PROCESSES * CALLS / 4
    assert value(families, name, f"{name}_bucket", operation="step", le="0.005") == quarter
    assert value(families, name, f"{name}_bucket", operation="step", le="300.0") == 3 * quarter
    assert value(families, name, f"{name}_bucket", operation="step", le="+Inf") == 4 * quarter
    errors = "fiber_operation_errors"
    assert value(families, errors, f"{errors}_total", operation="step") == PROCESSES
    assert value(families, "fiber_events", "fiber_events_total", event="steps") == 2 * PROCESSES * CALLS
    assert all("calls" not in one.labels["event"] for one in families["fiber_events"].samples)


def test_gauges_the_build_and_the_age_of_the_last_minute_are_told() -> None:
    metrics.gauge("machine.cpu", 0.5)
    GaugeMinute.objects.create(name="x", minute=datetime(2026, 1, 1, tzinfo=UTC), samples=1, mean=1, low=1, high=1)
    families = scrape()
    assert value(families, "fiber_gauge", "fiber_gauge", gauge="machine.cpu") == 0.5
    assert families["fiber_build_info"].samples[0].labels["version"]
    age = "fiber_roll_up_age_seconds"
    assert value(families, age, age) > 3600
    assert value(families, "fiber_metrics_store_up", "fiber_metrics_store_up") == 1


def test_who_prefers_openmetrics_gets_it() -> None:
    metrics.count("steps", 3)
    families = scrape(Accept="application/openmetrics-text; version=1.0.0")
    assert value(families, "fiber_events", "fiber_events_total", event="steps") == 3


def test_without_redis_the_scrape_says_so_and_shows_no_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = redis.Redis(unix_socket_path="/nonexistent/redis.sock")
    monkeypatch.setattr(store, "client", lambda: nobody)
    families = scrape()
    assert value(families, "fiber_metrics_store_up", "fiber_metrics_store_up") == 0
    assert "fiber_events" not in families


@given(st.lists(st.floats(0.01, 1_000_000), min_size=1, max_size=60))
def test_buckets_never_fall_and_end_with_all_calls(durations: list[float]) -> None:
    bins: dict[int, int] = {}
    for ms in durations:
        bins[bin_of(ms)] = bins.get(bin_of(ms), 0) + 1
    counted = [calls for _bound, calls in _cumulated(bins)]
    assert counted == sorted(counted)
    assert counted[-1] == len(durations)
    assert len(counted) == len(BOUNDS) + 1


@pytest.mark.parametrize("given_token", ["", "Bearer ", "Bearer wrong", TOKEN, f"Bearer {TOKEN}x", "Bearer ñ"])
def test_without_the_token_there_is_no_such_page(given_token: str) -> None:
    assert (
        Client().get("/metrics", headers={"Authorization": given_token.encode().decode("latin-1")}).status_code == 404
    )


@override_settings(METRICS_TOKEN="")
def test_where_no_token_is_set_none_opens_the_page() -> None:
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_staff_that_may_see_measures_see_the_scrape() -> None:
    user = User.objects.create_user("ana", is_staff=True)
    browser = Client()
    browser.force_login(user)
    assert browser.get("/metrics").status_code == 404
    user.user_permissions.add(Permission.objects.get(codename="view_operationminute"))
    assert browser.get("/metrics").status_code == 200
