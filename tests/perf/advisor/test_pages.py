"""The pages of the adviser: the list, a finding, the indexes, and what superusers may ask for."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from perf.advisor import steps
from perf.advisor.spec import IndexSpec
from perf.models import Finding, FindingKind, FindingStatus, FindingStep, StepState
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/perf/finding/"


def make_finding(**values: Any) -> Finding:
    spec = IndexSpec.on("operation_minutes", "errors", "minute")
    given: dict[str, Any] = {
        "key": "k",
        "kind": FindingKind.FULL_SCAN,
        "table": "operation_minutes",
        "statement": 'SELECT "id" FROM "operation_minutes" WHERE "errors" = $1',
        "source": "silk",
        "calls": 10,
        "mean_ms": 30.0,
        "lost_ms": 300.0,
        "details": {"rows": 200_000, "kept": 40, "why": ""},
        "index": spec.as_json(),
        "fix": spec.create(concurrently=True).as_string(),
        "cost_before": 5578.0,
        "cost_after": 46.0,
        "plan": ["Seq Scan on operation_minutes"],
    }
    return Finding.objects.create(**given | values)


@pytest.fixture
def client(client: Client, superuser: User) -> Client:
    client.force_login(superuser)
    return client


@pytest.fixture
def operator(db: None) -> Client:
    user = factories.make_user(None, username="operator")
    user.is_staff = True
    user.save()
    user.groups.add(Group.objects.get(name="Operators"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the workers were told."""
    hints: list[tuple[str, ...]] = []

    def send(*hint: str) -> bool:
        hints.append(hint)
        return True

    monkeypatch.setattr(steps, "send", send)
    return hints


def page(finding: Finding, what: str = "change") -> str:
    return reverse(f"admin:perf_finding_{what}", args=[finding.pk])


def test_the_list_has_what_is_open_first_and_what_costs_most_before_the_rest(client: Client) -> None:
    make_finding(key="a", table="cheap_table", lost_ms=1.0)
    make_finding(key="b", table="gone_table", lost_ms=900.0, status=FindingStatus.GONE)
    make_finding(key="c", table="costly_table", lost_ms=500.0)
    html = client.get(LIST).content.decode()
    places = [html.index(name) for name in ("costly_table", "cheap_table", "gone_table")]
    assert places == sorted(places)


def test_a_finding_shows_its_evidence_its_fix_and_what_may_be_done(client: Client) -> None:
    finding = make_finding()
    html = client.get(page(finding)).content.decode()
    for text in ("200.000", "CREATE INDEX CONCURRENTLY", "Seq Scan on operation_minutes", page(finding, "apply")):
        assert text in html
    assert page(finding, "undo") not in html


def test_a_finding_that_something_is_being_done_about_follows_it_and_offers_nothing(
    client: Client, superuser: User
) -> None:
    finding = make_finding()
    steps.ask(finding=finding, kind="apply", actor=superuser)
    html = client.get(page(finding)).content.decode()
    assert 'http-equiv="refresh"' in html
    assert page(finding, "apply") not in html


def test_asking_first_says_what_will_happen_and_then_leaves_a_step_and_a_line_in_the_history(client: Client) -> None:
    finding = make_finding()
    assert "CONCURRENTLY" in client.get(page(finding, "apply")).content.decode()
    assert not FindingStep.objects.exists()
    assert client.post(page(finding, "apply")).status_code == 302
    assert FindingStep.objects.get().state == StepState.WAITING
    assert LogEntry.objects.get(object_id=str(finding.pk)).change_message == "apply"


def test_asking_twice_does_it_once(client: Client) -> None:
    finding = make_finding()
    for _time in range(2):
        client.post(page(finding, "apply"))
    assert FindingStep.objects.count() == 1


def test_what_is_dismissed_can_be_opened_again(client: Client) -> None:
    finding = make_finding()
    for what, status in (("dismiss", FindingStatus.DISMISSED), ("reopen", FindingStatus.OPEN)):
        client.post(page(finding, what))
        finding.refresh_from_db()
        assert finding.status == status


def test_operators_look_at_everything_and_are_offered_nothing(operator: Client) -> None:
    finding = make_finding()
    for address in (LIST, page(finding), "/admin/perf/finding/indexes/"):
        assert operator.get(address).status_code == 200
    assert page(finding, "apply") not in operator.get(page(finding)).content.decode()


@pytest.mark.parametrize("what", ["try", "apply", "undo", "dismiss", "reopen"])
def test_only_superusers_may_ask(operator: Client, what: str) -> None:
    finding = make_finding()
    assert operator.get(page(finding, what)).status_code == 403
    assert operator.post(page(finding, what)).status_code == 403
    finding.refresh_from_db()
    assert finding.status == FindingStatus.OPEN
    assert not FindingStep.objects.exists()


def test_only_superusers_have_the_adviser_look(operator: Client) -> None:
    assert operator.post("/admin/perf/finding/look/").status_code == 403


def test_staff_without_the_permission_do_not_see_the_indexes(db: None) -> None:
    user = factories.make_user(None, username="staff")
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    assert client.get("/admin/perf/finding/indexes/").status_code == 403


def test_the_page_of_indexes_judges_each_of_them(client: Client) -> None:
    html = client.get("/admin/perf/finding/indexes/").content.decode()
    assert "idx_operation_minutes_minute" in html
    assert "operation_minutes (minute)" in html


def test_looking_now_tells_a_worker(client: Client, told: list[tuple[str, ...]]) -> None:
    assert client.get("/admin/perf/finding/look/").status_code == 200
    assert told == []
    client.post("/admin/perf/finding/look/")
    assert told == [("advice.look", "advice_look")]


def test_a_step_is_told_to_the_workers_once_its_row_is_there(
    client: Client, told: list[tuple[str, ...]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page(make_finding(), "apply"))
    assert told == [("advice.run_step", "advice_step", str(FindingStep.objects.get().pk))]


WORDS: list[tuple[str, dict[str, Any]]] = [
    ("sort", {"rows": 10, "spills": True}),
    ("nested_loops", {"loops": 3, "turns": 5000, "tables": ["a", "b"]}),
    ("large_result", {"rows": 20_000}),
    ("n_plus_one", {"times": 40, "path": "/x/", "way": "select_related", "names": ["a"]}),
    ("missing_documented", {"name": "idx"}),
    ("missing_key_index", {"name": "a_id"}),
    ("unused_index", {"name": "idx", "bytes": 1000}),
    ("duplicate_index", {"name": "idx", "other": "idx2", "bytes": 1000}),
    ("invalid_index", {"name": "idx"}),
    ("full_scan", {"rows": 10, "kept": 1, "why": "pattern"}),
]


@pytest.mark.parametrize(("kind", "details"), WORDS, ids=[kind for kind, _details in WORDS])
def test_every_kind_of_finding_has_words(client: Client, kind: str, details: dict[str, Any]) -> None:
    finding = make_finding(kind=kind, details=details, index=None)
    assert client.get(page(finding)).status_code == 200
    assert client.get(LIST).status_code == 200
