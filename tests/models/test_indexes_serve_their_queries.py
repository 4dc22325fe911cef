"""Every index that a model names is the one that PostgreSQL takes for the query it was made for.

The queries are the product's own functions; what they send to a database of 200,000 comments is explained.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models import Q, Sum
from django.db.models.functions import Now
from django.utils.timezone import localdate

from analysis import access
from analysis.exports.rows import rows
from analysis.insights import aggregates
from analysis.insights.comments import comments_for, extremes
from analysis.insights.filters import CommentFilter
from analysis.insights.paging import page_of
from analysis.intake import store
from analysis.intake.uploads import same_file_before
from analysis.models import (
    AnalysisResult,
    AuditEntry,
    Chunk,
    Comment,
    CommentStatus,
    IdempotencyKey,
    ProviderCall,
    RejectedRow,
    Session,
    Theme,
    Usage,
)
from analysis.processing import (
    claim,
    complete,
    discoveries,
    discovering,
    drain,
    held,
    plan,
    progress,
    sweep,
    training,
    write,
)
from analysis.routing import ledger, releases, taxonomy
from tests import factories
from tests.models.conftest import World, plans_of

pytestmark = pytest.mark.django_db

DAY = {
    "created_at__gte": factories.START + timedelta(days=20),
    "created_at__lt": factories.START + timedelta(days=21),
}
_GROUP = "01990f3e-7b1c-7c4a-9d2e-0123456789ab:1"
BIG = {"comments", "analysis_results"}


def page(world: World, ordering: str, **wanted: Any) -> None:
    """A page of 50, the first one or one further down."""
    comments = comments_for(CommentFilter(**wanted), sessions=access.visible_sessions(world.user))
    first = page_of(comments, ordering=ordering)
    page_of(comments, ordering=ordering, cursor=first.next)


def statement(sql: str, **parameters: Any) -> None:
    """One of the statements that processing keeps as text."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


Ask = Callable[[World], Any]

