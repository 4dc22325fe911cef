"""Who works is told from signs of life in the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from analysis.models import Session, SessionState, Worker
from analysis.processing.heartbeat import beat, forget_old, workers_alive
from analysis.processing.progress import progress
from analysis.processing.worker import Heart, free_predecessor


@pytest.mark.django_db
def test_a_silent_worker_does_not_count(make_session: Callable[..., Session]) -> None:
    session = make_session(["Malo"])
    session.state = SessionState.RUNNING
    beat("host.1.a", "1", "high", 0)
    assert workers_alive() == 1
    assert progress(session=session).no_worker is False

    Worker.objects.update(heartbeat_at=Now() - timedelta(seconds=11))

    assert workers_alive() == 0
    assert progress(session=session).no_worker is True


@pytest.mark.django_db
def test_a_new_worker_takes_the_place_of_the_one_before_it_in_its_slot() -> None:
    beat("host.1.old", "1", "high", 3)
    beat("host.2.other", "2", "high", 1)
    free_predecessor("host.1.")
    assert list(Worker.objects.values_list("name", flat=True)) == ["host.2.other"]


@pytest.mark.django_db
def test_workers_long_gone_are_forgotten() -> None:
    beat("host.1.old", "1", "high", 3)
    Worker.objects.update(heartbeat_at=Now() - timedelta(hours=25))
    assert forget_old() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_leaves_in_peace_takes_its_row_along() -> None:
    heart = Heart("host.1.a", "1", "high")
    heart.start()
    deadline = time.monotonic() + 10
    while not Worker.objects.filter(name="host.1.a").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert Worker.objects.count() == 1

    heart.stopped.set()
    heart.join(timeout=5)

    assert not heart.is_alive()
    assert Worker.objects.count() == 0
