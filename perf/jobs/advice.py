"""What workers do for the query adviser."""

from __future__ import annotations

import uuid

from perf.advisor import filing, steps


def look() -> None:
    """Look for slow queries, and clear away what was broken off."""
    steps.clear()
    filing.look()


def run_step(step_id: str) -> None:
    """Do what a superuser asked for."""
    steps.run_step(uuid.UUID(step_id))
