"""Rules that watch failures, gauges, missing minutes and services that do not answer; and those that come along."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from perf import periodic
from perf.alerts import rounds, services, words
from perf.alerts.rounds import Round, evaluate, forget_old
from perf.models import Alert, AlertRule, RuleKind
from tests.perf.alerts.conftest import at, gauge, operation, rule


def test_an_operation_that_fails_too_often_is_told_until_it_is_well() -> None:
    rule("errors", limit=0.05)
    done = Round()
    for minute in range(20):
        operation(minute, [10.0] * 20, errors=4 if 5 <= minute < 10 else 0)
        done += evaluate(at(minute + 1))
    assert done == Round(opened=1, closed=1)
    assert Alert.objects.get().evidence["errors"] == 12


def test_a_gauge_that_stays_above_its_limit_is_told_and_a_peak_is_not() -> None:
    rule("gauge", limit=0.8, subjects="machine.*")
    done = []
    for minute, mean in enumerate([0.99, 0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 0.78, 0.78, 0.78, 0.78, 0.5, 0.5, 0.5]):
        gauge(minute, mean)
        gauge(minute, 5000.0, name="queue.high")
        done.append(evaluate(at(minute + 1)))
    assert [minute for minute, each in enumerate(done) if each.opened] == [6]
    assert [minute for minute, each in enumerate(done) if each.closed] == [13], "0.78 is neither bad nor well"


def test_minutes_that_do_not_arrive_are_told() -> None:
    rule("silence", limit=5)
    gauge(0, 0.5)
    assert evaluate(at(6)) == Round()
    assert evaluate(at(8)) == Round(opened=1)
    gauge(8, 0.5)
    assert evaluate(at(9)) == Round(closed=1)


def test_a_product_that_never_measured_anything_is_not_silent() -> None:
    rule("silence", limit=5)
    assert evaluate(at(0)) == Round()


def test_a_redis_that_does_not_answer_for_a_while_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rule("away", limit=0.5, subjects="redis.*")
    away = "redis://127.0.0.1:9/0"
    real = services._services()
    monkeypatch.setattr(services, "_away_since", {})
    monkeypatch.setattr(services, "_services", lambda: real | {"redis.cache": away})
    assert evaluate(at(0)) == Round()
    assert evaluate(at(0.4)) == Round()
    assert evaluate(at(1)) == Round(opened=1)
    assert Alert.objects.get().subject == "redis.cache"
    monkeypatch.setattr(services, "_services", lambda: real)
    assert evaluate(at(2)) == Round(closed=1)


def test_every_kind_has_its_words_in_both_languages() -> None:
    evidence = {"calls": 40, "errors": 3, "value": 0.913, "minutes": 7.0, "p50_ms": 1234.5, "limit": 0.8}
    for language in ("es", "en"):
        with translation.override(language):
            for kind in RuleKind:
                alert = Alert(rule=AlertRule(kind=kind), subject="queue.high", latest=evidence)
                assert words.title(alert)
                assert "%(" not in words.because(kind, evidence)
    with translation.override("en"):
        assert words.because("gauge", evidence).startswith("0.913 on average (limit 0.8)")


def test_closed_alerts_go_when_they_are_old_and_open_ones_stay(settings: Any) -> None:
    settings.ALERTS_KEPT_DAYS = 90
    watching = rule()
    for days in (1, 89, 91, 200):
        closed = at(0) - timedelta(days=days)
        Alert.objects.create(rule=watching, subject="x", opened_at=closed, closed_at=closed)
    Alert.objects.create(rule=watching, subject="x", opened_at=at(0) - timedelta(days=300))
    assert forget_old(at(0)) == 2
    assert Alert.objects.count() == 3


def test_a_rule_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValidationError):
        AlertRule(name="x", kind="gauge", limit=0.8, bad_minutes=6, of_minutes=5).full_clean()


def test_the_rules_that_come_along_make_sense() -> None:
    module = import_module("perf.migrations.0004_first_alert_rules")
    for values in module.RULES:
        AlertRule(**values).full_clean()
    assert {values["kind"] for values in module.RULES} == set(RuleKind.values)


def test_the_sweeper_learns_evaluates_and_sends() -> None:
    assert {"baselines_learn", "alerts_evaluate", "alerts_forget", "notices_deliver"} <= set(periodic._tasks)
    assert timedelta(minutes=15) < rounds.QUIET, "longer than the longest rule looks back"
