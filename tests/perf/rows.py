"""A row of every model of the instruments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from perf.models import (
    Alert,
    AlertRule,
    Baseline,
    BenchmarkRun,
    CounterMinute,
    Finding,
    FindingStep,
    GaugeMinute,
    Notice,
    OperationMinute,
    ProfilingScope,
    ProfilingSession,
    Tunable,
    TuningDecision,
)
from perf.tunables.rows import ensure_rows
from perf.tuning import verbs


def fill_instruments(name: str, number: int) -> None:
    """One more row of each, told apart by ``name``."""
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0) - timedelta(minutes=number)
    BenchmarkRun.objects.create(name="fake", repeats=1, seconds=1, machine={}, figures=_figures(), changes={})
    OperationMinute.objects.create(
        operation=name, minute=minute, calls=1, total_ms=5, max_ms=5, p50_ms=5, p95_ms=5, p99_ms=5, bins={"80": 1}
    )
    CounterMinute.objects.create(name=name, minute=minute, n=1)
    GaugeMinute.objects.create(name=name, minute=minute, samples=1, mean=0.5, low=0.5, high=0.5)
    Baseline.objects.create(operation=name, p50_ms=5, p95_ms=5, calls=100, minutes=10, learned_at=now)
    finding = Finding.objects.create(
        key=name, kind="large_result", table=name, statement="SELECT $1", details={"rows": 20_000}, lost_ms=5
    )
    FindingStep.objects.create(finding=finding, kind="apply", state="done", finished_at=now)
    ProfilingSession.objects.create(scope=ProfilingScope.PATH, target=f"/{name}/", ends_at=now)
    rule = AlertRule.objects.create(name=name, kind="gauge", subjects="machine.cpu", limit=0.8)
    evidence = {"value": 0.9, "limit": 0.8, "bad_minutes": 3, "of_minutes": 5}
    alert = Alert.objects.create(rule=rule, subject="machine.cpu", evidence=evidence, latest=evidence)
    Notice.objects.create(alert=alert, channel="mail", event="opened")
    knob = Tunable.objects.create(name=name, value=20, low=5, high=50, step=5)
    TuningDecision.objects.create(tunable=knob, source="tuner", state="kept", old=15, new=20, reason="fast")


def turned_knob(person: User) -> Tunable:
    """A knob with a history: a step that was kept, one that was taken back, a person's turn, and a suggestion."""
    ensure_rows()
    knob = Tunable.objects.get(name="batch_size")
    scores = {name: {"score": score, "noise": 1.0} for name, score in (("before", 80.0), ("after", 66.0))}
    evidence = {"way": "+1", "figures": {"latency_ms": 150.0, "cpu": 0.4}, **scores}
    for old, new, state, outcome in ((20, 25, "kept", "better"), (25, 30, "rolled_back", "worse")):
        TuningDecision.objects.create(
            tunable=knob, source="tuner", state=state, old=old, new=new, reason="fast_calls", outcome=outcome,
            evidence=evidence, score_before=80.0, score_after=66.0,
            decided_at=timezone.now() - timedelta(days=2, hours=new),
        )  # fmt: skip
    verbs.adjust(knob=knob.name, actor=person, value=35)
    TuningDecision.objects.create(
        tunable=knob, source="tuner", state="suggested", old=35, new=30, reason="slow_calls",
        evidence={"figures": {"latency_ms": 1450.0}},
    )  # fmt: skip
    return knob


def _figures() -> dict[str, Any]:
    return {"speed": {"unit": "ms", "better": "lower", "median": 1, "low": 1, "high": 1, "noise": 0.1, "values": [1]}}
