"""The page "Performance": its own panels, one module a question, registered on import."""

from perf.web import alarms, caches, latency, load, machine, measured, recordings, tallies, turns, work

__all__ = ["alarms", "caches", "latency", "load", "machine", "measured", "recordings", "tallies", "turns", "work"]
