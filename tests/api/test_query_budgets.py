"""Each read has a budget of queries that does not grow with what it reads; the first one is the token's."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analysis.insights.filters import CommentFilter
from analysis.models import ProviderCall, ProviderNode, Role, Session, Usage
from analysis.processing.discoveries import ask
from analysis.processing.discovering import discover
from analysis.routing import nodes
from tests.api.contract import Api
from tests.factories import add_comments, add_random_comments, make_session, make_user, reject_rows
from tests.fresh_taxonomy import nothing_is_published
from tests.provider.nodes import make_node, make_pool

BUDGETS = {
    "/sessions": 2,
    "/sessions/{session}": 2,
    "/sessions/{session}/comments": 3,
    "/sessions/{session}/discoveries": 4,
    "/sessions/{session}/rejected": 3,
    "/sessions/{session}/export": 6,
    "/sessions/{session}/versions": 3,
    "/sessions/{session}/costs": 4,
    "/jobs/{session}": 5,
    "/comments": 2,
    "/comments/{comment}": 6,
    "/stats/overview": 2,
    "/usage": 2,
    "/engines": 9,  # of which all but two are asked once in some seconds
    "/themes": 1,
    "/tokens": 2,
}
#: Of the installation as a whole, for operators.
OPERATIONS = {
    "/costs": 9,  # of which two are the pool's, asked once in some seconds
    "/nodes": 3,
    "/cache": 1,
    "/perf/overview": 1,
    "/perf/operations": 3,
    "/perf/gauges": 2,
    "/perf/benchmarks": 2,
    "/perf/tunables": 1,
}


@pytest.mark.parametrize(("path", "budget"), BUDGETS.items())
def test_holds_for_few_and_for_many(
    api: Api, session: Session, django_assert_num_queries: DjangoAssertNumQueries, path: str, budget: int
) -> None:
    address = path.format(session=session.pk, comment=session.comments.values_list("pk", flat=True)[0])
    add_comments(session, [{"text": "se corta de noche"}, {"text": "¡Se corta de noche!"}])
    discover(ask(session=session, kind="similar", chosen=CommentFilter(), actor=None).pk)
    api.get("/engines")  # notes the token's use, once a minute
    for _round in range(2):
        cache.clear()
        nothing_is_published()
        if path == "/stats/overview":
            api.get(path)
        with django_assert_num_queries(budget):
            assert api.get(address).status == 200
        add_random_comments(session, 40, seed=9)
        reject_rows(session, [{"row_number": 5000 + number + 100 * _round} for number in range(20)])
        discover(ask(session=session, kind="similar", chosen=CommentFilter(), actor=None).pk)
        for _ in range(5):
            add_random_comments(make_session(session.team), 5)
            assert api.user is not None
            Api(api.user)


@pytest.mark.parametrize(("path", "budget"), OPERATIONS.items())
def test_holds_for_operators_too(
    session: Session, django_assert_num_queries: DjangoAssertNumQueries, path: str, budget: int
) -> None:
    make_pool()
    operator = Api(make_user(session.team, Role.OPERATOR))
    operator.get("/nodes")  # notes the token's use, once a minute
    for round_ in range(2):
        for number in range(1 + 9 * round_):
            node = make_node("https://node.example/v1", name=f"node-{round_}-{number}")
            _call(node, session)
        operator.get(path)
        nodes.look_again()
        with django_assert_num_queries(budget):
            assert operator.get(path).status == 200


def test_holds_for_the_costs_of_a_session(
    api: Api, session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        _call(make_node("https://node.example/v1", name=f"node-{number}"), session)
    api.get(f"/sessions/{session.pk}/costs")
    with django_assert_num_queries(7):  # two of them are the pool's
        assert api.get(f"/sessions/{session.pk}/costs").status == 200


def _call(node: ProviderNode, session: Session) -> None:
    ProviderCall.objects.create(
        node=node, engine="llm", model="m", session=session, session_key=str(session.pk), items=1, reserved=1, cost=1,
        day=timezone.localdate(), state="settled", settled_at=timezone.now(),
    )  # fmt: skip
    Usage.objects.get_or_create(day=timezone.localdate(), engine="llm", session=session)
