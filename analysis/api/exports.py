"""``/sessions/{id}/export`` and ``/sessions/{id}/rejected.xlsx``: what leaves as a file."""

from __future__ import annotations

import tempfile
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from analysis import access
from analysis.api import strict
from analysis.api.filters import SessionFilterQuery, read_filter
from analysis.api.renderers import AnyAccept
from analysis.api.views import ApiView, session_for
from analysis.exports.csv import DELIMITERS
from analysis.exports.files import FORMATS, Export, stream
from analysis.exports.rejected import write_session_rejected


class FormQuery(serializers.Serializer[Any]):
    """The form of the file."""

    format = serializers.ChoiceField(choices=list(FORMATS), default="csv")
    delimiter = serializers.ChoiceField(
        choices=list(DELIMITERS), default=";", help_text="Between the columns of a CSV file."
    )


class ExportQuery(FormQuery, SessionFilterQuery):
    """The form of the file, and which comments are in it."""


class SessionExport(ApiView):
    """A session's comments as a file."""

    scopes = {"GET": access.EXPORT}
    queries = {"GET": ExportQuery}
    content_negotiation_class = AnyAccept
    is_conditional = False

    @extend_schema(
        operation_id="sessions_export",
        summary="Export a session",
        responses={
            (200, kind.split(";")[0]): OpenApiTypes.OBJECT if name == "json" else OpenApiTypes.BINARY
            for name, kind in FORMATS.items()
        },
    )
    def get(self, request: Request, session_id: str) -> HttpResponseBase:
        """The comments that pass all filters, streamed. What could be a formula to a spreadsheet is made inert."""
        session = session_for(request, session_id)
        export = Export(
            chosen=self.query["filter"].where(session=session.pk),
            sessions=access.visible_sessions(request.user),
            format=self.query["format"],
            delimiter=self.query["delimiter"],
        )
        response = StreamingHttpResponse(stream(export), content_type=export.content_type)
        response["Content-Disposition"] = f'attachment; filename="{export.file_name()}"'
        return response

    def read_query(self, request: Request) -> dict[str, Any]:
        """The shared filter reads its own parameters."""
        query = read_filter(request, besides=tuple(FormQuery().fields), session_is_given=True)
        form = request.query_params.copy()
        for name in form.keys() - FormQuery().fields.keys():
            del form[name]
        return query | strict.read_query(FormQuery, form)


class SessionRejectedXlsx(ApiView):
    """The rejected rows as a workbook."""

    scopes = {"GET": access.EXPORT}
    content_negotiation_class = AnyAccept
    is_conditional = False

    @extend_schema(
        operation_id="sessions_rejected_xlsx",
        summary="Download rejected rows",
        responses={(200, FORMATS["xlsx"]): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, session_id: str) -> HttpResponseBase:
        """To be mended and sent back to `POST /sessions/{id}/mended`."""
        session = session_for(request, session_id)
        target = tempfile.TemporaryFile()  # noqa: SIM115 -- the response closes it
        try:
            write_session_rejected(session, target)
            target.seek(0)
        except BaseException:
            target.close()
            raise
        return FileResponse(target, as_attachment=True, filename="rejected.xlsx", content_type=FORMATS["xlsx"])
