"""The client of these tests notices an answer that breaks the document; else it would prove nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from rest_framework.response import Response

from analysis.api import engines
from analysis.api.shapes import sessions as shapes
from analysis.models import Session
from tests.api.contract import Api


@pytest.mark.parametrize(
    "change",
    [{"name": None}, {"state": "asleep"}, {"id": "one"}, {"extra": 1}, {"created_at": "yesterday"}, {"counts": {}}],
)
def test_a_member_that_is_not_as_described(
    api: Api, session: Session, monkeypatch: pytest.MonkeyPatch, change: Mapping[str, Any]
) -> None:
    shape = shapes.session_shape
    monkeypatch.setattr(shapes, "session_shape", lambda values: shape(values) | dict(change))
    with pytest.raises(AssertionError, match=r"\$"):
        api.get(f"/sessions/{session.pk}")


def test_a_member_that_is_missing(api: Api, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "session_shape", lambda values: {"id": values["id"]})
    with pytest.raises(AssertionError, match="required"):
        api.get(f"/sessions/{session.pk}")


def test_a_status_that_was_not_promised(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines.Engines, "get", lambda _view, _request: Response({}, status=418))
    with pytest.raises(AssertionError, match="does not promise"):
        api.get("/engines")
