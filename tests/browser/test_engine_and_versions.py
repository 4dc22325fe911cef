"""The engine's pages and a session's versions, on every kind of screen: nothing beyond the edge, nobody kept out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from analysis.corrections import correct_comment
from analysis.engine_models import activate
from analysis.learning.training import Order, train_candidate
from analysis.models import AnalysisResult, EngineModel, Role, Session
from analysis.routing import releases
from tests import pupil
from tests.browser.conftest import SCREENS
from tests.browser.screen import Screen
from tests.factories import PASSWORD, TEXTS, add_comments, make_result, make_session, make_team, make_user

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=SCREENS, ids=[f"{width}-{scheme}" for width, scheme in SCREENS])
def shown(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer) -> Iterator[Screen]:
    screen = Screen(browser, live_server.url, *request.param)
    yield screen
    screen.close()
    assert screen.complaints == []


@pytest.fixture
def session(tmp_path: Path, settings: Settings) -> Iterator[Session]:
    """A supervisor's session labelled by two versions, a candidate trained on its corrections, another one active."""
    settings.ENGINES_DIR = tmp_path / "engines"
    team = make_team()
    user = make_user(team, Role.SUPERVISOR, username="supervisor")
    made = make_session(team)
    rows = [{"text": f"{TEXTS[n % 16]} {n}", "result": {"engine_version": "1-0de4ec30"}} for n in range(64)]
    comments = add_comments(made, rows)
    for comment in comments:
        correct_comment(comment=comment, values={"sentiment": "mixed"}, actor=user)
    AnalysisResult.objects.filter(session=made).update(is_current=False)
    newer = [
        make_result(comment, engine_version="2-1a2b3c4d-5e6f7a8b-9c0d1e2f", sentiment="mixed", urgency="p1")
        for comment in comments
    ]
    AnalysisResult.objects.bulk_create(newer)
    with pupil.in_class():
        trained = train_candidate(Order(pupil.NAME, 3, 100, resamples=20))
        same: dict[str, Any] = {
            name: getattr(trained, name) for name in ("digest", "version", "weights", "manifest_text", "sha256")
        }
        measured: dict[str, Any] = {
            "evaluation": trained.evaluation,
            "changes": trained.changes,
            "corrections_used": 64,
        }
        pupil.make_model(**same, **measured)
        activate(
            model=pupil.make_model({"zorzal": "positive"}, evaluation=measured["evaluation"]), actor=user, reason="x"
        )
        EngineModel.objects.update(name="embedded")
        yield made
    releases._kept.clear()
    releases._seen.clear()


def test_the_engine_its_versions_and_what_changed(shown: Screen, session: Session) -> None:
    shown.login("supervisor", PASSWORD)
    shown.open("/engine/")
    shown.inspect("engine")
    shown.page.click("table.cards a >> nth=-1")
    shown.page.wait_for_selector("#reason")
    shown.inspect("engine-model")
    shown.open("/engine/train/")
    shown.inspect("engine-train")
    shown.open("/engine/back/")
    shown.inspect("engine-back")
    shown.open(f"/sessions/{session.pk}/versions/")
    shown.page.click("table.twin-table td a >> nth=0")
    shown.page.wait_for_selector("#moved")
    shown.inspect("versions")
    assert "64" in shown.page.inner_text("#moved header")
