"""Benchmarks of the domain; importing them registers them with ``perf.benchmarks``."""

from analysis.benchmarks import batching, end_to_end, engine, queries, savings, similar, single_comment

__all__ = ["batching", "end_to_end", "engine", "queries", "savings", "similar", "single_comment"]
