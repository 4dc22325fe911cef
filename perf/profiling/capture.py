"""Notes the statements that this thread sends to PostgreSQL while something is being recorded, COPY included.

It hangs on the thread's own connection and only meanwhile: what is not recorded pays nothing. Silk's own way in,
``SQLCompiler.execute_sql``, misses raw cursors and COPY, and once patched slows every statement of the process.
"""

from __future__ import annotations

import cProfile
import io
import pstats
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.utils import timezone
from psycopg.sql import Composable

from perf.profiling.statements import both, masked, numbered

#: Statements that are kept of one request or job; those beyond it are only counted.
MOST_STATEMENTS = 500
_MOST_FUNCTIONS = 100
_OWN = __name__.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its text without values, when it ran, and the lines of our code that asked for it."""

    text: str
    started: datetime
    ended: datetime
    stack: str


@dataclass(slots=True)
class Captured:
    """What was noted; ``count`` includes the statements that were not kept."""

    started: datetime = field(default_factory=timezone.now)
    ended: datetime | None = None
    statements: list[Statement] = field(default_factory=list)
    count: int = 0
    functions: str = ""

    def note(self, text: Callable[[], str], started: datetime) -> None:
        """A statement that has just ended; its text is only made when it is kept."""
        self.count += 1
        if len(self.statements) < MOST_STATEMENTS:
            self.statements.append(Statement(text(), started, timezone.now(), _stack()))


@contextmanager
def captured(*, with_python: bool = False) -> Iterator[Captured]:
    """Note the statements of this thread within the block, and its functions' times too if wished."""
    found = Captured()
    with connection.execute_wrapper(_Executed(found)), _copies(found):
        profiler = _profiler() if with_python else None
        try:
            yield found
        finally:
            found.ended = timezone.now()
            if profiler is not None:
                profiler.disable()
                found.functions = _summary(profiler)


class _Executed:
    """Django calls it around each ``execute`` and ``executemany``."""

    def __init__(self, found: Captured) -> None:
        self.found = found

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        started = timezone.now()
        try:
            return execute(sql, params, many, context)
        finally:
            self.found.note(lambda: plain(sql, has_parameters=params is not None), started)


@contextmanager
def _copies(found: Captured) -> Iterator[None]:
    """Have the cursors that are opened meanwhile note their COPYs, from the first row to the last."""
    own = connections[DEFAULT_DB_ALIAS]
    before, make = vars(own).get("create_cursor"), own.create_cursor

    def create_cursor(name: str | None = None) -> Any:
        cursor = make(name)
        copy = cursor.copy

        @contextmanager
        def noting(statement: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
            started = timezone.now()
            try:
                with copy(statement, *args, **kwargs) as copying:
                    yield copying
            finally:
                found.note(lambda: plain(statement, has_parameters=False), started)

        cursor.copy = noting
        return cursor

    vars(own)["create_cursor"] = create_cursor
    try:
        yield
    finally:
        vars(own).pop("create_cursor")
        if before is not None:
            vars(own)["create_cursor"] = before


def plain(statement: Any, *, has_parameters: bool) -> str:
    """The text of a statement without values: those apart are numbered, those within it are masked."""
    if isinstance(statement, bytes):
        statement = statement.decode(errors="replace")
    if isinstance(statement, Composable):
        return both(statement.as_string(connection.connection))
    return numbered(str(statement)) if has_parameters else masked(str(statement))


def _stack() -> str:
    """The lines of our own code that led here, the nearest first, as silk shows them."""
    frames = [each for each in traceback.walk_stack(sys._getframe(1)) if _is_ours(each[0])]
    summary = traceback.StackSummary.extract(iter(frames), lookup_lines=True)
    return "".join(summary.format())


def _is_ours(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    is_instrument = str(frame.f_globals.get("__name__", "")).startswith(_OWN)
    return path.startswith(str(settings.BASE_DIR)) and "site-packages" not in path and not is_instrument


def _profiler() -> cProfile.Profile | None:
    """A running profiler of this thread; None where Python allows one a process and another thread has it."""
    profiler = cProfile.Profile()
    try:
        profiler.enable()
    except ValueError:
        return None
    return profiler


def _summary(profiler: cProfile.Profile) -> str:
    """The functions that took the most time, called ones included: names and places, never arguments."""
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("cumulative").print_stats(_MOST_FUNCTIONS)
    return text.getvalue()
