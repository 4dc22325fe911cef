"""The page "Performance": its own panels, one module a question, registered on import."""

from perf.web import caches, latency, load, machine, measured, recordings, tallies, turns, work

__all__ = ["caches", "latency", "load", "machine", "measured", "recordings", "tallies", "turns", "work"]
