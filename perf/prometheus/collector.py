"""The families of ``/metrics``, made from the shared sums in Redis: right for all processes together.

The sums never go back while Redis lives; after it was emptied they begin at 0, which Prometheus knows as a reset.
"""

from __future__ import annotations

import platform
import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping

import django
import redis
from django.conf import settings
from django.db import Error
from django.db.models import Max
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from perf.metrics import flush, store
from perf.metrics.sketch import Bins, value_of
from perf.metrics.sums import CALLS, ERRORS, MICROSECONDS
from perf.models import GaugeMinute

#: Seconds. A call whose true duration lies within 2 % of a bound may be counted on either side of it.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class SharedSums(Collector):
    """Everything that all processes measured."""

    def collect(self) -> Iterable[Metric]:
        """The families; without Redis only those that say so."""
        yield _build()
        yield from _roll_up_age()
        flush()
        try:
            counts, bins = store.totals()
            gauges = store.last_gauges()
        except redis.RedisError:
            yield _family("metrics_store_up", "Whether Redis, which holds the sums, answers.", 0)
            return
        yield _family("metrics_store_up", "Whether Redis, which holds the sums, answers.", 1)
        yield _durations(counts, bins)
        yield _errors(counts, bins)
        yield _events(counts, bins)
        yield _gauges(gauges)


def _name(name: str) -> str:
    return f"{settings.METRICS_NAMESPACE}_{name}"


def _family(name: str, explanation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(_name(name), explanation, value=value)


def _build() -> Metric:
    facts = {"version": settings.VERSION, "python": platform.python_version(), "django": django.get_version()}
    return InfoMetricFamily(_name("build"), "What runs.", value=facts)


def _roll_up_age() -> Iterable[Metric]:
    """Grows while no sweeper rolls up; nothing where none ever did, or the database does not answer."""
    try:
        last = GaugeMinute.objects.aggregate(last=Max("minute"))["last"]
    except Error:
        return
    if last is not None:
        age = max(0.0, time.time() - last.timestamp() - 60)
        yield _family("roll_up_age_seconds", "Seconds since the end of the last minute that was rolled up.", age)


def _durations(counts: Mapping[str, int], bins: Mapping[str, Bins]) -> Metric:
    family = HistogramMetricFamily(
        _name("operation_duration_seconds"), "How long operations took.", labels=["operation"]
    )
    for operation in sorted(bins):
        seconds = counts.get(operation + MICROSECONDS, 0) / 1e6
        family.add_metric([operation], _cumulated(bins[operation]), sum_value=seconds)
    return family


def _cumulated(bins: Bins) -> list[tuple[str, float]]:
    """Calls up to each bound, as Prometheus has it."""
    calls = [0] * (len(BOUNDS) + 1)
    for number, n in bins.items():
        calls[bisect_left(BOUNDS, value_of(number) / 1000)] += n
    so_far, buckets = 0, []
    for bound, n in zip((*BOUNDS, float("inf")), calls, strict=True):
        so_far += n
        buckets.append((floatToGoString(bound), float(so_far)))  # type: ignore[no-untyped-call]
    return buckets


def _errors(counts: Mapping[str, int], bins: Mapping[str, Bins]) -> Metric:
    family = CounterMetricFamily(_name("operation_errors"), "How many calls failed.", labels=["operation"])
    for operation in sorted(bins):
        family.add_metric([operation], counts.get(operation + ERRORS, 0))
    return family


def _events(counts: Mapping[str, int], bins: Mapping[str, Bins]) -> Metric:
    """The counters that are not parts of an operation."""
    parts = {operation + part for operation in bins for part in (CALLS, MICROSECONDS, ERRORS)}
    family = CounterMetricFamily(_name("events"), "How often something was counted.", labels=["event"])
    for name in sorted(counts.keys() - parts):
        family.add_metric([name], counts[name])
    return family


def _gauges(shown: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(_name("gauge"), "What was seen in the last minute.", labels=["gauge"])
    for name, value in sorted(shown.items()):
        family.add_metric([name], value)
    return family
