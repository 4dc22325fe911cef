"""Discoveries as answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework import serializers

from analysis.models import Comment, Discovery, DiscoveryKind, DiscoveryState, Session
from analysis.processing.discoveries import is_stale


class ExampleShape(serializers.Serializer[Any]):
    """A comment of a group."""

    id = serializers.UUIDField()
    text = serializers.CharField()


class GroupShape(serializers.Serializer[Any]):
    """Comments that say almost the same, or speak of one topic."""

    number = serializers.IntegerField(help_text="From 1, the largest first.")
    n = serializers.IntegerField(help_text="Comments, repeats included.")
    texts = serializers.IntegerField(help_text="Different texts among them.")
    share = serializers.FloatField(help_text="Of the comments that were looked at, 0 to 1.")
    words = serializers.ListField(
        child=serializers.CharField(), help_text="What sets a topic apart; empty for groups of similar comments."
    )
    examples = ExampleShape(many=True, help_text="Up to five, the clearest first.")
    comments = serializers.CharField(help_text="Where exactly these comments are listed.")


class DiscoveryShape(serializers.Serializer[Any]):
    """What was looked for, and found. The counts are null until it is `done`; then `n` = `grouped` + `rest`."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=DiscoveryKind.values)
    filter = serializers.CharField(help_text="Of the comments that were looked at, as a query string; empty for all.")
    revision = serializers.IntegerField(help_text="The session's, when it was asked for.")
    is_stale = serializers.BooleanField(help_text="The session's outcome has changed since.")
    state = serializers.ChoiceField(choices=DiscoveryState.values)
    error = serializers.CharField(help_text="Why it failed.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    n = serializers.IntegerField(allow_null=True, help_text="Comments that were looked at.")
    grouped = serializers.IntegerField(allow_null=True)
    rest = serializers.IntegerField(allow_null=True, help_text="Those in no group.")
    rest_comments = serializers.CharField(help_text="Where exactly these are listed.")
    too_little = serializers.BooleanField(help_text="Too few comments with words to speak of topics.")
    groups_total = serializers.IntegerField(allow_null=True)
    groups = GroupShape(many=True)


class DiscoveriesShape(serializers.Serializer[Any]):
    """All that are kept of a session."""

    results = DiscoveryShape(many=True)


def discovery_shapes(found: Sequence[Discovery], session: Session, *, top: int) -> list[dict[str, Any]]:
    """``DiscoveryShape`` of each, with its ``top`` largest groups; one query for all their examples."""
    shown = {each.pk: each.result.get("groups", [])[:top] for each in found}
    rows = {row for groups in shown.values() for group in groups for row in group["examples"]}
    examples = _examples(session, rows)
    return [_shape(each, session, shown[each.pk], examples) for each in found]


def _shape(
    found: Discovery, session: Session, groups: Iterable[dict[str, Any]], examples: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    same = ("id", "kind", "revision", "state", "error", "created_at", "finished_at")
    result = found.result
    return {
        **{name: getattr(found, name) for name in same},
        "filter": found.query,
        "is_stale": is_stale(found, session),
        **{name: result.get(name) for name in ("n", "grouped", "rest")},
        "rest_comments": _comments(found, 0),
        "too_little": result.get("too_little", False),
        "groups_total": len(result["groups"]) if "groups" in result else None,
        "groups": [
            {
                "number": number,
                "n": group["n"],
                "texts": group["texts"],
                "share": group["n"] / result["n"],
                "words": group.get("words", []),
                "examples": [examples[row] for row in group["examples"] if row in examples],
                "comments": _comments(found, number),
            }
            for number, group in enumerate(groups, start=1)
        ],
    }


def _comments(found: Discovery, number: int) -> str:
    return f"/api/v1/sessions/{found.session_id}/comments?group={found.pk}:{number}"


def _examples(session: Session, rows: set[int]) -> dict[int, dict[str, Any]]:
    if not rows:
        return {}
    found = Comment.objects.filter(session=session, row_number__in=rows).values_list("row_number", "pk", "text")
    return {row: {"id": pk, "text": text} for row, pk, text in found}
