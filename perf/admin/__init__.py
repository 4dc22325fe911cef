"""The instruments in the admin, one module a subject; importing them registers them."""

from perf.admin import alerts, benchmarks, measures, tuning

__all__ = ["alerts", "benchmarks", "measures", "tuning"]
from perf.admin import advice, benchmarks, measures, tuning

__all__ = ["advice", "benchmarks", "measures", "tuning"]
from perf.admin import benchmarks, measures, profiling, tuning

__all__ = ["benchmarks", "measures", "profiling", "tuning"]
