"""``/usage``: how much the team has put through."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Sum
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.views import ApiView

_SUMS = ("rows_total", "comment_count", "duplicate_count", "rejected_count")


class UsageQuery(serializers.Serializer[Any]):
    """The period, by when a session was created."""

    created_at__gte = serializers.DateTimeField(required=False)
    created_at__lt = serializers.DateTimeField(required=False)


class UsageShape(serializers.Serializer[Any]):
    """Counts over the team's sessions."""

    sessions = serializers.IntegerField()
    by_origin = serializers.DictField(child=serializers.IntegerField())
    by_state = serializers.DictField(child=serializers.IntegerField())
    rows = serializers.IntegerField()
    comments = serializers.IntegerField(help_text="Sent to an engine.")
    duplicates = serializers.IntegerField(help_text="Spared by folding equal texts.")
    rejected = serializers.IntegerField()


class Usage(ApiView):
    """The team's use of the product."""

    scopes = {"GET": access.READ}
    queries = {"GET": UsageQuery}

    @extend_schema(operation_id="usage_read", summary="Read usage", responses=UsageShape)
    def get(self, request: Request) -> Response:
        """Sessions, rows, comments and what folding saved, in a period if one is named."""
        groups: list[Any] = list(
            access.visible_sessions(request.user)
            .filter(**self.query)
            .order_by()
            .values("origin", "state")
            .annotate(sessions=Count("pk"), **{f"sum_{name}": Sum(name) for name in _SUMS})
        )
        return Response(
            {
                "sessions": sum(group["sessions"] for group in groups),
                "by_origin": _by(groups, "origin"),
                "by_state": _by(groups, "state"),
                "rows": sum(group["sum_rows_total"] for group in groups),
                "comments": sum(group["sum_comment_count"] for group in groups),
                "duplicates": sum(group["sum_duplicate_count"] for group in groups),
                "rejected": sum(group["sum_rejected_count"] for group in groups),
            }
        )


def _by(groups: list[dict[str, Any]], name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for group in groups:
        counts[group[name]] = counts.get(group[name], 0) + group["sessions"]
    return counts
