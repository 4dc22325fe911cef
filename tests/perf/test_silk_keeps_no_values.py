"""Silk records times and statements of the share that is sampled, and no value that anybody wrote or searched for."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings
from silk.models import Request, Response, SQLQuery

from perf.profiling.pruning import prune
from perf.profiling.recording import RecordingMiddleware, numbered, should_record

pytestmark = pytest.mark.django_db
CANARY = "canario0981123456"


@pytest.fixture
def everything_sampled(settings: Settings) -> None:
    settings.SILKY_SAMPLE_PERCENT = 100.0


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


def test_the_statements_of_a_request_that_is_not_sampled_do_not_join_the_one_before_it(
    settings: Settings,
) -> None:
    middleware = RecordingMiddleware(search_users)
    settings.SILKY_SAMPLE_PERCENT = 100.0
    middleware(RequestFactory().get("/first/"))
    recorded = SQLQuery.objects.count()
    settings.SILKY_SAMPLE_PERCENT = 0.0
    middleware(RequestFactory().get("/second/"))
    assert SQLQuery.objects.count() == recorded


def test_a_record_that_cannot_be_opened_costs_the_record_and_not_the_request(
    everything_sampled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(**_values: object) -> None:
        raise DatabaseError("no room")

    monkeypatch.setattr(Request.objects, "create", unable)
    response = RecordingMiddleware(search_users)(RequestFactory().get("/somewhere/"))
    assert response.status_code == 200
    assert not Request.objects.exists()


@pytest.mark.parametrize("path", ["/silk/", "/static/x.css", "/healthz/live", "/metrics"])
def test_silk_never_watches_itself_files_or_probes(everything_sampled: None, path: str) -> None:
    assert not should_record(RequestFactory().get(path))


def test_a_statement_is_kept_with_numbered_placeholders() -> None:
    assert numbered("a = %s AND b LIKE '10%%' AND c = %s") == "a = $1 AND b LIKE '10%' AND c = $2"


def test_pruning_keeps_the_newest_and_says_how_many_went() -> None:
    for number in range(5):
        Request.objects.create(path=f"/{number}", start_time=f"2026-01-0{number + 1}T00:00:00Z")
    assert prune(keep=2) == 3
    assert sorted(Request.objects.values_list("path", flat=True)) == ["/3", "/4"]
    assert prune(keep=2) == 0


def test_pruning_to_nothing_empties_the_tables() -> None:
    Request.objects.create(path="/")
    assert prune(keep=0) == 1
    assert not Request.objects.exists()
