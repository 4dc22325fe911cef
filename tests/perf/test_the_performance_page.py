"""The page "Performance": steps, counters, benchmarks and silk, for staff who may see them."""

from __future__ import annotations

import pytest
import redis
from django.contrib.auth.models import Permission, User
from django.test import Client
from redis.backoff import NoBackoff
from redis.retry import Retry

from perf import metrics
from perf.metrics import store
from perf.models import BenchmarkRun
from perf.pages import counts, operations
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser() -> User:
    return factories.make_user(None, superuser=True)


def test_a_superuser_reads_what_was_counted_and_clocked(client: Client, superuser: User) -> None:
    metrics.count("leases_lost", 3)
    with metrics.track("engine"):
        pass
    BenchmarkRun.objects.create(name="end_to_end", repeats=1, seconds=1, changes={"rate": {"verdict": "worse"}})
    client.force_login(superuser)
    html = client.get("/perf/").content.decode()
    for text in ("leases_lost", "engine", "end_to_end", "rate: worse"):
        assert text in html


def test_the_page_opens_while_redis_is_away(client: Client, superuser: User, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(store, "client", lambda: nobody)
    client.force_login(superuser)
    response = client.get("/perf/")
    assert response.status_code == 200
    assert response.context["is_live"] is False
    assert "errornote" in response.content.decode()


def test_the_page_does_not_exist_for_others(client: Client) -> None:
    assert client.get("/perf/").status_code == 404
    for is_staff in (False, True):
        user = factories.make_user(None)
        user.is_staff = is_staff
        user.save()
        client.force_login(user)
        assert client.get("/perf/").status_code == 404


def test_staff_with_the_permission_open_it_without_links_to_silk(client: Client) -> None:
    user = factories.make_user(None)
    user.is_staff = True
    user.save()
    user.user_permissions.add(Permission.objects.get(codename="view_benchmarkrun"))
    client.force_login(user)
    response = client.get("/perf/")
    assert response.status_code == 200
    assert "/silk/" not in response.content.decode()
    assert "/admin/rq/" not in response.content.decode()


def test_steps_are_ordered_by_time_and_counters_leave_out_the_clocks() -> None:
    hour = {"fast.calls": 10, "fast.us": 1000, "slow.calls": 2, "slow.us": 9000, "slow.errors": 1, "hints_failed": 4}
    reading = metrics.Reading(total={**hour, "leases_lost": 1}, last_hour=hour, is_live=True)
    assert [(each.name, each.calls, each.mean_ms, each.errors) for each in operations(reading)] == [
        ("slow", 2, 4.5, 1),
        ("fast", 10, 0.1, 0),
    ]
    assert [(each.name, each.total, each.last_hour) for each in counts(reading)] == [
        ("hints_failed", 4, 4),
        ("leases_lost", 1, 0),
    ]
