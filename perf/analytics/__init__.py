"""Where time is lost, and what to do about it: read from what was measured minute by minute.

``classes`` knows the kinds of operations and resources (others register theirs), ``history`` reads the tables,
``rules`` judge plain data, ``ranking`` puts the result in order.
"""

from perf.analytics.classes import Kind, OperationClass, Resource, describe, watch
from perf.analytics.periods import PERIODS, Period, period_of
from perf.analytics.ranking import TimeShare, bottlenecks, where_time_went
from perf.analytics.rules import Bottleneck, Severity, Trend

__all__ = [
    "PERIODS",
    "Bottleneck",
    "Kind",
    "OperationClass",
    "Period",
    "Resource",
    "Severity",
    "TimeShare",
    "Trend",
    "bottlenecks",
    "describe",
    "period_of",
    "watch",
    "where_time_went",
]
