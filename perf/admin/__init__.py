"""The instruments in the admin, one module a subject; importing them registers them."""

from perf.admin import benchmarks, measures, tuning

__all__ = ["benchmarks", "measures", "tuning"]
