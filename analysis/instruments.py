"""What the instruments (``perf``) are told of the domain, which they know nothing of."""

from __future__ import annotations

from analysis import knobs, measured  # noqa: F401 - measured describes what is measured
from analysis.documented import document_indexes
from analysis.processing.gauges import queues
from perf.metrics import register_sampler


def register_all() -> None:
    """Knobs, queues that are gauged, operations by name, indexes that are promised."""
    knobs.register()
    register_sampler("queues", queues)
    document_indexes()
