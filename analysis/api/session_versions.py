"""``/sessions/{id}/versions``: the engine versions that labelled a session, side by side, and the way back to one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.idempotency import idempotent
from analysis.api.strict import StrictSerializer, Text, read_body
from analysis.api.views import ApiView, session_for, user_of
from analysis.insights.versions import LABELS, Comparison, Version, compare, versions_of
from analysis.models import Session
from analysis.processing import verbs


class VersionsQuery(serializers.Serializer[Any]):
    """The two versions to compare; without them, the last two that labelled the session."""

    before = Text(required=False, max_length=80)
    after = Text(required=False, max_length=80)


class VersionInput(StrictSerializer):
    """A version that has results in the session."""

    version = Text(max_length=80)


class VersionShape(serializers.Serializer[Any]):
    """A version: how many comments it labelled, and of how many its result is the current one."""

    engine = serializers.CharField()
    version = serializers.CharField()
    comments = serializers.IntegerField()
    current = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()


class MoveShape(serializers.Serializer[Any]):
    """Comments whose label differs; for themes, an empty side means that the version does not name it."""

    kind = serializers.ChoiceField(choices=LABELS)
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)
    comments = serializers.IntegerField()


class ComparisonShape(serializers.Serializer[Any]):
    """Of `comments` labelled by both versions `changed` differ in at least one label."""

    before = serializers.CharField()
    after = serializers.CharField()
    comments = serializers.IntegerField()
    changed = serializers.IntegerField()
    moves = MoveShape(many=True)


class VersionsShape(serializers.Serializer[Any]):
    """The versions, the newest analysis first, and a comparison when there are two to compare."""

    versions = VersionShape(many=True)
    comparison = ComparisonShape(allow_null=True)


class SessionVersions(ApiView):
    """The engine versions of a session."""

    scopes = {"GET": access.READ, "POST": access.WRITE}
    queries = {"GET": VersionsQuery}
    answers = {"POST": (409,)}

    @extend_schema(operation_id="sessions_versions", summary="Compare engine versions", responses=VersionsShape)
    def get(self, request: Request, session_id: str) -> Response:
        """What each version labelled, and what changed between two of them, by label."""
        session = session_for(request, session_id)
        return Response(_shape(session, self.query.get("before", ""), self.query.get("after", "")))

    @extend_schema(
        operation_id="sessions_show_version", summary="Go back to a version", request=VersionInput,
        responses={200: VersionsShape},
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """Make a version's results the current ones again, at once, without an analysis. Asking twice is harmless."""
        session = session_for(request, session_id)
        version = read_body(VersionInput, request.data)["version"]
        return Response(_shape(verbs.show_version(session=session, version=version, actor=user_of(request)), "", ""))


def _shape(session: Session, before: str, after: str) -> dict[str, Any]:
    versions = versions_of(session)
    names = [one.version for one in versions]
    before, after = before or (names[1] if len(names) > 1 else ""), after or (names[0] if names else "")
    comparison = compare(session, before, after) if before and after else None
    return {
        "versions": [_version(one) for one in versions],
        "comparison": _comparison(comparison) if comparison else None,
    }


def _version(one: Version) -> dict[str, Any]:
    same = ("engine", "version", "comments", "current", "first_at", "last_at")
    return {name: getattr(one, name) for name in same}


def _comparison(one: Comparison) -> dict[str, Any]:
    moves = [{"kind": move.label, "before": move.old, "after": move.new, "comments": move.n} for move in one.moves]
    return {
        "before": one.before, "after": one.after, "comments": one.n, "changed": one.changed, "moves": moves,
    }  # fmt: skip
