"""Every documented query uses the index that was made for it, also at a million rows; and how long it then takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median

from django.db import connection, transaction
from django.utils import timezone

from analysis.models import Session, SessionState, Team
from perf.advisor.documented import DocumentedIndex, all_documented
from perf.advisor.plans import excerpt
from perf.benchmarks.registry import BenchmarkRefusedError, Figure, Figures, Measure, Options, benchmark, milliseconds

ROWS = 1_000_000
_SESSIONS = 100
_TIMES = 5


@benchmark("documented_queries", "each documented query by its own index, at a million rows", repeats=3, warmups=1)
@contextmanager
def documented_queries(options: Options) -> Iterator[Measure]:
    """Yield the measurement on ``options.rows`` comments and results, made by PostgreSQL and rolled back in the end.

    It refuses to measure, and the command ends with an error, when a plan does not use the index.
    """
    rows = options.rows or ROWS
    with _taken_back():
        _fill(rows)
        _check()
        yield lambda: _measure(rows)


def _measure(rows: int) -> Figures:
    times = {f"{each.table} by {each.name}": milliseconds(_seconds(each)) for each in all_documented()}
    return {"comments": Figure(rows, "rows"), **times}


def _check() -> None:
    for each in all_documented():
        plan = each.plan()
        if each.name not in plan.indexes:
            told = "\n".join(excerpt(plan))
            raise BenchmarkRefusedError(f"PostgreSQL does not use {each.name} for its query ({each.serves}):\n{told}")


def _seconds(documented: DocumentedIndex) -> float:
    seconds = []
    for _time in range(_TIMES):
        asked = documented.ask()
        started = time.perf_counter()
        list(asked)
        seconds.append(time.perf_counter() - started)
    return median(seconds)


@contextmanager
def _taken_back() -> Iterator[None]:
    """A transaction that leaves no row behind; the room that it took is given back."""
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        if not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM comments, analysis_results")


def _fill(rows: int) -> None:
    now = timezone.now()
    team = Team.objects.create(name="Benchmark of documented queries")
    Session.objects.bulk_create(
        Session(team=team, name=str(number), state=SessionState.COMPLETED, created_at=now + timedelta(seconds=number))
        for number in range(_SESSIONS)
    )
    with connection.cursor() as cursor:
        cursor.execute(_COMMENTS, {"rows": rows, "team": team.pk})
        cursor.execute(_RESULTS, {"team": team.pk})
        cursor.execute("ANALYZE comments, analysis_results")


_COMMENTS = """
WITH mine AS (SELECT array_agg(id) AS ids FROM sessions WHERE team_id = %(team)s)
INSERT INTO comments (id, session_id, row_number, text, fingerprint, customer_ref, region, service, channel, created_at,
                      has_date, status, attempts, error)
SELECT gen_random_uuid(), mine.ids[1 + i %% array_length(mine.ids, 1)], i, 'el internet se corta de noche ' || i,
       md5(i::text)::uuid, '', '', '', '', now() - make_interval(secs => (i::bigint * 7919 %% 31536000)::float), true,
       CASE WHEN i %% 1000 = 0 THEN 'failed' ELSE 'done' END, 0, ''
  FROM mine, generate_series(1, %(rows)s) i
"""
_RESULTS = """
INSERT INTO analysis_results (id, comment_id, session_id, kind, engine, engine_version, is_current, is_fallback,
    fallback_reason, sentiment, sentiment_score, text_sentiment, text_score, rating_mismatch, confidence, language,
    guarani_share, urgency, churn_risk, emotions, themes, evidence, details, is_uninformative, is_company_reply,
    created_at)
SELECT gen_random_uuid(), c.id, c.session_id, 'all', 'embedded', '1', true, false, '', 'neutral',
       (c.row_number %% 20001 - 10000) / 10000.0, 'neutral', 0, false, 0.5, 'es', 0, 'p3', 'none', '[]', '[]', '[]',
       '{}', false, false, c.created_at
  FROM comments c JOIN sessions s ON s.id = c.session_id AND s.team_id = %(team)s
"""
