"""Each read has a budget of queries that does not grow with what it reads; the first one is the token's."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from analysis.insights.filters import CommentFilter
from analysis.models import Session
from analysis.processing.discoveries import ask
from analysis.processing.discovering import discover
from tests.api.contract import Api
from tests.factories import add_comments, add_random_comments, make_session, reject_rows
from tests.fresh_taxonomy import nothing_is_published

BUDGETS = {
    "/sessions": 2,
    "/sessions/{session}": 2,
    "/sessions/{session}/comments": 3,
    "/sessions/{session}/discoveries": 4,
    "/sessions/{session}/rejected": 3,
    "/sessions/{session}/export": 6,
    "/sessions/{session}/versions": 3,
    "/jobs/{session}": 5,
    "/comments": 2,
    "/comments/{comment}": 6,
    "/stats/overview": 2,
    "/usage": 2,
    "/engines": 9,  # of which all but two are asked once in some seconds
    "/themes": 1,
    "/tokens": 2,
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
