"""The tuner on the rows: what it turns, suggests, rules on and takes back; and who may stop it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone

from perf.models import Tunable, TuningDecision
from perf.tuning import verbs
from perf.tuning.loop import _LOCK, tune
from perf.tuning.signals import Stretch
from perf.tuning.verbs import Refused, Source, State
from tests.perf.tuning.worlds import SAMPLE, Provider

pytestmark = pytest.mark.django_db


class World:
    """Signals of a provider, up to a moment that the test moves on: decisions are as old as it says."""

    def __init__(self, **provider: float) -> None:
        self.provider = Provider(noise=0.02, **provider)  # type: ignore[arg-type]
        self.seen: list[Stretch] = []

    def stretches(self) -> Sequence[Stretch]:
        return self.seen

    def pass_by(self, seconds: float) -> None:
        """So long ago is now what was just before; what was counted meanwhile follows from the knobs."""
        gone = timedelta(seconds=seconds)
        for row in TuningDecision.objects.all():
            TuningDecision.objects.filter(pk=row.pk).update(decided_at=row.decided_at - gone)
        self.seen = [
            Stretch(one.at - seconds, one.seconds, one.sums, one.cpu, one.memory) for one in self.seen
        ]  # fmt: skip
        values = dict(Tunable.objects.values_list("name", "value"))
        now = time.time()
        steps = int(seconds / SAMPLE)
        self.seen += [self.provider.stretch(now - SAMPLE * (steps - step - 1), values) for step in range(steps)]


@pytest.fixture
def world(knobs: None) -> World:
    return World()


def set_mode(mode: str, name: str = "batch_size", **fields: object) -> None:
    Tunable.objects.exclude(name=name).update(mode="off")
    Tunable.objects.filter(name=name).update(mode=mode, **fields)


def value(name: str = "batch_size") -> float:
    return Tunable.objects.get(name=name).value


def test_a_knob_is_turned_measured_and_kept(world: World) -> None:
    set_mode("auto", value=5)
    world.pass_by(60)
    assert tune(world)
    turned = TuningDecision.objects.get()
    assert (turned.old, turned.new, turned.state, turned.source) == (5, 10, State.WATCHED, Source.TUNER)
    assert turned.score_before
    assert turned.evidence["figures"]["latency_ms"] > 200
    world.pass_by(40)
    assert tune(world)
    turned.refresh_from_db()
    assert (turned.state, turned.outcome) == (State.KEPT, "better")
    assert turned.score_after is not None
    assert turned.score_after > turned.score_before
    assert value() == 10


def test_a_turn_that_made_it_worse_is_taken_back_and_left_alone(world: World) -> None:
    set_mode("auto", value=45)
    world.provider = Provider(noise=0.02, base=0.9, each=0.0, crowd=0.0004)  # between the rules of thumb: it tries up
    world.pass_by(60)
    tune(world)
    world.pass_by(40)
    tune(world)
    world.pass_by(40)
    tune(world)
    turned = TuningDecision.objects.filter(source=Source.TUNER).order_by("decided_at").first()
    assert turned is not None
    back = TuningDecision.objects.filter(source=Source.ROLLBACK).first()
    if turned.new > turned.old:
        assert back is not None
        assert (turned.state, back.new, value()) == (State.ROLLED_BACK, 45, 45)
    assert value() <= 45


def test_a_persons_bad_turn_is_taken_back_and_explained(world: World, person: User) -> None:
    set_mode("auto", value=20, low=20)
    Tunable.objects.filter(name="batch_size").update(low=5)
    world.pass_by(80)
    verbs.adjust(knob="batch_size", actor=person, value=5)
    world.pass_by(40)
    tune(world)
    bad = TuningDecision.objects.get(source=Source.PERSON)
    assert (bad.state, bad.outcome, value()) == (State.ROLLED_BACK, "worse", 20)
    assert {"before", "after"} <= bad.evidence.keys()
    back = TuningDecision.objects.get(source=Source.ROLLBACK)
    assert (back.old, back.new, back.reason) == (5, 20, "took_worse")


@pytest.mark.parametrize(("mode", "suggestions"), [("off", 0), ("suggest", 1)])
def test_of_a_knob_that_is_not_the_tuners_it_only_says_so(
    world: World, person: User, mode: str, suggestions: int
) -> None:
    set_mode(mode, value=20)
    world.pass_by(80)
    verbs.adjust(knob="batch_size", actor=person, value=5)
    world.pass_by(40)
    tune(world)
    bad = TuningDecision.objects.get(source=Source.PERSON)
    assert (bad.state, bad.outcome, value()) == (State.KEPT, "worse", 5)
    assert TuningDecision.objects.filter(state=State.SUGGESTED, old=5, new=20).count() == suggestions


def test_a_suggestion_is_made_once_applied_in_one_go_and_then_measured(world: World, person: User) -> None:
    set_mode("suggest", value=5)
    world.pass_by(60)
    tune(world)
    tune(world)
    told = TuningDecision.objects.get(state=State.SUGGESTED)
    assert (told.old, told.new, value()) == (5, 10, 5)
    made = verbs.apply(decision=told.pk, actor=person)
    assert (made.state, made.actor, value()) == (State.WATCHED, person, 10)
    with pytest.raises(Refused):
        verbs.apply(decision=told.pk, actor=person)


def test_what_was_dismissed_is_not_suggested_again(world: World, person: User) -> None:
    set_mode("suggest", value=5)
    world.pass_by(60)
    tune(world)
    verbs.dismiss(decision=TuningDecision.objects.get().pk, actor=person)
    tune(world)
    suggestions = TuningDecision.objects.filter(state=State.SUGGESTED)
    assert not suggestions.filter(new=10).exists()


def test_a_stopped_tuner_does_nothing_until_it_is_started(world: World, person: User) -> None:
    set_mode("auto", value=5)
    world.pass_by(60)
    assert verbs.switch(stopped=True, actor=person)
    assert not verbs.switch(stopped=True, actor=person)
    assert not tune(world)
    assert value() == 5
    verbs.switch(stopped=False, actor=person)
    assert tune(world)
    assert value() == 10


def test_a_frozen_knob_is_moved_by_nobody(world: World, person: User) -> None:
    set_mode("auto", value=5, is_frozen=True)
    world.pass_by(60)
    assert tune(world)
    with pytest.raises(Refused, match="frozen"):
        verbs.adjust(knob="batch_size", actor=person, value=30)
    assert value() == 5
    verbs.adjust(knob="batch_size", actor=person, value=30, is_frozen=False)
    assert value() == 30


def test_narrowed_bounds_hold_for_the_tuner_too(world: World) -> None:
    set_mode("auto", value=5, high=8)
    world.pass_by(60)
    tune(world)
    assert value() == 8


def test_two_turns_at_once_are_not_told_apart(world: World, person: User) -> None:
    world.pass_by(60)
    verbs.adjust(knob="batch_size", actor=person, value=25)
    verbs.adjust(knob="worker_threads", actor=person, value=12)
    world.pass_by(5)
    tune(world)
    outcomes = dict(TuningDecision.objects.filter(state=State.KEPT).values_list("tunable__name", "outcome"))
    assert outcomes == {"batch_size": "overtaken", "worker_threads": "nothing_before"}


@pytest.mark.django_db(transaction=True)
def test_only_one_process_looks_at_a_time(world: World) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            assert not tune(world)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
            assert tune(world)
    finally:
        other.close()


def test_any_point_of_the_history_is_restored(world: World, person: User) -> None:
    verbs.adjust(knob="batch_size", actor=person, value=25)
    verbs.adjust(knob="cache_ttl", actor=person, value=600)
    point = TuningDecision.objects.latest("decided_at")
    world.pass_by(10)
    verbs.adjust(knob="batch_size", actor=person, value=40)
    verbs.adjust(knob="cache_ttl", actor=person, value=60)
    verbs.adjust(knob="worker_threads", actor=person, value=4)
    assert verbs.restore(decision=point.pk, actor=person) == 3
    assert (value(), value("cache_ttl"), value("worker_threads")) == (25, 600, 10)
    assert verbs.restore(decision=point.pk, actor=person) == 0


def test_the_defaults_are_restored_and_nothing_is_remembered(world: World, person: User) -> None:
    verbs.adjust(knob="batch_size", actor=person, value=25)
    Tunable.objects.filter(name="batch_size").update(memory={"momentum": 1})
    verbs.adjust(knob="worker_threads", actor=person, value=4, is_frozen=True)
    assert verbs.to_defaults(actor=person) == 1
    row = Tunable.objects.get(name="batch_size")
    assert (row.value, row.is_set, row.memory) == (20, False, {})
    assert value("worker_threads") == 4


def test_what_the_machine_does_not_bear_is_refused(knobs: None, person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "ceiling_of", lambda _name: 12.0)
    with pytest.raises(Refused, match="ceiling"):
        verbs.adjust(knob="connection_pool", actor=person, value=25)
    verbs.adjust(knob="connection_pool", actor=person, value=12)
    assert value("connection_pool") == 12


def test_each_persons_deed_leaves_a_line_in_the_log(world: World, person: User) -> None:
    from django.contrib.admin.models import LogEntry

    verbs.adjust(knob="batch_size", actor=person, value=25)
    verbs.switch(stopped=True, actor=person)
    verbs.to_defaults(actor=person)
    assert LogEntry.objects.filter(user=person).count() == 3
    made = TuningDecision.objects.filter(actor=person)
    assert {row.reason for row in made} == {"person", "defaults"}
    assert all(timezone.now() - row.decided_at < timedelta(minutes=1) for row in made)
