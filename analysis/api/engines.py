"""``/engines``: who can label, and with which codes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.conditional import tagged
from analysis.api.views import ApiView
from analysis.engines.base import EMOTIONS, ChurnRisk, Language, Sentiment, Urgency
from analysis.engines.registry import DEFAULT_ENGINE, engine_names
from analysis.routing.remote import Unusable, is_remote, usable_pool
from analysis.routing.router import engine_version
from analysis.routing.taxonomy import active_taxonomy


class EngineShape(serializers.Serializer[Any]):
    """One engine."""

    name = serializers.CharField()
    version = serializers.CharField(
        allow_null=True, help_text="Changes whenever a text may get another label; null while nobody answers for it."
    )
    is_default = serializers.BooleanField()
    is_remote = serializers.BooleanField(help_text="Texts are sent over the network.")
    is_abroad = serializers.BooleanField(help_text="Texts leave the country: only with `sends_abroad`.")


class LabelsShape(serializers.Serializer[Any]):
    """The codes of every kind of label."""

    sentiment = serializers.ListField(child=serializers.CharField())
    language = serializers.ListField(child=serializers.CharField())
    emotions = serializers.ListField(child=serializers.CharField())
    themes = serializers.ListField(child=serializers.CharField())
    urgency = serializers.ListField(child=serializers.CharField())
    churn_risk = serializers.ListField(child=serializers.CharField())


class EnginesShape(serializers.Serializer[Any]):
    """The engines there are, and what they say."""

    engines = EngineShape(many=True)
    labels = LabelsShape()


class Engines(ApiView):
    """The engines there are."""

    scopes = {"GET": access.READ}

    @extend_schema(operation_id="engines_list", summary="List engines and label codes", responses=EnginesShape)
    def get(self, request: Request) -> Response:
        """Names, versions, and the codes of all labels."""
        engines = [_engine(name) for name in engine_names()]
        return tagged(request, {"engines": engines, "labels": LABELS | {"themes": list(active_taxonomy().codes)}})


def _engine(name: str) -> dict[str, Any]:
    try:
        version = engine_version(name)
    except Unusable:
        version = None
    pool = usable_pool(name) if version and is_remote(name) else None
    return {
        "name": name,
        "version": version,
        "is_default": name == DEFAULT_ENGINE,
        "is_remote": is_remote(name),
        "is_abroad": pool is not None and pool.is_abroad,
    }


#: Themes are not among them: those of the active taxonomy are told.
LABELS = {
    "sentiment": [code.value for code in Sentiment],
    "language": [code.value for code in Language],
    "emotions": list(EMOTIONS),
    "urgency": [code.value for code in Urgency],
    "churn_risk": [code.value for code in ChurnRisk],
}
