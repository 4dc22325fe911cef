"""``/load``: how busy this machine is, for instances that share their work by it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.views import ApiView
from perf.metrics import machine_load


class LoadShape(serializers.Serializer[Any]):
    """Shares in use, 0 to 1."""

    cpu = serializers.FloatField()
    memory = serializers.FloatField()


class Load(ApiView):
    """The machine's load."""

    scopes = {"GET": access.ANALYZE}

    @extend_schema(operation_id="load_read", summary="Read the load", responses=LoadShape)
    def get(self, request: Request) -> Response:
        """Processor, since it was asked last, and memory."""
        cpu, memory = machine_load()
        return Response({"cpu": cpu, "memory": memory})
