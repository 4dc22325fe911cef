"""What another model would change: comments of past sessions labelled by both, counted from label to label."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from analysis.engines.base import Engine, Item, Verdict
from analysis.models import Comment, CommentStatus

LABELS = ("sentiment", "urgency", "churn_risk", "language", "themes")
#: Comments labelled by both unless more are asked for, and ids kept of each kind of change.
MOST, EXAMPLES = 5000, 5
_BATCH = 1000

Move = tuple[str, str, str]


def what_changes(before: Engine, after: Engine, *, most: int = MOST) -> dict[str, Any]:
    """Counts and example ids by label, of the newest comments that may be used; never a text.

    A theme that is newly named goes from "" to its code, one that is no longer named from its code to "".
    """
    moves: Counter[Move] = Counter()
    examples: dict[Move, list[str]] = defaultdict(list)
    comments = changed = 0
    for batch in _batches(most):
        items = [Item(str(pk), text) for pk, text in batch]
        old, new = before.label(items), after.label(items)
        for item in items:
            found = list(moves_of(old[item.id], new[item.id]))
            comments, changed = comments + 1, changed + bool(found)
            moves.update(found)
            for move in found:
                if len(examples[move]) < EXAMPLES:
                    examples[move].append(item.id)
    return {"comments": comments, "changed": changed, "labels": _by_label(moves, examples)}


def moves_of(old: Verdict, new: Verdict) -> Iterator[Move]:
    """(label, from, to) for each label that differs."""
    for label in LABELS[:-1]:
        before, after = getattr(old, label), getattr(new, label)
        if before != after:
            yield label, before, after
    named, names = ({theme.code for theme in verdict.themes} for verdict in (old, new))
    for code in sorted(named - names):
        yield "themes", code, ""
    for code in sorted(names - named):
        yield "themes", "", code


def _batches(most: int) -> Iterator[Sequence[tuple[uuid.UUID, str]]]:
    """Firsts of the newest comments; their ids sort by time."""
    allowed = Comment.objects.filter(
        session__teaches=True, session__team__teaches=True, duplicate_of=None, status=CommentStatus.DONE
    )
    rows: list[tuple[uuid.UUID, str]] = []
    for row in allowed.order_by("-pk").values_list("pk", "text")[:most].iterator(chunk_size=_BATCH):
        rows.append(row)
        if len(rows) == _BATCH:
            yield rows
            rows = []
    if rows:
        yield rows


def _by_label(moves: Counter[Move], examples: dict[Move, list[str]]) -> dict[str, list[dict[str, Any]]]:
    return {
        label: [
            {"from": move[1], "to": move[2], "comments": count, "examples": examples[move]}
            for move, count in moves.most_common()
            if move[0] == label
        ]
        for label in LABELS
    }
