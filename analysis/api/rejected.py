"""``/sessions/{id}/rejected``: the rows that could not become comments, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api import pagination
from analysis.api.conditional import tagged
from analysis.api.views import ApiView, session_for
from analysis.intake.errors import REASONS
from analysis.models import RejectedRow

FIELDS = ("id", "row_number", "line", "column", "value", "reason", "cells")


class RejectedShape(serializers.Serializer[Any]):
    """A row of the file that was set aside; personal data is masked."""

    id = serializers.UUIDField()
    row_number = serializers.IntegerField(help_text="Counted from 1, without the column names.")
    line = serializers.IntegerField(help_text="As a person sees it in the file.")
    column = serializers.CharField(help_text="Empty when the whole row is meant.")
    value = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.CharField(help_text="The reason in words.")
    cells = serializers.DictField(child=serializers.CharField(), help_text="The whole row by the file's column names.")


class RejectedPageShape(serializers.Serializer[Any]):
    """A page of rejected rows, in the order of the file."""

    results = RejectedShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class RejectedRows(ApiView):
    """The rejected rows of one session."""

    scopes = {"GET": access.READ}
    queries = {"GET": pagination.PageQuery}

    @extend_schema(operation_id="sessions_rejected", summary="List rejected rows", responses=RejectedPageShape)
    def get(self, request: Request, session_id: str) -> Response:
        """Line, column, value and reason of every row that is not a comment."""
        rows = RejectedRow.objects.filter(session=session_for(request, session_id))
        page = pagination.page(
            request, rows, ordering="row_number", query=self.query, fields=FIELDS, shape=rejected_shape
        )
        return tagged(request, page)


def rejected_shape(values: Mapping[str, Any]) -> dict[str, Any]:
    """``RejectedShape`` from the values of ``FIELDS``."""
    reason = values["reason"]
    return {name: values[name] for name in FIELDS} | {"detail": _(REASONS[reason]) if reason in REASONS else reason}
