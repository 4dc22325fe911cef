"""Corrections become lessons: rows to train on, each text once, never one of the gold set.

A label that nobody decided has a value too, since a row must be whole. It keeps the engine's, but only the one that
stood on the page when the person corrected the comment: leaving it there is a weak yes. What an engine has said since
was seen by nobody, and would teach the engine its own mistakes. Rows whose sentiment a person decided count twice.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from analysis.corrections import FIELDS
from analysis.engines.evaluation.labelled import GOLD_FILE, Labelled, read_labelled
from analysis.engines.gold.agreement import COMPETITORS
from analysis.models import AnalysisKind, AnalysisResult, Comment, Correction
from analysis.text.fingerprint import fingerprint

#: Fewer lessons than this move a model by chance only.
FEWEST = 50
SURE, WEAK = 2, 1
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Lesson:
    """A corrected comment as a training row; ``decided`` are the labels that a person chose."""

    comment_id: uuid.UUID
    key: str
    row: Labelled
    decided: frozenset[str]
    weight: int


@dataclass(frozen=True, slots=True)
class Lessons:
    """What corrections teach. ``left_out`` counts, by reason, the corrected comments that teach nothing."""

    lessons: tuple[Lesson, ...]
    left_out: Mapping[str, int]

    def per_label(self) -> dict[str, dict[str, int]]:
        """How often people chose each code, by label: {"sentiment": {"negative": 12}}."""
        counts: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
        for lesson in self.lessons:
            for field in lesson.decided:
                counts[field].update(_codes(lesson.row, field))
        return {field: dict(found.most_common()) for field, found in counts.items() if found}

    def digest(self) -> str:
        """The same for the same lessons, whatever order they came in."""
        lines = sorted(f"{lesson.key}{lesson.weight}{_content(lesson.row)}" for lesson in self.lessons)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def gather() -> Lessons:
    """The lessons of all sessions and teams whose corrections may be used, the last word on each text."""
    frozen = {fingerprint(comment.text) for comment in read_labelled(GOLD_FILE)}
    latest: dict[str, Lesson] = {}
    left_out: Counter[str] = Counter()
    for page in _pages(corrected_comments()):
        seen = _seen_results(page)
        for comment in page:
            key = fingerprint(comment.text)
            lesson = None if key in frozen else _lesson(comment, key, seen.get(comment.pk))
            if lesson is None:
                left_out["in the gold set" if key in frozen else "nobody saw the other labels"] += 1
                continue
            if key in latest:
                left_out["repeats"] += 1
            latest[key] = lesson  # corrected later than the one before
    return Lessons(tuple(latest.values()), dict(left_out))


def corrected_comments() -> QuerySet[Comment]:
    """Corrected comments that may teach, oldest correction first, with the version their corrector looked at."""
    last = Correction.objects.filter(comment=OuterRef("pk")).order_by("-created_at", "-pk")
    allowed = Comment.objects.filter(corrected_at__isnull=False, session__teaches=True, session__team__teaches=True)
    return allowed.annotate(seen_version=Subquery(last.values("engine_version")[:1])).order_by("corrected_at", "pk")


def training_rows(base: Sequence[Labelled], lessons: Iterable[Lesson]) -> list[Labelled]:
    """The corpus and the lessons as rows to train on: a lesson replaces the corpus' row of the same text."""
    taught = list(lessons)
    keys = {lesson.key for lesson in taught}
    rows = [row for row in base if fingerprint(row.text) not in keys]
    for lesson in taught:
        rows += [replace(lesson.row, id=f"{lesson.row.id}.{time}") for time in range(lesson.weight)]
    return rows


def held_out(lessons: Sequence[Lesson]) -> tuple[list[Lesson], list[Lesson]]:
    """Four fifths to train on and one fifth to measure with, by comment, always the same ones."""
    parts: tuple[list[Lesson], list[Lesson]] = ([], [])
    for lesson in lessons:
        parts[hashlib.sha256(lesson.key.encode()).digest()[0] % 5 == 0].append(lesson)
    return parts


def _pages(comments: QuerySet[Comment]) -> Iterable[list[Any]]:
    rows: list[Any] = []
    for comment in comments.iterator(chunk_size=_PAGE):
        rows.append(comment)
        if len(rows) == _PAGE:
            yield rows
            rows = []
    if rows:
        yield rows


def _seen_results(page: Sequence[Any]) -> dict[uuid.UUID, AnalysisResult]:
    """By comment, what the engine said when the person corrected it."""
    versions = {comment.pk: comment.seen_version for comment in page}
    found = AnalysisResult.objects.filter(
        comment__in=list(versions), kind=AnalysisKind.ALL, engine_version__in=set(versions.values()) - {None}
    )
    return {result.comment_id: result for result in found if versions[result.comment_id] == result.engine_version}


def _lesson(comment: Comment, key: str, seen: AnalysisResult | None) -> Lesson | None:
    """None when a label was neither decided nor seen."""
    human = {field: getattr(comment, f"human_{field}") for field in FIELDS}
    decided = frozenset(field for field, value in human.items() if value is not None)
    if seen is None:
        return None
    values = {field: human[field] if field in decided else getattr(seen, field) for field in FIELDS}
    row = Labelled(
        id=f"c{comment.pk.hex}",
        text=comment.text,
        language=seen.language,
        sentiment=values["sentiment"],
        themes={theme["code"]: theme["sentiment"] for theme in values["themes"]},
        emotions=frozenset(emotion["code"] for emotion in values["emotions"]),
        urgency=values["urgency"],
        churn_risk=values["churn_risk"],
        competitors=frozenset(seen.details.get("competitors", ())) & frozenset(COMPETITORS),
        flags=frozenset(),
    )
    return Lesson(comment.pk, key, row, decided, SURE if "sentiment" in decided else WEAK)


def _codes(row: Labelled, field: str) -> Iterable[str]:
    value = getattr(row, field)
    return [value] if isinstance(value, str) else list(value)


def _content(row: Labelled) -> str:
    themes, emotions = sorted(row.themes.items()), sorted(row.emotions)
    return f"{row.language}{row.sentiment}{row.urgency}{row.churn_risk}{themes}{emotions}"
