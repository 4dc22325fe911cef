"""What was slow: from silk with its place in the code, from pg_stat_statements, together, and never with values."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from silk.models import Request, SQLQuery

from perf.advisor import sources
from perf.advisor.hints import instead_of_repeating
from perf.advisor.places import place_of
from perf.models import OperationMinute

pytestmark = pytest.mark.django_db
BY_KEY = 'SELECT "tunables"."id" FROM "tunables" WHERE "tunables"."id" = $1 LIMIT 21'


def record(path: str, statement: str, times: int = 1, ms: float = 5.0, hours_ago: float = 0.0) -> Request:
    """A request as silk records it."""
    at = timezone.now() - timedelta(hours=hours_ago)
    request = Request.objects.create(path=path, start_time=at)
    stack = f'  File "{settings.BASE_DIR}/analysis/web/pages.py", line 7, in page\n'
    for _time in range(times):
        end = at + timedelta(milliseconds=ms)
        SQLQuery.objects.create(request=request, query=statement, start_time=at, end_time=end, traceback=stack)
    return request


def test_statements_of_one_shape_are_added_up_and_keep_their_place() -> None:
    record("/a/", "SELECT a FROM t WHERE b IN ($1, $2)", ms=10)
    record("/a/", "SELECT a FROM t WHERE b IN ($1)", ms=30)
    mine = [each for each in sources.observed() if each.source == "silk"]
    assert [(each.calls, round(each.total_ms)) for each in mine] == [(2, 40)]
    assert mine[0].place == "analysis/web/pages.py:7 in page"


def test_what_is_older_than_a_day_or_about_the_instruments_is_left_out() -> None:
    record("/a/", "SELECT a FROM t", hours_ago=25)
    record("/a/", 'SELECT "id" FROM "silk_request"')
    record("/a/", "SELECT relname FROM pg_class")
    assert not list(sources.from_silk(timezone.now() - sources.LOOK_BACK))


def test_a_statement_that_its_page_no_longer_sends_is_not_current() -> None:
    record("/a/", "SELECT a FROM t", hours_ago=2)
    for _time in range(sources.MENDED_AFTER - 1):
        record("/a/", "SELECT b FROM t", hours_ago=1)
    assert [each.is_current for each in sources.observed() if "a FROM" in each.statement] == [True]
    record("/a/", "SELECT b FROM t")
    assert [each.is_current for each in sources.observed() if "a FROM" in each.statement] == [False]
    assert [each.is_current for each in sources.observed() if "b FROM" in each.statement] == [True]


def test_the_same_statement_many_times_in_one_request_is_repeated() -> None:
    record("/list/", BY_KEY, times=12)
    record("/other/", BY_KEY, times=sources.REPEATS - 1)
    (one,) = sources.repeats()
    assert (one.times, one.path, one.observed.calls) == (12, "/list/", 12)


def test_two_requests_that_repeat_it_are_one_finding_with_the_worst_number() -> None:
    record("/list/", BY_KEY, times=30, hours_ago=1)
    record("/list/", BY_KEY, times=12)
    (one,) = sources.repeats()
    assert (one.times, one.observed.calls) == (30, 42)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (BY_KEY, '.select_related("tunable")'),
        (
            'SELECT * FROM "tuning_decisions" WHERE "tuning_decisions"."tunable_id" = $1',
            '.prefetch_related("decisions")',
        ),
        ('SELECT * FROM "tunables" WHERE "tunables"."name" = $1', ".in_bulk(…)"),
        ("SELECT 1", ".in_bulk(…)"),
        ('INSERT INTO "tunables" VALUES ($1)', ".bulk_create(…)"),
        ('UPDATE "tunables" SET "value" = $1 WHERE "tunables"."id" = $2', ".bulk_update(…)"),
        ('DELETE FROM "tunables" WHERE "tunables"."id" = $1', ".filter(…)"),
    ],
)
def test_the_hint_names_the_relation_that_is_to_be_fetched_with_the_list(statement: str, code: str) -> None:
    assert instead_of_repeating(statement).code == code


def test_the_place_is_the_innermost_frame_of_our_own_code() -> None:
    root = settings.BASE_DIR
    stack = (
        f'  File "{root}/perf/profiling/recording.py", line 1, in _execute_sql\n'
        f'  File "{root}/.venv/lib/django/db/models/query.py", line 2, in __iter__\n'
        f'  File "/usr/lib/python3/threading.py", line 3, in run\n'
        f'  File "{root}/analysis/insights/comments.py", line 4, in page\n'
        f'  File "{root}/analysis/web/pages.py", line 5, in view\n'
    )
    assert place_of(stack) == "analysis/insights/comments.py:4 in page"
    assert place_of("nothing of ours") == ""


def test_postgresql_s_own_counts_are_read_where_they_are_and_hold_no_values() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%'")
        if not cursor.fetchone()[0]:
            assert not sources.has_statistics()
            return
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        cursor.execute("SELECT pg_stat_statements_reset()")
    for _time in range(3):
        list(OperationMinute.objects.filter(operation="canario0981123456"))
    counted = list(sources.from_statistics(timezone.now() - sources.LOOK_BACK))
    (one,) = [each for each in counted if '"operation_minutes"' in each.statement]
    assert (one.calls, one.counted, one.source) == (3, 3, "pg_stat_statements")
    assert "canario" not in repr(counted)


def test_without_the_extension_there_is_nothing_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_PROBE", "SELECT 1 FROM pg_stat_statements_that_is_not_there")
    assert not sources.has_statistics()
    assert list(sources.from_statistics(timezone.now())) == []
