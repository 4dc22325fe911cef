"""From a session's comments to groups of their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from analysis.engines.similar import reading, terms
from analysis.engines.similar.groups import group_similar
from analysis.engines.similar.topics import LEAST_COMMENTS, find_topics
from analysis.insights.comments import comments_for, hash_joins
from analysis.insights.filters import CommentFilter
from analysis.insights.groups import unexplained
from analysis.models import Discovery, DiscoveryKind, Session
from perf.resources import on_pressure

#: Wordings of a group that its row keeps as examples.
EXAMPLES = 5
_Group = tuple[Sequence[int], dict[str, Any]]

on_pressure(reading.forget)
on_pressure(terms.forget)


@dataclass(frozen=True, slots=True)
class Found:
    """``result`` and ``members`` of a discovery."""

    result: dict[str, Any]
    members: list[list[int]]


@dataclass(slots=True)
class _Texts:
    """Distinct texts, each with the rows that have it, in the order of the file."""

    texts: list[str] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)

    @classmethod
    def of(cls, comments: QuerySet[Any]) -> _Texts:
        """Repeats are told by their fingerprint, as everywhere."""
        found, places = cls(), dict[Any, int]()
        with hash_joins():
            read = comments.order_by("row_number").values_list("row_number", "fingerprint", "text")
            for row, fingerprint, text in read.iterator():
                place = places.setdefault(fingerprint, len(places))
                if place == len(found.texts):
                    found.texts.append(text)
                    found.rows.append([])
                found.rows[place].append(row)
        return found

    @property
    def weights(self) -> list[int]:
        """How many comments have each text."""
        return [len(rows) for rows in self.rows]

    def rows_of(self, places: Iterable[int]) -> list[int]:
        """The rows of all those texts, in order."""
        return sorted(row for place in places for row in self.rows[place])


def find(discovery: Discovery) -> Found:
    """Look at the comments in one reading; raises ``FilterError`` for a filter that is none any more."""
    chosen = CommentFilter.parse(QueryDict(discovery.query)).where(session=discovery.session_id)
    sessions = Session.objects.filter(pk=discovery.session_id)
    return _FINDERS[discovery.kind](comments_for(chosen, sessions=sessions, wholesale=True))


def _similar(comments: QuerySet[Any]) -> Found:
    texts = _Texts.of(comments)
    groups: list[_Group] = [(group, {}) for group in group_similar(texts.texts, texts.weights)]
    return _found(texts, groups, {})


def _topics(comments: QuerySet[Any]) -> Found:
    texts = _Texts.of(unexplained(comments))
    topics = find_topics(texts.texts, texts.weights)
    groups: list[_Group] = [(topic.members, {"words": list(topic.words)}) for topic in topics or ()]
    return _found(texts, groups, {"too_little": topics is None, "least": LEAST_COMMENTS})


def _found(texts: _Texts, groups: Sequence[_Group], about: dict[str, Any]) -> Found:
    """Groups of texts as groups of rows; the first texts of a group are its examples."""
    grouped = {place for group, _said in groups for place in group}
    rest = texts.rows_of(place for place in range(len(texts.texts)) if place not in grouped)
    members = [rest, *(texts.rows_of(group) for group, _said in groups)]
    said = [
        {
            "n": len(rows),
            "texts": len(group),
            "examples": [texts.rows[place][0] for place in group[:EXAMPLES]],
            **more,
        }
        for rows, (group, more) in zip(members[1:], groups, strict=True)
    ]
    n = sum(map(len, members))
    return Found({**about, "n": n, "grouped": n - len(rest), "rest": len(rest), "groups": said}, members)


_FINDERS: dict[str, Callable[[QuerySet[Any]], Found]] = {
    DiscoveryKind.SIMILAR: _similar,
    DiscoveryKind.TOPICS: _topics,
}
