"""What the tables of minutes hold of a period, cut into buckets: calls and percentiles, counters, gauges."""

from perf.history.operations import Moment, Operation, latency, operation_names, operations
from perf.history.periods import PERIODS, Period, last
from perf.history.series import Level, counters, gauges

__all__ = [
    "PERIODS",
    "Level",
    "Moment",
    "Operation",
    "Period",
    "counters",
    "gauges",
    "last",
    "latency",
    "operation_names",
    "operations",
]
