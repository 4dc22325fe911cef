"""Runs a command line of the product with the scripted engine among its engines.

python -m tests.drills.product manage.py worker --slot 1
python -m tests.drills.product -m gunicorn -c fibercomments/gunicorn.conf.py
"""

from __future__ import annotations

import runpy
import sys

from analysis.engines.registry import register
from tests.drills.scripted import NAME, ScriptedEngine


def main() -> None:
    """Take our own name off the command line, and do what the rest says."""
    register(NAME, lambda _weights: ScriptedEngine())
    del sys.argv[0]
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
