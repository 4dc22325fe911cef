"""A session with every kind of row, and one with texts that mean harm to a spreadsheet."""

from __future__ import annotations

import pytest
from django.utils import translation

from analysis.exports.files import Export
from analysis.insights.filters import CommentFilter
from analysis.models import Session
from tests import factories

#: Texts that a spreadsheet would compute, open or run if it were let.
HARMFUL = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    '=HYPERLINK("http://malo.example";"premio")',
    "=cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!D2",
    "＝1+1",
    "http://malo.example/?x=1",
    "+595 981 000 000",
)
#: Texts that are numbers, and stay as they are.
NUMBERS = ("-5", "+7", "0", "10", "-0.5", "3,75")


@pytest.fixture
def varied(db: None) -> Session:
    session = factories.make_session(name="Encuesta ñandú / marzo")
    factories.add_random_comments(session, 120)
    return session


@pytest.fixture
def harmful(db: None) -> Session:
    session = factories.make_session()
    factories.add_comments(
        session,
        [
            {"text": text, "region": text, "service": "-12", "result": {"sentiment_score": -0.25}}
            for text in (*HARMFUL, *NUMBERS)
        ],
    )
    return session


@pytest.fixture(autouse=True)
def _spanish():  # type: ignore[no-untyped-def]  # noqa: ANN202
    with translation.override("es"):
        yield


def export_of(session: Session, ending: str, **more: str) -> Export:
    """The whole session in a format."""
    return Export(CommentFilter(session=session.pk), Session.objects.filter(pk=session.pk), ending, **more)
