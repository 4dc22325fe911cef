"""A session's results by engine version: which there are, and what changed between two of them.

Compared is what the engine said, of comments that both versions labelled; what people decided is above every version.
A theme that only the later one names goes from "" to its code, one that only the earlier one names from its code to "".
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, Q

from analysis.models import AnalysisKind, AnalysisResult, Comment, Session

LABELS = ("sentiment", "urgency", "churn_risk", "language", "themes")
_SINGLE = LABELS[:-1]
_CODE = 40

# Names of columns are this module's; values travel as parameters.
_PAIRS = """
SELECT a.comment_id, a.sentiment AS sentiment_a, b.sentiment AS sentiment_b, a.urgency AS urgency_a,
       b.urgency AS urgency_b, a.churn_risk AS churn_risk_a, b.churn_risk AS churn_risk_b, a.language AS language_a,
       b.language AS language_b, a.themes AS themes_a, b.themes AS themes_b
  FROM analysis_results a JOIN analysis_results b ON b.comment_id = a.comment_id AND b.kind = a.kind
 WHERE a.session_id = %(session)s AND a.kind = 'all' AND a.engine_version = %(before)s AND b.engine_version = %(after)s
"""
# The themes of one side that the other does not name; @> is true of an array that holds an object with this code.
_ONLY = """
SELECT DISTINCT pairs.comment_id, theme ->> 'code' AS code
  FROM pairs, jsonb_array_elements(pairs.themes_{one}) AS theme
 WHERE NOT pairs.themes_{other} @> jsonb_build_array(jsonb_build_object('code', theme ->> 'code'))
"""
_SINGLES = [
    f"SELECT comment_id, '{name}' AS label, {name}_a AS old, {name}_b AS new FROM pairs WHERE {name}_a <> {name}_b"  # noqa: S608
    for name in _SINGLE
]
_MOVES = " UNION ALL ".join(
    [
        *_SINGLES,
        f"SELECT comment_id, 'themes', code, '' FROM ({_ONLY.format(one='a', other='b')}) gone",  # noqa: S608
        f"SELECT comment_id, 'themes', '', code FROM ({_ONLY.format(one='b', other='a')}) come",  # noqa: S608
    ]
)
_WITH = f"WITH pairs AS MATERIALIZED ({_PAIRS}), moves AS MATERIALIZED ({_MOVES}) "
_COUNTS = f"""{_WITH}
SELECT NULL AS label, NULL AS old, NULL AS new, count(*) AS n FROM pairs
UNION ALL SELECT '', '', '', count(DISTINCT comment_id) FROM moves
UNION ALL SELECT label, old, new, count(*) FROM moves GROUP BY label, old, new
ORDER BY 4 DESC
"""  # noqa: S608
_MOVED = f"""{_WITH}
SELECT c.id FROM moves m JOIN comments c ON c.id = m.comment_id
 WHERE m.label = %(label)s AND m.old = %(old)s AND m.new = %(new)s AND c.row_number > %(above)s
 ORDER BY c.row_number LIMIT %(limit)s
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Version:
    """An engine version with the comments that it labelled, and those whose current result is its."""

    engine: str
    version: str
    comments: int
    current: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """``n`` comments have ``label`` ``new`` in the later version where the earlier one said ``old``."""

    label: str
    old: str
    new: str
    n: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``n`` comments labelled by both; ``changed`` of them differ in at least one label."""

    before: str
    after: str
    n: int
    changed: int
    moves: tuple[Move, ...]

    def of(self, label: str) -> list[Move]:
        """The moves of one label, the most frequent first."""
        return [move for move in self.moves if move.label == label]


def versions_of(session: Session) -> list[Version]:
    """The versions that have results in the session, the newest analysis first."""
    results = AnalysisResult.objects.filter(session=session, kind=AnalysisKind.ALL).order_by()
    rows = results.values("engine", "engine_version").annotate(
        n=Count("pk"), shown=Count("pk", filter=Q(is_current=True)), first=Min("created_at"), last=Max("created_at")
    )
    found = [
        Version(row["engine"], row["engine_version"], row["n"], row["shown"], row["first"], row["last"]) for row in rows
    ]
    return sorted(found, key=lambda version: version.last_at, reverse=True)


def compare(session: Session, before: str, after: str) -> Comparison:
    """What changed from one version to the other; nothing when they are the same or one has no results."""
    n = changed = 0
    moves = []
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"session": session.pk, "before": before, "after": after})
        for label, old, new, count in cursor.fetchall():
            if label is None:
                n = count
            elif not label:
                changed = count
            else:
                moves.append(Move(label, old, new, count))
    return Comparison(before, after, n, changed, tuple(moves))


def moved_comments(
    session: Session, before: str, after: str, move: tuple[str, str, str], *, above: int = 0, limit: int = 50
) -> list[Comment]:
    """Comments behind one number of a comparison, in the order of the file, from the row after ``above`` on."""
    label, old, new = (code[:_CODE] for code in move)
    values: dict[str, Any] = {
        "session": session.pk, "before": before, "after": after, "label": label, "old": old, "new": new,
        "above": above, "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, values)
        ids: list[uuid.UUID] = [row[0] for row in cursor.fetchall()]
    return list(Comment.objects.filter(pk__in=ids).order_by("row_number"))
