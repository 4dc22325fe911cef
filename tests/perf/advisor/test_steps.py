"""Try, apply and undo, done by a worker: one at a time, begun again when its worker died, nothing left half done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import Error, connection
from django.utils import timezone

from perf.advisor import building, catalogue, steps
from perf.advisor.alone import Lock
from perf.advisor.building import BuildError
from perf.advisor.spec import PREFIX, IndexSpec
from perf.jobs import advice as jobs
from perf.models import Finding, FindingStatus, FindingStep, StepKind, StepState
from tests import factories
from tests.database import address
from tests.perf.advisor.conftest import drop_own_indexes, fill_minutes
from tests.perf.advisor.test_pages import make_finding

pytestmark = pytest.mark.django_db(transaction=True)
SPEC = IndexSpec.on("operation_minutes", "errors", "minute")
ROWS = 3_000


@pytest.fixture(autouse=True)
def _clean(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(steps, "send", lambda *_hint: True)
    fill_minutes(ROWS)
    yield
    drop_own_indexes()


@pytest.fixture
def root(transactional_db: None) -> User:
    return factories.make_user(None, username="root", superuser=True)


def own_indexes() -> dict[str, bool]:
    return {each.name: each.is_valid for each in catalogue.all_indexes() if each.name.startswith(PREFIX)}


def ran(finding: Finding, kind: str, actor: User) -> FindingStep:
    step = steps.ask(finding=finding, kind=kind, actor=actor)
    steps.run_step(step.pk)
    step.refresh_from_db()
    finding.refresh_from_db()
    return step


@contextmanager
def another_connection() -> Iterator[psycopg.Connection]:
    with psycopg.connect(address()) as other:
        yield other


def leave_broken_index() -> None:
    """What CREATE INDEX CONCURRENTLY leaves when it is broken off: a transaction that does not end holds it up."""
    with another_connection() as other:
        other.execute("INSERT INTO operation_minutes SELECT * FROM operation_minutes WHERE false")
        other.execute("LOCK TABLE operation_minutes IN ROW EXCLUSIVE MODE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            with pytest.raises(Error):
                cursor.execute(SPEC.create(concurrently=True))
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


def test_a_statement_that_is_no_select_is_tried_by_the_planner_alone(root: User) -> None:
    finding = make_finding(statement='UPDATE "operation_minutes" SET "calls" = $1 WHERE "errors" = $2')
    step = ran(finding, StepKind.TRY, root)
    assert step.state == StepState.DONE
    assert step.result["reason"] == "kind"
    assert step.result["cost_after"] < step.result["cost_before"]
    assert not own_indexes()


def test_a_select_is_measured_with_and_without(root: User) -> None:
    step = ran(make_finding(), StepKind.TRY, root)
    assert step.result["is_used"]
    assert step.result["runs"] == 5
    assert step.result["before_ms"] > 0


def test_a_table_that_is_too_large_gets_no_index_on_trial(root: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perf.advisor.trials.BUILT_ROWS", ROWS - 1)
    step = ran(make_finding(), StepKind.TRY, root)
    assert step.result["reason"] == "large"
    assert "after_ms" not in step.result


def test_an_index_is_built_only_on_known_columns(root: User) -> None:
    finding = make_finding(index=IndexSpec.on("operation_minutes", "gone").as_json())
    step = ran(finding, StepKind.APPLY, root)
    assert (step.state, step.trouble) == (StepState.FAILED, "unknown")
    assert finding.status == FindingStatus.OPEN


def test_a_build_that_a_transaction_holds_up_is_given_up_and_cleared_away_at_the_next_look(
    root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "LOCK_SECONDS", 0.2)
    finding = make_finding()
    with another_connection() as other:
        other.execute("LOCK TABLE operation_minutes IN ROW EXCLUSIVE MODE")
        step = ran(finding, StepKind.APPLY, root)
    assert (step.state, step.trouble) == (StepState.FAILED, "locked")
    assert finding.status == FindingStatus.OPEN
    assert own_indexes() == {SPEC.name: False}
    jobs.look()
    assert not own_indexes()


def test_a_broken_index_of_before_is_cleared_away_and_built_anew() -> None:
    leave_broken_index()
    assert own_indexes() == {SPEC.name: False}
    building.build(SPEC)
    assert own_indexes() == {SPEC.name: True}


def test_building_what_is_there_changes_nothing() -> None:
    building.build(SPEC)
    building.build(SPEC)
    assert own_indexes() == {SPEC.name: True}


def test_only_the_adviser_s_own_indexes_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IndexSpec, "name", "idx_operation_minutes_minute")
    with pytest.raises(BuildError) as raised:
        building.drop(SPEC)
    assert raised.value.reason == "not_ours"
    assert any(each.name == "idx_operation_minutes_minute" for each in catalogue.all_indexes())


def test_the_limits_of_the_session_are_as_before_after_a_build() -> None:
    building.build(SPEC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("0", "0")


def test_one_step_is_done_at_a_time(root: User) -> None:
    step = steps.ask(finding=make_finding(), kind=StepKind.APPLY, actor=root)
    with another_connection() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [Lock.STEP])
        steps.run_step(step.pk)
        step.refresh_from_db()
        assert step.state == StepState.WAITING
        other.execute("SELECT pg_advisory_unlock(%s)", [Lock.STEP])
    steps.run_step(step.pk)
    step.refresh_from_db()
    assert step.state == StepState.DONE


def test_a_step_whose_worker_died_is_begun_again(root: User) -> None:
    step = steps.ask(finding=make_finding(), kind=StepKind.APPLY, actor=root)
    FindingStep.objects.filter(pk=step.pk).update(state=StepState.RUNNING, attempts=1)
    leave_broken_index()
    steps.run_step(step.pk)
    step.refresh_from_db()
    assert (step.state, step.attempts) == (StepState.DONE, 2)
    assert own_indexes() == {SPEC.name: True}


def test_a_step_that_killed_its_worker_three_times_is_given_up(root: User) -> None:
    step = steps.ask(finding=make_finding(), kind=StepKind.APPLY, actor=root)
    FindingStep.objects.filter(pk=step.pk).update(state=StepState.RUNNING, attempts=steps.MOST_ATTEMPTS)
    steps.run_step(step.pk)
    step.refresh_from_db()
    assert (step.state, step.trouble) == (StepState.FAILED, "gave_up")


def test_a_step_that_is_done_is_not_done_again(root: User) -> None:
    finding = make_finding()
    step = ran(finding, StepKind.APPLY, root)
    drop_own_indexes()
    steps.run_step(step.pk)
    assert not own_indexes()


def test_what_nobody_finished_is_told_to_the_workers_again(root: User, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def send(_function: str, _kind: str, pk: str) -> bool:
        told.append(pk)
        return True

    monkeypatch.setattr(steps, "send", send)
    step = steps.ask(finding=make_finding(), kind=StepKind.APPLY, actor=root)
    told.clear()
    assert steps.sweep() == 0
    FindingStep.objects.filter(pk=step.pk).update(asked_at=timezone.now() - timedelta(minutes=1))
    assert steps.sweep() == 1
    assert told == [str(step.pk)]


def test_the_page_sees_how_far_a_build_is() -> None:
    seen: list[building.Progress] = []
    with another_connection() as other:
        other.execute("LOCK TABLE operation_minutes IN ROW EXCLUSIVE MODE")
        builder = threading.Thread(target=_build_elsewhere)
        builder.start()
        while not seen:
            found = building.progress("operation_minutes")
            seen += [found] if found and "waiting" in found.phase else []
    builder.join()
    assert 0 <= seen[0].share <= 1
    assert building.progress("operation_minutes") is None


def _build_elsewhere() -> None:
    with psycopg.connect(address(), autocommit=True) as other:
        other.execute(SPEC.create(concurrently=True))
