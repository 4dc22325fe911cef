"""What the instruments (``perf``) are told of the domain, which they know nothing of."""

from __future__ import annotations

from analysis import measured  # noqa: F401 - describes what is measured
from analysis.documented import document_indexes
from analysis.processing.gauges import queues
from perf.metrics import register_sampler


def register_all() -> None:
    """Queues that are gauged, operations by name, indexes that are promised."""
    register_sampler("queues", queues)
    document_indexes()
