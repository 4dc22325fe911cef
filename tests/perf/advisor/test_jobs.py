"""What is asked for reaches a worker by the queue, once, and a lost Redis is said so."""

from __future__ import annotations

import django_rq
import pytest
from django.contrib.auth.models import User
from redis.exceptions import ConnectionError as NoRedis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from perf.advisor import steps
from perf.jobs import queue
from perf.models import FindingStep, StepState
from tests.perf.advisor.conftest import drop_own_indexes, fill_minutes
from tests.perf.advisor.test_pages import make_finding

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def low() -> django_rq.queues.DjangoRQ:
    waiting = django_rq.get_queue("low")
    waiting.empty()
    return waiting


def test_a_worker_does_what_a_superuser_asked_for(low: django_rq.queues.DjangoRQ, superuser: User) -> None:
    fill_minutes(3_000)
    step = steps.ask(finding=make_finding(), kind="apply", actor=superuser)
    worker = SimpleWorker([low], connection=low.connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")
    try:
        assert FindingStep.objects.get(pk=step.pk).state == StepState.DONE
    finally:
        drop_own_indexes()


def test_a_hint_that_waits_is_not_doubled(low: django_rq.queues.DjangoRQ) -> None:
    assert steps.hint_look()
    assert steps.hint_look()
    assert len(low.job_ids) == 1
    low.empty()


def test_without_redis_nobody_is_told_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_name: str) -> None:
        raise NoRedis

    monkeypatch.setattr(queue.django_rq, "get_queue", away)
    assert not steps.hint_look()
