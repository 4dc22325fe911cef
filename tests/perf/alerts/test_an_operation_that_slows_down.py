"""An operation twice as slow as usual raises one alert, which reminds, and closes itself."""

from __future__ import annotations

from typing import Any

import pytest

from perf.alerts import baselines, handling, rounds
from perf.alerts.rounds import Round, evaluate
from perf.models import Alert, Baseline, Notice
from tests.perf.alerts.conftest import at, baseline, operation, rule
from tests.threads import at_once

USUAL = [80.0, 90.0, 100.0, 110.0, 190.0] * 4
TWICE = [ms * 2 for ms in USUAL]


def run(minutes: range, durations: list[float]) -> Round:
    """Minutes pass; after each the rules are looked at."""
    done = Round()
    for minute in minutes:
        operation(minute, durations)
        done += evaluate(at(minute + 1.2))
    return done


def test_slowed_twice_it_raises_exactly_one_alert_and_clears_it() -> None:
    rule()
    for minute in range(-60, 0):
        operation(minute, USUAL)
    assert baselines.learn(at(0)) == 1
    assert run(range(5), USUAL) == Round()
    assert run(range(5, 25), TWICE) == Round(opened=1)
    alert = Alert.objects.get()
    assert (alert.subject, alert.opened_at, alert.is_open) == ("web.home.GET", at(8.2), True)
    assert alert.evidence["bad_minutes"] == 3
    assert alert.evidence["p50_ms"] == pytest.approx(2 * alert.evidence["usual_p50_ms"], rel=0.05)
    assert run(range(25, 40), USUAL) == Round(closed=1)
    alert.refresh_from_db()
    assert (alert.end, alert.is_open) == (Alert.End.RECOVERED, False)
    assert alert.closed_at == at(28.2)


def test_a_slow_minute_now_and_then_raises_none() -> None:
    rule()
    baseline()
    for minute in range(0, 60, 3):
        assert run(range(minute, minute + 2), USUAL) == Round()
        assert run(range(minute + 2, minute + 3), TWICE) == Round()


def test_a_median_that_rises_alone_raises_none() -> None:
    rule()
    baseline(p50_ms=100, p95_ms=2000)
    assert run(range(10), [200.0] * 20) == Round()


def test_a_few_calls_prove_nothing() -> None:
    rule(least_calls=20)
    baseline()
    assert run(range(5), [1000.0] * 3) == Round()


def test_an_operation_without_a_baseline_is_not_judged() -> None:
    rule()
    assert run(range(10), TWICE) == Round()


def test_only_the_operations_that_the_rule_names_are_looked_at() -> None:
    rule(subjects="export.*")
    baseline()
    assert run(range(10), TWICE) == Round()


def test_between_bad_and_well_it_stays_open() -> None:
    rule()
    baseline(p50_ms=100, p95_ms=190)
    assert run(range(5), TWICE) == Round(opened=1)
    assert run(range(5, 25), [ms * 1.4 for ms in USUAL]) == Round()
    assert Alert.objects.get().is_open


def test_what_nobody_calls_any_more_is_closed_after_a_while() -> None:
    rule()
    baseline()
    run(range(5), TWICE)
    assert evaluate(at(20)) == Round()
    assert evaluate(at(40)) == Round(closed=1)
    assert Alert.objects.get().end == Alert.End.QUIET


def test_it_is_repeated_once_a_cool_down_until_somebody_knows(settings: Any, django_user_model: Any) -> None:
    settings.ALERT_RECIPIENTS = ["ops@comments.example"]
    rule(cooldown_minutes=10)
    baseline()
    assert run(range(28), TWICE) == Round(opened=1, reminded=2)
    somebody = django_user_model.objects.create_user("ana")
    assert handling.acknowledge(Alert.objects.get(), by=somebody)
    assert run(range(28, 60), TWICE) == Round()
    run(range(60, 65), USUAL)
    events = list(Notice.objects.order_by("made_at").values_list("event", flat=True))
    assert events == ["opened", "reminder", "reminder", "closed"]


def test_one_that_flutters_is_told_of_once_a_cool_down(settings: Any) -> None:
    settings.ALERT_RECIPIENTS = ["ops@comments.example"]
    rule(cooldown_minutes=60)
    baseline()
    done = Round()
    for minute in range(0, 50, 10):
        done += run(range(minute, minute + 5), TWICE) + run(range(minute + 5, minute + 10), USUAL)
    assert (done.opened, done.closed) == (5, 5)
    assert list(Notice.objects.order_by("made_at").values_list("event", flat=True)) == ["opened", "closed"]


def test_closed_by_hand_it_is_quiet_for_a_cool_down_and_then_opens_again() -> None:
    rule(cooldown_minutes=10)
    baseline()
    run(range(5), TWICE)
    assert rounds.close(Alert.objects.get(), Alert.End.PERSON, at(5))
    assert run(range(5, 14), TWICE) == Round()
    assert run(range(14, 18), TWICE) == Round(opened=1)


def test_a_rule_that_is_switched_off_closes_what_it_opened() -> None:
    watching = rule()
    baseline()
    run(range(5), TWICE)
    watching.is_enabled = False
    watching.save()
    assert evaluate(at(6)) == Round(closed=1)
    assert Alert.objects.get().end == Alert.End.RULE_OFF


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_open_one_alert() -> None:
    rule()
    baseline()
    for minute in range(5):
        operation(minute, TWICE)
    assert sum((done.opened for done in at_once(4, lambda _: evaluate(at(5)))), 0) == 1
    assert Alert.objects.count() == 1


def test_minutes_in_which_an_alert_was_open_teach_nothing() -> None:
    rule()
    baseline(p50_ms=100, p95_ms=190)
    run(range(60), TWICE)
    for minute in range(60, 90):
        operation(minute, USUAL)
        evaluate(at(minute + 1.2))
    baselines.learn(at(90))
    learned = Baseline.objects.get()
    assert learned.p50_ms == pytest.approx(100, rel=0.05)
    assert learned.learned_at == at(90)
    assert learned.minutes < 40
