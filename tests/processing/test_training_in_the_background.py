"""A training is a row: asked for once, claimed by one worker, done by a child, and never lost."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import django_rq
import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from analysis.corrections import correct_comment
from analysis.engine_models import ModelError
from analysis.models import AuditEntry, EngineModel, ModelState
from analysis.processing import training
from analysis.processing.hints import trainings_hinted
from analysis.processing.pulse import pulse
from analysis.processing.sweep import sweep
from analysis.processing.training import MOST_ATTEMPTS, request_training, train
from tests import pupil
from tests.database import address
from tests.factories import add_comments, make_session, make_team, make_user

Command = Callable[[list[str]], None]


@pytest.fixture(autouse=True)
def _class(tmp_path: Path, settings: Settings) -> Iterator[None]:
    settings.ENGINES_DIR = tmp_path / "engines"
    with pupil.in_class():
        yield
    _forget_hints()


def _forget_hints() -> None:
    django_rq.get_queue("low").empty()  # type: ignore[no-untyped-call]


@pytest.fixture
def supervisor(db: None) -> User:
    """Somebody whose team has corrected enough to learn from."""
    team = make_team()
    user = make_user(team)
    rows = [{"text": f"Zorzal número {number}", "result": {}} for number in range(55)]
    for comment in add_comments(make_session(team), rows):
        correct_comment(comment=comment, values={"sentiment": "negative"}, actor=user)
    return user


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Command:
    """What the child process runs instead."""
    settings.HEARTBEAT_SECONDS = 0.1

    def use(command: list[str]) -> None:
        monkeypatch.setattr(training, "child_command", lambda: command)

    return use


def test_a_training_is_asked_for_once_and_hinted_when_committed(
    supervisor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = request_training(actor=supervisor, name=pupil.NAME)
    assert (row.state, row.created_by) == (ModelState.TRAINING, supervisor)
    assert trainings_hinted() == {str(row.pk)}
    assert AuditEntry.objects.get(action="engine.request_training").detail == {"corrected": 55}
    with pytest.raises(ModelError, match="on its way already"):
        request_training(actor=supervisor, name=pupil.NAME)
    assert EngineModel.objects.count() == 1


@pytest.mark.django_db
def test_with_too_few_corrections_no_training_begins() -> None:
    with pytest.raises(ModelError, match="Only 0 comments were corrected; at least 50"):
        request_training(actor=None)
    assert not EngineModel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_has_a_child_train_and_the_row_becomes_a_candidate(
    supervisor: User, child: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address())
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "fibercomments.settings")
    settings.HEARTBEAT_SECONDS = 1.0
    child([sys.executable, "-m", "tests.processing.pupil_child", "train_engine", "--with-corrections",
           "--compare", "0"])  # fmt: skip
    row = request_training(actor=supervisor, name=pupil.NAME)
    train(row.pk)
    row.refresh_from_db()
    assert (row.state, row.failure, row.corrections_used) == (ModelState.CANDIDATE, "", 55)
    assert (row.lease_token, row.attempts, row.created_by) == (None, 1, supervisor)
    assert row.version == f"1-feedbeef-{row.digest}-0"
    assert row.manifest["seed"] == row.seed


def test_two_workers_with_the_same_hint_train_once(supervisor: User, child: Command) -> None:
    row = request_training(actor=supervisor, name=pupil.NAME)
    EngineModel.objects.filter(pk=row.pk).update(
        lease_token=uuid.uuid4(), lease_until=Now() + timedelta(seconds=60), attempts=1
    )
    child(["/no/such/program"])
    train(row.pk)
    row.refresh_from_db()
    assert row.attempts == 1


def test_a_child_that_dies_leaves_the_training_to_the_next_worker_and_is_given_up_in_the_end(
    supervisor: User, child: Command
) -> None:
    row = request_training(actor=supervisor, name=pupil.NAME)
    child([sys.executable, "-c", "raise SystemExit(9)"])
    for attempt in range(1, MOST_ATTEMPTS + 1):
        train(row.pk)
        row.refresh_from_db()
        assert (row.state, row.lease_token, row.attempts) == (ModelState.TRAINING, None, attempt)
    sweep()
    row.refresh_from_db()
    assert row.state == ModelState.FAILED
    assert "three times" in row.failure


def test_a_worker_that_is_to_leave_stops_the_child_and_costs_no_attempt(
    supervisor: User, child: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = request_training(actor=supervisor, name=pupil.NAME)
    child([sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.setattr(pulse, "stopping", True)
    train(row.pk)
    row.refresh_from_db()
    assert (row.state, row.lease_token, row.attempts) == (ModelState.TRAINING, None, 0)


def test_the_lease_is_prolonged_while_the_child_works(
    supervisor: User, child: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = request_training(actor=supervisor, name=pupil.NAME)
    renewed: list[uuid.UUID] = []
    monkeypatch.setattr(training, "_renew", lambda row_id, _token: renewed.append(row_id))
    child([sys.executable, "-c", "import time; time.sleep(0.5)"])
    train(row.pk)
    assert set(renewed) == {row.pk}


@pytest.mark.django_db(transaction=True)
def test_the_sweep_hints_again_what_nobody_has_in_hand(supervisor: User) -> None:
    row = request_training(actor=supervisor, name=pupil.NAME)
    _forget_hints()
    sweep()
    assert trainings_hinted() == {str(row.pk)}
    sweep()
    assert len(django_rq.get_queue("low").job_ids) == 1, "a hint that waits is not doubled"
    _forget_hints()
    EngineModel.objects.filter(pk=row.pk).update(lease_token=uuid.uuid4(), lease_until=Now() + timedelta(seconds=60))
    sweep()
    assert trainings_hinted() == set()


@pytest.mark.django_db
def test_a_training_that_has_ended_is_not_taken_up(child: Command) -> None:
    model = pupil.make_model({"zorzal": "positive"})
    child(["/no/such/program"])
    train(model.pk)
    model.refresh_from_db()
    assert model.state == ModelState.CANDIDATE
