"""Turns of knobs as marks on a chart: what changed when."""

from __future__ import annotations

from perf.history import Period
from perf.models import TuningDecision
from perf.panels import Mark
from perf.words import number

#: More would hide the chart.
MOST = 20
_IN_FORCE = (TuningDecision.State.WATCHED, TuningDecision.State.KEPT, TuningDecision.State.ROLLED_BACK)


def marks(period: Period) -> list[Mark]:
    """The latest turns in the period, in their order; one query."""
    turns = (
        TuningDecision.objects.filter(state__in=_IN_FORCE, decided_at__gte=period.start, decided_at__lt=period.end)
        .order_by("-decided_at")
        .values_list("decided_at", "tunable__name", "old", "new")[:MOST]
    )
    found = [(period.bucket_of(when), f"{name} {number(old)} → {number(new)}") for when, name, old, new in turns]
    return [Mark(bucket, text) for bucket, text in reversed(found) if bucket is not None]
