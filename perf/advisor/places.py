"""Where in our own code a statement comes from, by the stack that silk recorded with it."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')
#: Frames that every request passes, and the recorder itself.
_PASSED = ("perf/profiling/", "fibercomments/", "manage.py", ".venv/", "analysis/web/middleware.py")


def place_of(stack: str) -> str:
    """``file:line in function`` of the innermost frame of ours; silk keeps stacks with the innermost frame first."""
    root = Path(settings.BASE_DIR)
    for frame in _FRAME.finditer(stack):
        path = Path(frame["file"])
        if path.is_relative_to(root):
            relative = path.relative_to(root).as_posix()
            if not relative.startswith(_PASSED):
                return f"{relative}:{frame['line']} in {frame['function']}"
    return ""
