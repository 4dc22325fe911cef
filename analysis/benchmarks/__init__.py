"""Benchmarks of the domain; importing them registers them with ``perf.benchmarks``."""

from analysis.benchmarks import (
    batching,
    cached,
    delivery,
    documented,
    end_to_end,
    engine,
    memory,
    monitored,
    queries,
    routes,
    savings,
    silk,
    similar,
    single_comment,
    tuning,
)

__all__ = [
    "batching",
    "cached",
    "delivery",
    "documented",
    "end_to_end",
    "engine",
    "memory",
    "monitored",
    "queries",
    "routes",
    "savings",
    "silk",
    "similar",
    "single_comment",
    "tuning",
]
