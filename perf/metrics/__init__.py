"""Counters, clocks and gauges of what the product does, kept in Redis, buffered in the process, never in anybody's way.

Measuring touches memory only; a timer carries the sums to Redis about once a second. While Redis is away the sums
wait in the process. All of it is best effort: a process killed with ``kill -9`` takes its last second with it. What
must be exact belongs in PostgreSQL. ``rollup`` keeps finished minutes there.
"""

from perf.metrics.buffer import count, flush, gauge, observe
from perf.metrics.clocks import track, track_each
from perf.metrics.machine import machine_load
from perf.metrics.reading import Reading, Recent, read, read_gauges, read_operations
from perf.metrics.samplers import register_sampler

__all__ = [
    "Reading",
    "Recent",
    "count",
    "flush",
    "gauge",
    "machine_load",
    "observe",
    "read",
    "read_gauges",
    "read_operations",
    "register_sampler",
    "track",
    "track_each",
]
