"""A database of 200,000 comments, and a way to ask PostgreSQL how it would answer what the product asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from analysis.models import Comment, Session, SessionState
from tests import factories

TEAMS, SESSIONS_A_TEAM = 20, 100
FULL_SESSIONS, COMMENTS_EACH = 20, 10_000
ROW_BY_ROW = {"comments_pkey", "sessions_pkey", "result_current_once", "result_once_a_comment_kind_version"}
_EXPLAINED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Plan:
    """How one statement would be answered: indexes used, tables read end to end, tables read again in a loop's inside
    by another index than one that names the very row."""

    sql: str
    indexes: frozenset[str]
    scanned: frozenset[str]
    looped: frozenset[str]

    @classmethod
    def of(cls, sql: str, tree: Mapping[str, Any]) -> Plan:
        """Read a plan as EXPLAIN (FORMAT JSON) tells it."""
        indexes: set[str] = set()
        scanned: set[str] = set()
        looped: set[str] = set()
        nodes = [(tree, False)]
        while nodes:
            node, inside = nodes.pop()
            indexes |= {node["Index Name"]} if "Index Name" in node else set()
            indexes |= set(node.get("Conflict Arbiter Indexes", ()))
            scanned |= {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
            if inside and "Relation Name" in node and node.get("Index Name") not in ROW_BY_ROW:
                looped.add(node["Relation Name"])
            for child in node.get("Plans", ()):
                inner = node["Node Type"] == "Nested Loop" and child["Parent Relationship"] == "Inner"
                nodes.append((child, inside or inner))
        return cls(sql, frozenset(indexes), frozenset(scanned), frozenset(looped))


@dataclass
class Planner:
    """Collects the plan of every statement that runs while it listens."""

    plans: list[Plan] = field(default_factory=list)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
        if not many and sql.lstrip().upper().startswith(_EXPLAINED):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                self.plans.append(Plan.of(sql, cursor.fetchone()[0][0]["Plan"]))
        return execute(sql, params, many, context)

    @property
    def indexes(self) -> set[str]:
        """All indexes that the statements would use."""
        return {index for plan in self.plans for index in plan.indexes}

    @property
    def looped(self) -> set[str]:
        """All tables of which a loop would read more than a row each time."""
        return {table for plan in self.plans for table in plan.looped}

    @property
    def scanned(self) -> set[str]:
        """All tables that they would read from end to end."""
        return {table for plan in self.plans for table in plan.scanned}


def plans_of(ask: Callable[[], Any]) -> Planner:
    """Run ``ask``, whose changes are taken back, and return the plans of its statements."""
    planner = Planner()
    with transaction.atomic():
        with connection.execute_wrapper(planner):
            ask()
        transaction.set_rollback(True)
    return planner


@dataclass(frozen=True)
class World:
    """What the queries ask about: one of 2,000 sessions, with 10,000 of the 200,000 comments; one that runs; and one
    that has just come in, of which the planner's statistics know nothing."""

    user: User
    session: Session
    running: Session
    comment: Comment
    fresh: Session


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock():
        try:
            yield _make_world()
        finally:
            with connection.cursor() as cursor:
                cursor.execute(_EMPTY)


