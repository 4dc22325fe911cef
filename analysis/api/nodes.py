"""``/nodes`` and ``/cache``: whom engines of the network ask, how each of them fares, and which answers are kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.shapes import costs as shapes
from analysis.api.views import ApiView, user_of
from analysis.insights.answers import answers
from analysis.insights.nodes import node_states
from analysis.models import RemoteEngine
from analysis.routing import upkeep


class Nodes(ApiView):
    """The nodes."""

    scopes = {"GET": access.OPERATE}

    @extend_schema(operation_id="nodes_list", summary="List nodes", responses=shapes.NodesShape)
    def get(self, request: Request) -> Response:
        """Pool, weight, health, breaker and share of calls of every node; nothing of its key."""
        return Response({"nodes": [shapes.node_shape(node) for node in node_states()]})


class CacheQuery(serializers.Serializer[Any]):
    """Whose answers to forget."""

    engine = serializers.ChoiceField(
        choices=RemoteEngine.values, required=False, help_text="Without it, those of all engines."
    )


class Cache(ApiView):
    """The cache of answers."""

    scopes = {"GET": access.OPERATE, "DELETE": access.OPERATE}
    queries = {"DELETE": CacheQuery}

    @extend_schema(operation_id="cache_read", summary="Read the cache's figures", responses=shapes.CacheShape)
    def get(self, request: Request) -> Response:
        """How many answers are kept, how much memory they take, how often one was found, and the money that spared."""
        return Response(shapes.cache_shape(answers(), kept_days=settings.ANSWERS_KEPT_DAYS))

    @extend_schema(operation_id="cache_forget", summary="Forget answers", responses={200: shapes.ForgottenShape})
    def delete(self, request: Request) -> Response:
        """Every text is asked about anew from now on, and paid for again. The audit trail keeps who did it."""
        forgotten = upkeep.forget_answers(actor=user_of(request), engine=self.query.get("engine", ""))
        return Response({"forgotten": forgotten})
