"""A session that an engine of the network labelled says which way its labels were found, and what that cost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analysis.insights.costs import session_costs
from analysis.models import AnalysisResult, ProviderCall, Session, Usage
from analysis.web import figures
from analysis.web.ways import ways_panel
from tests.provider.nodes import make_pool
from tests.web.html import read


@pytest.fixture
def asked(session: Session) -> Session:
    make_pool()
    today = timezone.localdate()
    Usage.objects.create(
        day=today, engine="auto", session=session, texts=55, repeats=5, trivial=10, sure=15, cached=7, provided=20,
        fallbacks=3,
    )  # fmt: skip
    ProviderCall.objects.create(
        engine="llm", session=session, session_key=str(session.pk), items=20, reserved=1, cost=Decimal("0.0184"),
        day=today, state="settled", settled_at=timezone.now(),
    )  # fmt: skip
    return session


def test_the_panel_shows_the_rows_behind_it(client: Client, asked: Session) -> None:
    html = client.get(f"/sessions/{asked.pk}/ways/").content.decode()
    told = session_costs(asked)
    assert told is not None
    assert 'id="panel-ways"' in html
    assert figures.money(told.spend.cost) == "0,0184\u00a0USD"
    assert figures.money(told.spend.cost) in html
    assert figures.money(told.savings.cost) in html
    panel = ways_panel(asked)
    assert panel is not None
    assert [count for _name, count in panel.ways] == [5, 10, 15, 7, 20, 3]


def test_provisional_labels_are_told(client: Client, asked: Session) -> None:
    AnalysisResult.objects.filter(session=asked).update(is_fallback=False)
    assert '<div class="note warn">' not in panel_of(client, asked)
    some = AnalysisResult.objects.filter(session=asked, is_current=True).values("pk")[:2]
    AnalysisResult.objects.filter(pk__in=some).update(is_fallback=True, fallback_reason="timeout")
    panel = ways_panel(asked)
    assert panel is not None
    assert (panel.provisional, panel.lasting) == (2, 0)
    assert '<div class="note warn">' in panel_of(client, asked)


def test_labels_that_no_second_call_would_change_are_not_called_provisional(client: Client, asked: Session) -> None:
    AnalysisResult.objects.filter(session=asked).update(is_fallback=True, fallback_reason="refused")
    panel = ways_panel(asked)
    assert panel is not None
    assert panel.provisional == 0
    assert panel.lasting == AnalysisResult.objects.filter(session=asked, is_current=True).count()


def test_a_session_of_the_embedded_engine_has_no_such_panel(client: Client, session: Session) -> None:
    assert ways_panel(session) is None
    assert 'id="panel-ways"' not in client.get(f"/sessions/{session.pk}/").content.decode()
    assert client.get(f"/sessions/{session.pk}/ways/").status_code == 404


def test_the_panel_takes_few_queries(asked: Session, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(7):  # two for each of its engine and the one it asks: the pool's, kept some seconds
        ways_panel(asked)


def test_the_overview_leaves_it_out_until_half_of_its_place_is_in_view(client: Client, asked: Session) -> None:
    place = read(client.get(f"/sessions/{asked.pk}/")).one(id="panel-ways")
    assert place.attributes["hx-trigger"] == "intersect once threshold:0.5"
    assert place.attributes["hx-get"] == place.one("a").attributes["href"] == f"/sessions/{asked.pk}/ways/"
    part = client.get(place.attributes["hx-get"], headers={"HX-Request": "true"})
    assert [each.attributes["id"] for each in read(part).all("section")] == ["panel-ways"]


def panel_of(client: Client, session: Session) -> str:
    html = client.get(f"/sessions/{session.pk}/ways/").content.decode()
    return html.split('id="panel-ways"')[1].split("</section>")[0]
