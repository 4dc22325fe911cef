"""Runs ``manage.py`` in a process of its own with the pupil among the engines and the tests' database."""

from __future__ import annotations

import sys

import django
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    django.setup()
    from analysis.engines import registry
    from tests import pupil

    registry.register(pupil.NAME, pupil.Pupil, pupil.train)
    execute_from_command_line(["manage.py", *sys.argv[1:]])
