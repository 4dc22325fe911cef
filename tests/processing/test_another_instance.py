"""A session labelled by another instance of this very product has the labels that the embedded engine has there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from analysis import access, tokens
from analysis.intake.terms import SessionTerms
from analysis.models import AnalysisResult, NodePool, ProviderCall, ProviderNode, Role, Session, Team, Usage
from analysis.processing import drain, held, verbs
from analysis.processing.label import Answer, label
from analysis.routing import nodes, watch
from analysis.routing.router import engine_version
from tests import factories
from tests.api.contract import ROOT
from tests.provider.nodes import KEY_VARIABLE, _key, make_node, make_remote_pool  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_key")]

TEXTS = list(dict.fromkeys([
    *factories.TEXTS,
    "Excelente servicio, muy rápido el internet", "Pésimo, hace tres días sin señal y nadie contesta. Me voy a Tigo",
    "El técnico vino tarde pero arregló todo", "Iporã la internet, aguyje", "Muito lento à noite, vou cancelar",
    "La factura vino más cara que el plan", "¿Cuándo llega la fibra a Luque?", "no", ".", "10/10",
    *(f"Se corta el wifi {number} veces por día" for number in range(40)),
]))  # fmt: skip
LABELS = (
    "text_sentiment", "text_score", "sentiment", "confidence", "language", "guarani_share", "urgency", "churn_risk",
    "emotions", "themes", "evidence", "details", "is_uninformative", "is_company_reply",
)  # fmt: skip
Make = Callable[..., Session]
Finish = Callable[[Session], Session]


@pytest.fixture
def pool(live_server: LiveServer, team: Team, monkeypatch: pytest.MonkeyPatch) -> NodePool:
    """A pool with one node: the product as it runs here, reached over HTTP with a token of its API."""
    user = factories.make_user(team, Role.ANALYST)
    granted = access.scopes_of(user)
    scopes = (access.READ, access.ANALYZE)
    _row, secret = tokens.create_token(user=user, name="the other instance", scopes=scopes, granted=granted)
    monkeypatch.setenv(KEY_VARIABLE, secret)
    pool = make_remote_pool()
    make_node(f"{live_server.url}{ROOT}", "sister", pool=pool, is_abroad=False, timeout_seconds=60.0)
    return pool


def look() -> None:
    """From a thread without an event loop; the browser of page tests leaves one in the main thread."""

    def looked() -> int:
        try:
            return watch.look_at_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(looked).result()
    nodes.look_again()


def labels(session: Session, engine: str) -> list[tuple[Any, ...]]:
    results = AnalysisResult.objects.filter(session=session, engine=engine, is_fallback=False)
    return list(results.order_by("comment__row_number").values_list("comment__row_number", *LABELS))


def blunted(answer: Answer) -> Answer:
    """The same verdicts, of which nothing is left but what needs no engine."""
    said: dict[str, Any] = {
        "sentiment": "neutral", "score": 0.0, "confidence": 0.01, "language": "unknown", "guarani_share": 0.99,
        "emotions": (), "themes": (), "urgency": "p3", "churn_risk": "none", "evidence": (), "competitors": (),
        "pain_points": (), "reasons": (),
    }  # fmt: skip
    for name, verdict in answer.verdicts.items():
        if not verdict.is_uninformative and not verdict.is_company_reply:
            answer.verdicts[name] = replace(verdict, **said)
    return answer


def test_a_look_learns_version_and_load(pool: NodePool) -> None:
    look()
    pool.refresh_from_db()
    node = ProviderNode.objects.get()
    assert pool.served_version == engine_version("embedded")
    assert node.check_trouble == ""
    assert node.cpu is not None
    assert node.memory is not None
    assert 0 <= node.cpu <= 1
    assert 0 < node.memory <= 1


def test_a_session_has_exactly_the_labels_of_the_engine_there(
    pool: NodePool, make_session: Make, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_session(TEXTS)
    verbs.start_import(session=session, actor=None)
    finish(session)
    there = labels(session, "embedded")
    look()
    # The worker's own engine says something else of each text, so that its word cannot pass for the other's.
    monkeypatch.setattr(drain, "label", lambda *args, **how: blunted(label(*args, **how)))
    verbs.reanalyze(session=session, actor=None, engine="remote", terms=SessionTerms())
    assert finish(session).state == "completed"
    assert labels(session, "remote") == there != []
    usage = Usage.objects.get(session=session, engine="remote")
    assert usage.provided > 40
    assert usage.provided + usage.cached + usage.trivial == usage.texts
    assert set(ProviderCall.objects.values_list("state", "engine")) == {("settled", "remote")}
    assert not ProviderCall.objects.exclude(cost=0).exists()
    assert max(ProviderCall.objects.values_list("items", flat=True)) <= 20
    assert not Session.objects.exclude(pk=session.pk).exists()


def test_a_larger_batch_than_the_other_answers_at_once_is_never_sent(
    pool: NodePool, make_session: Make, finish: Finish
) -> None:
    NodePool.objects.update(batch_size=50, is_adaptive=True)
    look()
    session = make_session(TEXTS)
    verbs.start_import(session=session, actor=None)
    finish(session)
    verbs.reanalyze(session=session, actor=None, engine="remote", terms=SessionTerms())
    assert finish(session).state == "completed"
    assert AnalysisResult.objects.filter(session=session, is_current=True, is_fallback=True).count() == 0
    assert not Session.objects.exclude(pk=session.pk).exists()


def test_a_session_begun_before_anybody_looked_waits_for_the_version(
    pool: NodePool, make_session: Make, finish: Finish
) -> None:
    look()
    session = make_session(TEXTS[:5])
    verbs.start_import(session=session, actor=None)
    finish(session)
    verbs.reanalyze(session=session, actor=None, engine="remote", terms=SessionTerms())
    NodePool.objects.update(served_version="")
    nodes.look_again()
    finish(session)
    assert (session.state, session.pause_reason) == ("paused", "no_node")
    assert held.let_go() == 0
    look()
    assert held.let_go() == 1
    session.refresh_from_db()
    assert finish(session).state == "completed"
    assert len(labels(session, "remote")) == 5
