"""The shape of a refusal."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from analysis.api.problems import KINDS


@extend_schema_serializer(component_name="ProblemFault")
class FaultShape(serializers.Serializer[Any]):
    """One thing that is wrong. Exactly one of pointer, parameter and header says where, if any."""

    code = serializers.CharField()
    detail = serializers.CharField()
    pointer = serializers.CharField(required=False, help_text="JSON pointer into the body.")
    parameter = serializers.CharField(required=False, help_text="Name of the query parameter.")
    header = serializers.CharField(required=False, help_text="Name of the header.")
    hint = serializers.CharField(required=False, help_text="What to do about it.")


class PositionShape(serializers.Serializer[Any]):
    """Where the JSON stopped being JSON."""

    line = serializers.IntegerField()
    column = serializers.IntegerField()
    offset = serializers.IntegerField()


@extend_schema_serializer(component_name="Problem")
class ProblemShape(serializers.Serializer[Any]):
    """A problem document (RFC 9457). Programs compare `code`; `title` and `detail` follow `Accept-Language`."""

    type = serializers.CharField(help_text="Where the code is explained.")
    title = serializers.CharField(help_text="The same for every problem with this code.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What happened in this case.")
    instance = serializers.CharField(required=False, help_text="Path of the request.")
    code = serializers.ChoiceField(choices=sorted(KINDS))
    trace_id = serializers.CharField(required=False, help_text="Finds the request in the logs; also `X-Request-ID`.")
    errors = FaultShape(many=True, required=False)  # type: ignore[assignment]  # a field, not the property
    position = PositionShape(required=False)
    scope = serializers.CharField(required=False, help_text="The scope that is missing.")
    scopes = serializers.ListField(child=serializers.CharField(), required=False)
    max_bytes = serializers.IntegerField(required=False)
    state = serializers.CharField(required=False, help_text="The session's state.")
    reason = serializers.CharField(required=False, help_text="A code that says why, below `code`.")


class ProblemKindShape(serializers.Serializer[Any]):
    """A code, with the status it comes with and what it means."""

    code = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()


class ProblemKindsShape(serializers.Serializer[Any]):
    """All codes of problems."""

    problems = ProblemKindShape(many=True)
