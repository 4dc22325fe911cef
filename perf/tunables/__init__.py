"""Knobs: declared in code, their values rows that people and the tuner turn, followed by running processes.

:func:`value` never waits: it returns what this process last saw, about a second ago.
"""

from perf.tunables.following import follow, is_in_force, on_look, value
from perf.tunables.knobs import Knob, clamped, declare, declared, find

__all__ = ["Knob", "clamped", "declare", "declared", "find", "follow", "is_in_force", "on_look", "value"]