def _make_world() -> World:
    with transaction.atomic():
        teams = [factories.make_team() for _ in range(TEAMS)]
        user = factories.make_user(teams[0])
        sessions = Session.objects.bulk_create(
            Session(
                team=team,
                name=f"{number}",
                state=SessionState.COMPLETED,
                engine_version="1",
                run=1,
                created_at=factories.START + timedelta(hours=number),
            )
            for number in range(SESSIONS_A_TEAM)
            for team in teams
        )
        full = sessions[:: len(sessions) // FULL_SESSIONS]
        for session in full:
            factories.add_many_comments(session, COMMENTS_EACH, analyze=False)
        session, running = full[FULL_SESSIONS // 2], sessions[7]
        Session.objects.filter(pk=running.pk).update(state=SessionState.RUNNING)
        parameters: dict[str, Any] = {"running": running.pk, "session": session.pk, "team": session.team_id}
        with connection.cursor() as cursor:
            for statement in _AROUND:
                cursor.execute(statement, parameters | {"user": user.pk})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    session.refresh_from_db()
    fresh = factories.make_session(teams[0])
    factories.add_many_comments(fresh, COMMENTS_EACH // 4, analyze=False)
    comment = Comment.objects.get(session=session, row_number=COMMENTS_EACH // 2)
    return World(user, session, running, comment, fresh)


# What a busy year leaves around the comments.
_AROUND = (
    """
    INSERT INTO chunks (id, session_id, run, kind, state, first_row, last_row, size, progress, failed_count, careful,
                        attempts, worker, error, created_at)
    SELECT gen_random_uuid(), s.id, 1, 'analyse', 'done', i * 1000, i * 1000 + 999, 1000, 1000, 0, false, 1, '', '',
           now()
      FROM sessions s, generate_series(0, 9) i
    """,
    """
    INSERT INTO chunks (id, session_id, run, kind, state, first_row, last_row, size, progress, failed_count, careful,
                        attempts, worker, error, lease_token, lease_until, created_at)
    SELECT gen_random_uuid(), %(running)s, 1, 'analyse', CASE WHEN i < 20 THEN 'leased' ELSE 'open' END, i * 1000,
           i * 1000 + 999, 1000, 0, 0, false, 1, 'worker ' || i %% 4, '', gen_random_uuid(),
           now() - make_interval(mins => 1), now()
      FROM generate_series(10, 100) i
    """,
    """
    INSERT INTO rejected_rows (id, session_id, row_number, line, "column", value, reason, cells, created_at)
    SELECT gen_random_uuid(), s.id, 20000 + i, i, '', '', 'empty_text', '{}', now()
      FROM sessions s, generate_series(1, 10) i
    """,
    """
    INSERT INTO analysis_storedfile (id, team_id, original_name, stored_name, size, sha256, created_at)
    SELECT gen_random_uuid(), %(team)s, 'a.csv', md5(i::text), 1, md5(i::text) || md5((-i)::text), now()
      FROM generate_series(1, 5000) i
    """,
    """
    UPDATE sessions SET file_id = (SELECT id FROM analysis_storedfile LIMIT 1) WHERE id = %(session)s
    """,
    """
    INSERT INTO discoveries (id, session_id, kind, query, revision, state, result, members, attempts, error, created_at)
    SELECT CASE WHEN s.id = %(session)s AND i = 1 THEN '01990f3e-7b1c-7c4a-9d2e-0123456789ab'::uuid
                ELSE gen_random_uuid() END,
           s.id, 'similar', '', i, 'done', '{}', '[[1, 2, 3], [4, 5, 6]]', 1, '', now()
      FROM sessions s, generate_series(1, 5) i
    """,
    """
    INSERT INTO idempotency_keys (user_id, key, request_digest, status, headers, body, created_at)
    SELECT %(user)s, md5(i::text), '', 200, '{}', '', now() - make_interval(secs => i * 5)
      FROM generate_series(1, 20000) i
    """,
    """
    INSERT INTO audit_entries (id, action, object_type, object_id, detail, created_at)
    SELECT gen_random_uuid(), 'session.start', 'session', md5((i / 5)::text), '{}', now()
      FROM generate_series(1, 20000) i
    """,
    """
    INSERT INTO themes (id, code, name_es, name_en, pain_point)
    SELECT gen_random_uuid(), 't' || i, 't', 't', '' FROM generate_series(1, 2000) i
    """,
    """
    INSERT INTO themes (id, parent_id, code, name_es, name_en, pain_point)
    SELECT gen_random_uuid(), id, 's', 's', 's', '' FROM themes
    """,
    """
    INSERT INTO taxonomy_versions (id, number, snapshot, digest, note, published_at, is_active)
    SELECT gen_random_uuid(), i, '{"themes": [], "phrases": []}', left(md5(i::text), 12), '', now(), i = 1
      FROM generate_series(1, 2000) i
    """,
    """
    INSERT INTO engine_models (id, name, digest, version, state, manifest_text, sha256, seed, evaluation, changes,
                               corrections_used, failure, attempts, created_at)
    SELECT gen_random_uuid(), 'embedded', left(md5(i::text), 16), '', CASE i WHEN 1 THEN 'active' WHEN 2 THEN 'training'
           ELSE 'retired' END, repeat('x', 500), '', 1, '{}', '{}', 60, '', 0, now() - make_interval(hours => i)
      FROM generate_series(1, 3000) i
    """,
    """
    INSERT INTO spendings (id, scope, key, committed)
    SELECT gen_random_uuid(), 'session', id::text, 1 FROM sessions
    """,
    """
    INSERT INTO provider_calls (id, engine, model, session_id, session_key, state, trouble, items, tokens_in,
                                tokens_out, reserved, cost, day, created_at)
    SELECT gen_random_uuid(), 'llm', 'm', s.id, s.id::text, CASE WHEN i = 1 THEN 'reserved' ELSE 'settled' END, '', 20,
           1, 1, 1, 1, current_date - i, now() - make_interval(days => i)
      FROM sessions s, generate_series(1, 10) i WHERE s.id <> %(running)s OR i > 1
    """,
    """
    UPDATE provider_calls SET state = 'settled' WHERE session_id <> %(session)s
    """,
    """
    INSERT INTO usages (id, day, engine, session_id, run, texts, repeats, trivial, sure, cached, provided, fallbacks)
    SELECT gen_random_uuid(), current_date - i, 'llm', s.id, 1, 1, 0, 0, 0, 0, 1, 0
      FROM sessions s, generate_series(1, 5) i
    """,
    """
    UPDATE analysis_results SET is_fallback = true, fallback_reason = 'open'
     WHERE id IN (SELECT id FROM analysis_results WHERE session_id = %(session)s LIMIT 5)
    """,
)
_EMPTY = """
TRUNCATE analysis_team, auth_user, sessions, comments, analysis_results, chunks, rejected_rows, analysis_storedfile,
         idempotency_keys, audit_entries, discoveries, themes, taxonomy_versions, engine_models,
         spendings, provider_calls, usages CASCADE
"""
