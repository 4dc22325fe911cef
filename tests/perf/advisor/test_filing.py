"""Findings are made once, brought up to date, closed when their cause went, and keep what a person decided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from silk.models import SQLQuery

from perf.advisor import filing, sources
from perf.models import Finding, FindingKind, FindingStatus
from tests.perf.advisor.conftest import fill_minutes
from tests.perf.advisor.test_sources import BY_KEY, record

pytestmark = pytest.mark.django_db
SLOW = 'SELECT "id" FROM "operation_minutes" WHERE "errors" = $1'


@pytest.fixture(autouse=True)
def _silk_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "from_statistics", lambda _since: iter(()))


@pytest.fixture
def slow(db: None) -> Finding:
    """A full scan of a big table, found once."""
    fill_minutes(20_000)
    record("/slow/", SLOW, ms=40)
    filing.look()
    return Finding.objects.get(kind=FindingKind.FULL_SCAN)


def status_of(finding: Finding) -> str:
    finding.refresh_from_db()
    return finding.status


def test_a_second_look_brings_the_same_row_up_to_date(slow: Finding) -> None:
    record("/slow/", SLOW, ms=60)
    filing.look()
    again = Finding.objects.get(kind=FindingKind.FULL_SCAN)
    assert again.pk == slow.pk
    assert (again.calls, round(again.lost_ms)) == (2, 100)
    assert again.last_seen > again.first_seen


def test_the_gain_on_a_small_table_was_tried_by_postgresql(slow: Finding) -> None:
    assert slow.is_tried
    assert slow.cost_before is not None
    assert slow.cost_after is not None
    assert slow.cost_after < slow.cost_before / 5


def test_it_is_closed_once_the_statement_is_well_and_opened_when_it_comes_back(slow: Finding) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX mended ON operation_minutes (errors)")
    filing.look()
    assert status_of(slow) == FindingStatus.GONE
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX mended")
    filing.look()
    assert status_of(slow) == FindingStatus.OPEN


def test_it_is_closed_when_it_did_not_run_for_a_day(slow: Finding) -> None:
    filing.look(timezone.now() + timedelta(days=1, hours=1))
    assert status_of(slow) == FindingStatus.GONE


def test_it_stays_open_while_nothing_was_recorded_for_an_hour(slow: Finding) -> None:
    SQLQuery.objects.all().delete()
    filing.look(timezone.now() + timedelta(hours=1))
    assert status_of(slow) == FindingStatus.OPEN


@pytest.mark.parametrize("status", [FindingStatus.DISMISSED, FindingStatus.UNDONE])
def test_what_a_person_decided_stays(slow: Finding, status: FindingStatus) -> None:
    Finding.objects.filter(pk=slow.pk).update(status=status)
    filing.look()
    assert status_of(slow) == status


def test_the_trend_has_a_point_an_hour(slow: Finding) -> None:
    for hours in (0.1, 0.2, 1.5, 3.0):
        filing.look(timezone.now() + timedelta(hours=hours))
    slow.refresh_from_db()
    assert len(slow.trend) == 3


def test_a_statement_that_is_fast_is_not_explained(db: None) -> None:
    fill_minutes(20_000)
    record("/fast/", SLOW, times=5, ms=0.5)
    filing.look()
    assert not Finding.objects.filter(kind=FindingKind.FULL_SCAN).exists()


def test_what_cannot_be_explained_is_counted_by_its_reason(db: None) -> None:
    record("/odd/", "SELECT * FROM nowhere WHERE a = $1")
    look = filing.look()
    assert look is not None
    assert look.unexplained == {"42P01": 1}


def test_repetition_is_closed_when_the_page_no_longer_repeats(db: None) -> None:
    record("/list/", BY_KEY, times=20, hours_ago=1)
    filing.look()
    finding = Finding.objects.get(kind=FindingKind.N_PLUS_ONE)
    assert finding.fix == '.select_related("tunable")'
    for _time in range(sources.MENDED_AFTER):
        record("/list/", "SELECT 1")
    filing.look()
    assert status_of(finding) == FindingStatus.GONE


def test_doubled_and_unfinished_indexes_are_found_with_their_fix(db: None) -> None:
    fill_minutes(10_000)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX twice ON operation_minutes (minute)")
        cursor.execute("CREATE INDEX unfinished ON operation_minutes (errors)")
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'unfinished'::regclass")
    filing.look()
    fixes = dict(Finding.objects.filter(table="operation_minutes").values_list("kind", "fix"))
    assert fixes == {
        FindingKind.DUPLICATE_INDEX: 'DROP INDEX CONCURRENTLY "twice"',
        FindingKind.INVALID_INDEX: 'DROP INDEX CONCURRENTLY "unfinished"',
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX twice")
    filing.look()
    assert Finding.objects.get(kind=FindingKind.DUPLICATE_INDEX).status == FindingStatus.GONE


def test_a_documented_index_that_is_missing_is_found(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX idx_sentiment_score")
    filing.look()
    finding = Finding.objects.get(kind=FindingKind.MISSING_DOCUMENTED)
    assert finding.fix == (
        'CREATE INDEX CONCURRENTLY IF NOT EXISTS "idx_sentiment_score" ON "analysis_results" ("sentiment_score")'
    )
