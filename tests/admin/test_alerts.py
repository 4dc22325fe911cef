"""Alerts are read and handled, baselines set and forgotten, rules changed: by whom it may be, with a trail."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from perf.models import Alert, AlertRule, Baseline
from tests.admin.conftest import Open

ALERTS, RULES, BASELINES = "/admin/perf/alert/", "/admin/perf/alertrule/", "/admin/perf/baseline/"


@pytest.fixture
def alert(db: None) -> Alert:
    rule, _made = AlertRule.objects.get_or_create(name="Slower than usual", defaults={"kind": "slower", "limit": 1.5})
    evidence = {
        "p50_ms": 240.0, "usual_p50_ms": 100.0, "p95_ms": 480.0, "usual_p95_ms": 200.0, "calls": 60, "bad_minutes": 3,
        "of_minutes": 5,
    }  # fmt: skip
    return Alert.objects.create(rule=rule, subject="web.home.GET", evidence=evidence, latest=evidence)


@pytest.fixture
def baseline(db: None) -> Baseline:
    return Baseline.objects.create(
        operation="web.home.GET", p50_ms=100, p95_ms=200, calls=999, minutes=60, learned_at=timezone.now()
    )


def said(of: Any) -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.filter(object_id=str(of.pk)).order_by("pk")]


def push(client: Client, alert: Alert, button: str) -> int:
    return client.post(f"{ALERTS}{alert.pk}/change/", {button: "x"}).status_code


def test_the_list_says_in_words_what_is_wrong(alert: Alert, superuser: User, as_user: Open) -> None:
    html = as_user(superuser).get(f"{ALERTS}?state=open").content.decode()
    assert "web.home.GET está más lenta que de costumbre" in html
    assert "Mediana: 240 ms (habitual 100 ms)" in html
    assert "web.home.GET" not in as_user(superuser).get(f"{ALERTS}?state=closed").content.decode().split("results")[-1]


def test_an_operator_takes_note_and_closes_and_both_are_in_the_history(
    alert: Alert, operator: User, as_user: Open
) -> None:
    client = as_user(operator)
    assert "_acknowledge" in client.get(f"{ALERTS}{alert.pk}/change/").content.decode()
    assert push(client, alert, "_acknowledge") == 302
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.is_open) == (operator, True)
    assert push(client, alert, "_close") == 302
    alert.refresh_from_db()
    assert (alert.is_open, alert.end) == (False, "person")
    assert said(alert) == ["Tomó nota.", "La cerró a mano."]
    assert "_close" not in client.get(f"{ALERTS}{alert.pk}/change/").content.decode()


def test_a_second_push_of_the_button_does_and_says_nothing(alert: Alert, superuser: User, as_user: Open) -> None:
    client = as_user(superuser)
    assert [push(client, alert, "_close"), push(client, alert, "_close")] == [302, 302]
    assert said(alert) == ["La cerró a mano."]


def test_several_are_handled_from_the_list(alert: Alert, superuser: User, as_user: Open) -> None:
    other = Alert.objects.create(rule=alert.rule, subject="web.other.GET", evidence={}, latest={})
    chosen = [str(alert.pk), str(other.pk)]
    as_user(superuser).post(ALERTS, {"action": "acknowledge", "_selected_action": chosen})
    assert Alert.objects.filter(acknowledged_at=None).count() == 0
    as_user(superuser).post(ALERTS, {"action": "close", "_selected_action": chosen})
    assert Alert.objects.filter(closed_at=None).count() == 0
    assert said(other) == ["Tomó nota.", "La cerró a mano."]


def test_whoever_may_only_look_handles_nothing(alert: Alert, staff: User, as_user: Open) -> None:
    from django.contrib.auth.models import Permission

    staff.user_permissions.add(Permission.objects.get(codename="view_alert"))
    client = as_user(staff)
    assert "_close" not in client.get(f"{ALERTS}{alert.pk}/change/").content.decode()
    assert push(client, alert, "_close") == 403
    client.post(ALERTS, {"action": "close", "_selected_action": [str(alert.pk)]})
    alert.refresh_from_db()
    assert alert.is_open


def test_no_figure_of_an_alert_can_be_written(alert: Alert, superuser: User, as_user: Open) -> None:
    as_user(superuser).post(f"{ALERTS}{alert.pk}/change/", {"subject": "forged", "notices": 7, "_acknowledge": "x"})
    alert.refresh_from_db()
    assert (alert.subject, alert.notices) == ("web.home.GET", 0)


def test_a_baseline_that_a_superuser_sets_is_frozen(baseline: Baseline, superuser: User, as_user: Open) -> None:
    as_user(superuser).post(f"{BASELINES}{baseline.pk}/change/", {"p50_ms": "150", "p95_ms": "200"})
    baseline.refresh_from_db()
    assert (baseline.p50_ms, baseline.is_frozen) == (150, True)
    assert len(said(baseline)) == 1


def test_a_baseline_is_thawed_and_forgotten(baseline: Baseline, superuser: User, as_user: Open) -> None:
    client = as_user(superuser)
    Baseline.objects.update(is_frozen=True)
    client.post(f"{BASELINES}{baseline.pk}/change/", {"p50_ms": "100", "p95_ms": "200"})
    baseline.refresh_from_db()
    assert not baseline.is_frozen
    client.post(f"{BASELINES}{baseline.pk}/delete/", {"post": "yes"})
    assert not Baseline.objects.exists()
    assert LogEntry.objects.filter(object_id=str(baseline.pk)).count() == 2


def test_an_operator_reads_baselines_and_rules_and_changes_none(
    baseline: Baseline, alert: Alert, operator: User, as_user: Open
) -> None:
    client = as_user(operator)
    for page in (f"{BASELINES}{baseline.pk}/change/", f"{RULES}{alert.rule_id}/change/"):
        assert client.get(page).status_code == 200
        assert client.post(page, {}).status_code == 403
    assert client.post(f"{BASELINES}{baseline.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_rule_that_raised_alerts_cannot_be_deleted(alert: Alert, superuser: User, as_user: Open) -> None:
    client = as_user(superuser)
    assert client.post(f"{RULES}{alert.rule_id}/delete/", {"post": "yes"}).status_code == 403
    unused = AlertRule.objects.create(name="unused", kind="gauge", limit=1)
    assert client.post(f"{RULES}{unused.pk}/delete/", {"post": "yes"}).status_code == 302
    assert AlertRule.objects.filter(pk=alert.rule_id).exists()


def test_a_rule_without_sense_is_refused_in_words(alert: Alert, superuser: User, as_user: Open) -> None:
    values = {"name": "x", "kind": "gauge", "subjects": "*", "limit": "0.8", "bad_minutes": "6", "of_minutes": "5"}
    answer = as_user(superuser).post(f"{RULES}add/", values | {"least_calls": "0", "cooldown_minutes": "5"})
    assert "Los minutos malos son al menos uno" in answer.content.decode()