QUERIES: list[tuple[str, str, Ask]] = [
    ("idx_comments_date", "a team's newest comments", lambda w: page(w, "-created_at")),
    ("idx_comments_date", "comments of a day, all sessions", lambda w: page(w, "created_at", **DAY)),
    ("idx_composite", "a session by date", lambda w: page(w, "created_at", session=w.session.pk)),
    (
        "idx_composite",
        "a session's day",
        lambda w: comments_for(
            CommentFilter().where(session=w.session.pk, **DAY), sessions=access.visible_sessions(w.user)
        ).count(),
    ),
    (
        "idx_comments_duplicates",
        "verdicts are fanned out to the repeats",
        lambda w: statement(write._REPEATS, firsts=[w.comment.pk], after=uuid.UUID(int=0), limit=1000),
    ),
    ("idx_comments_duplicates", "said by n customers", lambda w: w.comment.duplicates.count()),
    (
        "comment_once_a_row",
        "a session's comments in the order of the file",
        lambda w: page(w, "row_number", session=w.session.pk),
    ),
    (
        "comment_once_a_row",
        "the texts of a chunk",
        lambda w: statement(drain._NEXT, session=w.session.pk, first=4_000, last=4_999, limit=500),
    ),
    (
        "comment_once_a_row",
        "one row of a file",
        lambda w: page(w, "row_number", session=w.session.pk, row_number=4_711),
    ),
    (
        "result_current_once",
        "a page of comments meets its results",
        lambda w: page(w, "row_number", session=w.session.pk),
    ),
    (
        "result_once_a_comment_kind_version",
        "what each engine version said of a comment",
        lambda w: list(AnalysisResult.objects.filter(comment=w.comment).order_by("-created_at")),
    ),
    (
        "idx_analysis_session",
        "the numbers of a session",
        lambda w: aggregates.count(CommentFilter(session=w.session.pk), access.visible_sessions(w.user)),
    ),
    ("idx_analysis_session", "the results of a session", lambda w: w.session.results.count()),
    ("idx_sentiment_score", "the worst of all sessions", lambda w: extremes(access.visible_sessions(w.user))),
    ("idx_sentiment_score", "the best of all sessions", lambda w: extremes(access.visible_sessions(w.user), best=True)),
    (
        "idx_sessions_team",
        "a team's sessions, newest first",
        lambda w: list(access.visible_sessions(w.user).order_by("-created_at", "-id")[:20]),
    ),
    ("idx_sessions_active", "what the sweep looks after", lambda w: list(sweep._active())),
    ("idx_chunks_session", "how far a session is", lambda w: progress.progress(session=w.session)),
    ("idx_chunks_session", "whether a session is at its end", lambda w: complete.complete(w.running.pk)),
    ("idx_chunks_open", "the next chunk", lambda w: claim.claim(w.running.pk, "a worker")),
    ("idx_chunks_leased", "leases that ran out", lambda w: claim.reopen_lost(Q(lease_until__lt=Now()))),
    ("idx_chunks_leased", "a worker renews its lease", lambda w: claim.renew(uuid.uuid4())),
    (
        "discovery_once_a_revision",
        "what was found in a session",
        lambda w: discoveries.latest(session=w.session, chosen=CommentFilter()),
    ),
    ("idx_discoveries_due", "discoveries of dead workers", lambda w: discovering.free_lost()),
    (
        "comment_once_a_row",
        "the comments of a group",
        lambda w: page(w, "row_number", session=w.session.pk, group=_GROUP),
    ),
    (
        "rejected_once_a_row",
        "a session's rejected rows",
        lambda w: list(RejectedRow.objects.filter(session=w.session).order_by("row_number")[:100]),
    ),
    ("idx_files_sha256", "the same file before", lambda w: same_file_before(session=w.session)),
    (
        "idempotency_key_once_a_user",
        "the answer to the same request",
        lambda w: IdempotencyKey.objects.filter(user=w.user, key="x").first(),
    ),
    ("idx_idempotency_created", "answers that have had their day", lambda w: sweep.tidy()),
    (
        "idx_audit_object",
        "the trail of one object",
        lambda w: list(AuditEntry.objects.filter(object_type="session", object_id=str(w.session.pk))),
    ),
    ("theme_once", "a theme by its code", lambda w: Theme.objects.get(code="t7", parent=None)),
    (
        "sub_theme_once_a_theme",
        "whether a theme has sub-themes",
        lambda w: Theme.objects.get(code="t7", parent=None).sub_themes.exists(),
    ),
    ("taxonomy_active_once", "what labels", lambda w: taxonomy._read("1:x:1", 0.0)),
    ("idx_taxonomy_digest", "what a run was begun with", lambda w: taxonomy._by_digest("0" * 12)),
    ("engine_model_active_once", "which model labels", lambda w: releases.active_digest("embedded")),
    (
        "engine_model_digest",
        "the model of a version",
        lambda w: releases.is_known("embedded", "1-2-0123456789-3"),
    ),
    ("spending_once_a_period", "what a session has cost", lambda w: ledger.spent("session", str(w.session.pk))),
    ("idx_calls_in_flight", "calls whose process died", lambda w: ledger.assume_lost()),
    (
        "idx_calls_day",
        "what an engine cost in a day",
        lambda w: ProviderCall.objects.filter(day=localdate() - timedelta(days=3), engine="llm").aggregate(Sum("cost")),
    ),
    (
        "usage_once_a_day",
        "the ways of a session's texts in a day",
        lambda w: Usage.objects.filter(
            day=localdate() - timedelta(days=3), engine="llm", session=w.session, run=1
        ).first(),
    ),
    ("idx_analysis_fallback", "labels that stand in for others", lambda w: held.ask_again()),
    ("engine_model_training_once", "the training that nobody has in hand", lambda w: training.sweep_trainings()),
]


@pytest.mark.parametrize(
    ("index", "ask"), [(index, ask) for index, _name, ask in QUERIES], ids=[f"{q[0]}: {q[1]}" for q in QUERIES]
)
def test_the_query_uses_its_index(world: World, index: str, ask: Ask) -> None:
    planner = plans_of(lambda: ask(world))
    assert planner.plans
    assert index in planner.indexes, [plan.sql for plan in planner.plans]
    assert not planner.scanned & BIG


