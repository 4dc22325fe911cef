"""Which way texts found their labels, counted for each day, session and engine."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import connection
from django.utils import timezone

from analysis.models.base import new_id
from analysis.routing.remote import WAYS

_COLUMNS = ("texts", "repeats", *WAYS)
# Constants of this module make up the statement; values travel as parameters.
_ADD = f"""
INSERT INTO usages AS u (id, day, engine, session_id, run, {", ".join(_COLUMNS)})
VALUES (%(id)s, %(day)s, %(engine)s, %(session)s,
        coalesce((SELECT s.run FROM sessions s WHERE s.id = %(session)s), 0),
        {", ".join(f"%({name})s" for name in _COLUMNS)})
ON CONFLICT (day, engine, session_id, run) DO UPDATE SET
       {", ".join(f"{name} = u.{name} + excluded.{name}" for name in _COLUMNS)}
"""  # noqa: S608


def add_usage(engine: str, ways: Mapping[str, int], *, session_id: uuid.UUID | None = None, repeats: int = 0) -> None:
    """Count the ways that texts took; ``repeats`` are comments of the session that took none, as their text had."""
    counts = {name: ways.get(name, 0) for name in WAYS}
    values = counts | {
        "id": new_id(),
        "day": timezone.localdate(),
        "engine": engine,
        "session": session_id,
        "texts": sum(counts.values()),
        "repeats": repeats,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD, values)
