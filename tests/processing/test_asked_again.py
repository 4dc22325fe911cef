"""Stand-ins are replaced once somebody answers who may be asked, and not before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analysis.intake.terms import SessionTerms
from analysis.models import AnalysisResult, ProviderNode, Session
from analysis.processing import held, verbs
from tests.provider.nodes import _key, make_node, provided  # noqa: F401 - a fixture
from tests.provider.server import Provider, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_key")]
TEXTS = [f"El internet anda mal desde el día {number} y nadie contesta" for number in range(8)]


@pytest.mark.parametrize(("sends_abroad", "asked"), [(False, 0), (True, 1)])
def test_a_session_that_stays_in_the_country_is_not_asked_again_by_a_node_abroad(
    make_session: Callable[..., Session], finish: Callable[[Session], Session], sends_abroad: bool, asked: int
) -> None:
    with provided(Provider(), is_abroad=False) as provider:
        provider.is_away = True
        session = make_session(TEXTS)
        verbs.start_import(session=session, actor=None)
        finish(session)
        terms = SessionTerms(sends_abroad=sends_abroad)
        verbs.reanalyze(session=session, actor=None, engine="llm", terms=terms)
        finish(session)
        assert AnalysisResult.objects.filter(session=session, is_current=True, is_fallback=True).count() == 8
        ProviderNode.objects.update(is_draining=True)
        Session.objects.filter(pk=session.pk).update(completed_at="2026-01-01T00:00:00Z")
        with serving(Provider()) as address:
            make_node(address, "abroad", is_abroad=True)
            assert held.ask_again() == asked
