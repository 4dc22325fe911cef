"""The instruments in the admin, one module a subject; importing them registers them."""

from perf.admin import advice, alerts, benchmarks, measures, profiling, tuning

__all__ = ["advice", "alerts", "benchmarks", "measures", "profiling", "tuning"]
