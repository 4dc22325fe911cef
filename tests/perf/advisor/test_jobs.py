"""What is asked for reaches a worker by the queue, once, and a lost Redis is said so."""

from __future__ import annotations

import django_rq
import pytest
from django.contrib.auth.models import User
from redis.exceptions import ConnectionError as NoRedis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from perf.advisor import steps
from perf.models import FindingStep, StepState
from tests.perf.advisor.conftest import drop_own_indexes, fill_minutes
from tests.perf.advisor.test_pages import make_finding

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def low() -> Queue:
    waiting: Queue = django_rq.get_queue("low")
    waiting.delete(delete_jobs=True)
    return waiting


def test_a_worker_does_what_a_superuser_asked_for(low: Queue, superuser: User) -> None:
    fill_minutes(3_000)
    step = steps.ask(finding=make_finding(), kind="apply", actor=superuser)
    worker = SimpleWorker([low], connection=low.connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")
    try:
        assert FindingStep.objects.get(pk=step.pk).state == StepState.DONE
    finally:
        drop_own_indexes()


def test_a_hint_that_waits_is_not_doubled(low: Queue) -> None:
    assert steps.hint_look()
    assert steps.hint_look()
    assert len(low.job_ids) == 1
    low.delete(delete_jobs=True)


def test_without_redis_nobody_is_told_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_name: str) -> None:
        raise NoRedis

    monkeypatch.setattr(django_rq, "get_queue", away)
    assert not steps.hint_look()