def test_every_index_that_a_model_names_has_a_query_here() -> None:
    named = {
        index.name
        for model in apps.get_app_config("analysis").get_models()
        for index in (*model._meta.indexes, *model._meta.constraints)
        if isinstance(index, models.Index | models.UniqueConstraint)
    }
    assert named == {index for index, _name, _ask in QUERIES}


@pytest.mark.parametrize(
    ("name", "table", "columns"),
    [
        ("idx_comments_date", "comments", ["created_at"]),
        ("idx_analysis_session", "analysis_results", ["session_id"]),
        ("idx_sentiment_score", "analysis_results", ["sentiment_score"]),
        ("idx_composite", "comments", ["session_id", "created_at", "status"]),
    ],
)
def test_the_four_documented_indexes_are_as_documented(name: str, table: str, columns: list[str]) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    assert found[name]["index"]
    assert found[name]["columns"] == columns


def test_an_export_reads_its_session_by_index_alone(world: World) -> None:
    chosen = CommentFilter(session=world.session.pk)
    planner = plans_of(lambda: next(rows(chosen, access.visible_sessions(world.user))))
    assert "result_current_once" in planner.indexes
    assert not planner.scanned & BIG


@pytest.mark.parametrize("ask", [plan._COUNT, plan._RANGES], ids=["count", "ranges"])
def test_a_plan_reads_only_its_session(world: World, ask: str) -> None:
    planner = plans_of(lambda: statement(ask, session=world.session.pk, rows=1000))
    assert not planner.scanned & BIG


def test_a_chunk_reads_only_its_rows_though_statistics_say_that_none_is_pending(world: World) -> None:
    def ask() -> None:
        Comment.objects.filter(session=world.session).update(status=CommentStatus.PENDING)
        statement(drain._NEXT, session=world.session.pk, first=4_000, last=4_999, limit=500)

    last = plans_of(ask).plans[-1]
    assert "comment_once_a_row" in last.indexes
    assert "idx_composite" not in last.indexes


FRESH: dict[str, Callable[[CommentFilter, Any], Any]] = {
    "its numbers": aggregates.count,
    "its negative ones": lambda chosen, mine: aggregates.count(chosen.where(sentiment=("negative",)), mine),
    "its first page": lambda chosen, mine: page_of(comments_for(chosen, sessions=mine), ordering="row_number"),
    "its first page by score": lambda chosen, mine: page_of(comments_for(chosen, sessions=mine), ordering="score"),
    "its export": lambda chosen, mine: next(rows(chosen, mine)),
    "its plan": lambda chosen, mine: statement(plan._RANGES, session=chosen.session, rows=1000),
    "its repeats": lambda chosen, mine: statement(store._FOLD, session=chosen.session),
}


@pytest.mark.parametrize("name", FRESH)
def test_a_session_that_has_just_come_in_is_not_read_again_for_each_of_its_comments(world: World, name: str) -> None:
    sessions = access.visible_sessions(world.user)
    planner = plans_of(lambda: FRESH[name](CommentFilter(session=world.fresh.pk), sessions))
    assert planner.plans
    assert not planner.looped & BIG
    assert not planner.scanned & BIG


def test_the_watch_over_loops_sees_one(world: World) -> None:
    comments = comments_for(
        CommentFilter(session=world.fresh.pk), sessions=access.visible_sessions(world.user), wholesale=True
    )
    assert plans_of(lambda: list(comments)).looped == {"analysis_results"}


def test_one_comment_is_found_by_its_id(world: World) -> None:
    planner = plans_of(lambda: access.get_comment(world.user, world.comment.pk))
    assert "comments_pkey" in planner.indexes
    assert not planner.scanned & BIG


def test_a_session_is_deleted_without_reading_the_others(world: World) -> None:
    planner = plans_of(lambda: Session.objects.filter(pk=world.session.pk).delete())
    assert not planner.scanned & {*BIG, Chunk._meta.db_table}
    assert Comment.objects.filter(session=world.session).exists()
