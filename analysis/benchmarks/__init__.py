"""Benchmarks of the domain; importing them registers them with ``perf.benchmarks``."""

from analysis.benchmarks import end_to_end, engine, queries, similar, single_comment

__all__ = ["end_to_end", "engine", "queries", "similar", "single_comment"]
