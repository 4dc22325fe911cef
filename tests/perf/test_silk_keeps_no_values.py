"""Silk records times and statements of the share that is sampled, and no value that anybody wrote or searched for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings
from silk.models import Request, Response, SQLQuery

from perf.profiling import records
from perf.profiling.pruning import prune
from perf.profiling.recording import RecordingMiddleware, wanted
from tests.perf.sampling import sampled

pytestmark = pytest.mark.django_db
CANARY = "canario0981123456"


@pytest.fixture
def everything_sampled() -> Iterator[None]:
    with sampled(100):
        yield


def search_users(_request: HttpRequest) -> HttpResponse:
    """Everything that a page does with the words of a visitor, in one view."""
    word = CANARY
    User.objects.filter(first_name__icontains=word).exists()
    user = User.objects.create(username=word, first_name=word)
    User.objects.filter(last_name=word).update(first_name=word)
    list(User.objects.filter(first_name__in=[word, "other"]).values_list("first_name", flat=True))
    user.delete()
    return HttpResponse(word, headers={"Content-Type": "text/plain"})


def all_that_silk_keeps() -> str:
    rows: list[object] = []
    for model in (Request, Response, SQLQuery):
        rows.extend(model.objects.values())
    return repr(rows)


def test_a_request_that_is_not_sampled_leaves_no_row(client: Client) -> None:
    client.get("/healthz/ready")
    client.get("/admin/login/")
    assert not Request.objects.exists()


def test_a_sampled_request_is_recorded_with_its_statements(everything_sampled: None) -> None:
    RecordingMiddleware(search_users)(RequestFactory().get("/somewhere/"))
    request = Request.objects.get()
    assert request.path == "/somewhere/"
    assert request.time_taken > 0
    statements = list(SQLQuery.objects.filter(request=request).values_list("query", flat=True))
    assert any('FROM "auth_user"' in statement and "$1" in statement for statement in statements)


def test_no_value_of_a_sampled_request_lands_in_the_tables_of_silk(everything_sampled: None) -> None:
    request = RequestFactory().post(
        f"/somewhere/?q={CANARY}",
        data={"text": CANARY},
        content_type="application/json",
        headers={
            "authorization": f"Bearer {CANARY}",
            "referer": f"https://x/?q={CANARY}",
            "cookie": CANARY,
            "x-anything": CANARY,
        },
    )
    RecordingMiddleware(search_users)(request)
    assert SQLQuery.objects.count() >= 3
    assert CANARY not in all_that_silk_keeps()


def test_the_statements_of_a_request_that_is_not_sampled_do_not_join_the_one_before_it() -> None:
    middleware = RecordingMiddleware(search_users)
    with sampled(100):
        middleware(RequestFactory().get("/first/"))
    recorded = SQLQuery.objects.count()
    with sampled(0):
        middleware(RequestFactory().get("/second/"))
    assert SQLQuery.objects.count() == recorded


def test_a_record_that_cannot_be_written_costs_the_record_and_not_the_request(
    everything_sampled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_values: object) -> None:
        raise DatabaseError("no room")

    monkeypatch.setattr(records, "_write", unable)
    response = RecordingMiddleware(search_users)(RequestFactory().get("/somewhere/"))
    assert response.status_code == 200
    assert not Request.objects.exists()


@pytest.mark.parametrize("path", ["/silk/", "/static/x.css", "/healthz/live", "/metrics"])
def test_silk_never_watches_itself_files_or_probes(everything_sampled: None, path: str) -> None:
    assert wanted(RequestFactory().get(path), 100) is None


def record_some(number: int, **values: object) -> None:
    """The first is the newest."""
    now = timezone.now()
    for place in range(number):
        Request.objects.create(path=f"/{place}", start_time=now - timedelta(minutes=place), **values)


def left() -> list[str]:
    return sorted(Request.objects.values_list("path", flat=True))


def test_pruning_keeps_the_newest_and_says_how_many_went() -> None:
    record_some(5)
    assert prune(keep=2) == 3
    assert left() == ["/0", "/1"]
    assert prune(keep=2) == 0


def test_pruning_keeps_no_more_statements_than_the_setting_says(settings: Settings) -> None:
    settings.SILKY_KEEP_STATEMENTS = 250
    record_some(5, num_sql_queries=100)
    assert prune() == 2
    assert left() == ["/0", "/1", "/2"]


def test_pruning_throws_away_what_is_old(settings: Settings) -> None:
    settings.SILKY_KEEP_DAYS = 2 / 24 / 60
    record_some(5)
    assert prune() == 3
    assert left() == ["/0", "/1"]


def test_pruning_to_nothing_empties_the_tables() -> None:
    Request.objects.create(path="/")
    assert prune(keep=0) == 1
    assert not Request.objects.exists()
