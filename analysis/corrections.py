"""What a person decides about a comment: kept in columns of its own, with what was before, and undone likewise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from analysis import access
from analysis.engines.base import EMOTIONS, ChurnRisk, Sentiment, Urgency
from analysis.models import AnalysisKind, AnalysisResult, Comment, Correction, Session
from analysis.routing.taxonomy import known_codes

_SENTIMENTS = frozenset(code.value for code in Sentiment)
_CODES: Mapping[str, frozenset[str]] = {
    "sentiment": _SENTIMENTS,
    "urgency": frozenset(code.value for code in Urgency),
    "churn_risk": frozenset(code.value for code in ChurnRisk),
}
#: The labels that a person may decide.
FIELDS = ("sentiment", "themes", "emotions", "urgency", "churn_risk")


class CorrectionError(Exception):
    """A value that no label has; ``field`` says which."""

    def __init__(self, field: str, value: object) -> None:
        self.field, self.value = field, value
        super().__init__(f"{field}: {value!r}")


def correct_comment(
    *, comment: Comment, values: Mapping[str, Any], actor: User, check: Callable[[], None] | None = None
) -> list[Correction]:
    """Set (or with None take back) labels of one comment; returns a row for each that really changed.

    ``check`` runs while the comment is locked and may raise to prevent the change. Comment, history, audit trail and
    the session's revision change in one transaction or not at all. Raises ``CorrectionError``.
    """
    wanted = {name: _checked(name, value) for name, value in values.items()}
    with transaction.atomic():
        locked = Comment.objects.select_for_update().get(pk=comment.pk)
        if check is not None:
            check()
        changed = {name: value for name, value in wanted.items() if getattr(locked, f"human_{name}") != value}
        if not changed:
            return []
        history = _history(locked, changed, actor)
        for name, value in changed.items():
            setattr(locked, f"human_{name}", value)
        decided = any(getattr(locked, f"human_{name}") is not None for name in FIELDS)
        locked.corrected_at = timezone.now() if decided else None
        locked.corrected_by = actor if decided else None
        locked.save(update_fields=[*(f"human_{name}" for name in changed), "corrected_at", "corrected_by"])
        Session.objects.filter(pk=locked.session_id).update(revision=F("revision") + 1)
        access.record(actor, "comment.correct", locked, fields=sorted(changed))
    return history


def _history(comment: Comment, changed: Mapping[str, Any], actor: User) -> list[Correction]:
    """What stood before is the person's value, or the engine's where nobody had decided."""
    result = AnalysisResult.objects.filter(comment=comment, kind=AnalysisKind.ALL, is_current=True).first()
    corrections = []
    for name, value in changed.items():
        before = getattr(comment, f"human_{name}")
        if before is None and result is not None:
            before = getattr(result, name)
        version = result.engine_version if result else ""
        corrections.append(
            Correction(
                comment=comment, field=name, old_value=before, new_value=value, engine_version=version, created_by=actor
            )
        )
    return Correction.objects.bulk_create(corrections)


def _checked(name: str, value: Any) -> Any:
    if name not in FIELDS:
        raise CorrectionError(name, value)
    if value is None:
        return None
    if name in _CODES:
        good = value in _CODES[name]
    elif name == "themes":
        good = all(set(one) == {"code", "sentiment"} and one["sentiment"] in _SENTIMENTS for one in value)
        good = good and _distinct(value, known_codes())
    else:
        good = all(set(one) == {"code", "intensity"} and 0 <= one["intensity"] <= 1 for one in value)
        good = good and _distinct(value, frozenset(EMOTIONS))
    if not good:
        raise CorrectionError(name, value)
    return value


def _distinct(labels: list[Mapping[str, Any]], known: frozenset[str]) -> bool:
    codes = [label["code"] for label in labels]
    return len(codes) == len(set(codes)) and set(codes) <= known
