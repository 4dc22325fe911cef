"""Makes and unmakes the adviser's own indexes while the product goes on, and leaves no broken one behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.db import Error, connection
from psycopg import sql

from perf.advisor import catalogue
from perf.advisor.plans import sqlstate
from perf.advisor.spec import PREFIX, IndexSpec

#: Building waits for transactions that began before it; one that does not end holds it up no longer than this.
LOCK_SECONDS = 30
_LOCKED = "55P03"


class BuildError(Exception):
    """It was not built or dropped; ``reason`` is unknown, not_ours, locked, broken or an SQLSTATE."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Progress:
    """How far PostgreSQL is: the name of its phase, and the share (0 to 1) of it that is done."""

    phase: str
    share: float


def build(spec: IndexSpec) -> None:
    """Build it without holding up readers or writers; it may be there already. Raises ``BuildError``."""
    if not catalogue.is_known(spec):
        raise BuildError("unknown")
    try:
        with _patient():
            if _is_valid(spec.name) is False:
                _execute(spec.drop())
            _execute(spec.create(concurrently=True))
    except BuildError:
        clear_broken()
        raise
    if not _is_valid(spec.name):
        raise BuildError("broken")


def clear_broken() -> int:
    """Drop what builds that were broken off left (PostgreSQL never uses it); returns how many went.

    Only while nothing is being built. What still holds up a build holds this up too; the next look clears it away.
    """
    gone = 0
    for each in catalogue.all_indexes():
        if each.name.startswith(PREFIX) and not each.is_valid:
            with suppress(BuildError), _patient():
                _execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(each.name)))
                gone += 1
    return gone


def drop(spec: IndexSpec) -> None:
    """Drop it, if the adviser made it. Raises ``BuildError``."""
    if not spec.name.startswith(PREFIX):
        raise BuildError("not_ours")
    with _patient():
        _execute(spec.drop())


def progress(table: str) -> Progress | None:
    """How far the building of an index on this table is; None when none is being built."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT phase, GREATEST(blocks_done::float / NULLIF(blocks_total, 0),"
            " tuples_done::float / NULLIF(tuples_total, 0), 0) FROM pg_stat_progress_create_index"
            " WHERE datname = current_database() AND relid = to_regclass(%s)",
            [sql.Identifier(table).as_string()],
        )
        row = cursor.fetchone()
    return Progress(row[0], min(1.0, float(row[1] or 0.0))) if row else None


@contextmanager
def _patient() -> Iterator[None]:
    """No limit of time on the statement, and one on waiting for others; both as before afterwards."""
    _execute(sql.SQL("SET statement_timeout = 0"))
    _execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(f"{LOCK_SECONDS}s")))
    try:
        yield
    except Error as error:
        state = sqlstate(error)
        raise BuildError("locked" if state == _LOCKED else state) from error
    finally:
        _execute(sql.SQL("RESET statement_timeout"))
        _execute(sql.SQL("RESET lock_timeout"))


def _is_valid(name: str) -> bool | None:
    return next((each.is_valid for each in catalogue.all_indexes() if each.name == name), None)


def _execute(statement: sql.SQL | sql.Composed) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
