"""``/sessions/{id}/comments``: read a session's comments, add many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.comments import session_comments
from analysis.api.filters import SessionCommentQuery, read_filter
from analysis.api.idempotency import idempotent
from analysis.api.parsers import BadLine, NdjsonParser, OrjsonParser
from analysis.api.problems import Problem, did_you_mean
from analysis.api.shapes.comments import CommentPageShape
from analysis.api.views import ApiView, session_for
from analysis.intake.additions import MAX_RECORDS, LineReport, add_comments
from analysis.intake.errors import REASONS
from analysis.intake.types import FIELDS
from analysis.models import FINAL_STATES, Session, SessionState

_OPEN_STATES = (SessionState.UPLOADED, *FINAL_STATES)


class CommentInput(serializers.Serializer[Any]):
    """A comment to add."""

    comment = serializers.CharField(max_length=10_000)
    rating = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=10)
    nps = serializers.CharField(required=False, allow_null=True, help_text="promoter, passive, detractor, or 0 to 10.")
    date = serializers.CharField(required=False, allow_null=True, help_text="When it was written.")
    customer = serializers.CharField(required=False, allow_null=True, help_text="Kept as a pseudonym.")
    region = serializers.CharField(required=False, allow_null=True)
    service = serializers.CharField(required=False, allow_null=True)
    channel = serializers.CharField(required=False, allow_null=True)


class LineErrorShape(serializers.Serializer[Any]):
    """Why a comment was not taken."""

    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField(allow_null=True)


class LineShape(serializers.Serializer[Any]):
    """What became of the comment at `index`: an id or an error."""

    index = serializers.IntegerField()
    id = serializers.UUIDField(allow_null=True)
    error = LineErrorShape(allow_null=True)


class BulkCountsShape(serializers.Serializer[Any]):
    """`received` = `accepted` + `rejected`."""

    received = serializers.IntegerField()
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()


class BulkShape(serializers.Serializer[Any]):
    """A report for each comment sent, in order."""

    counts = BulkCountsShape()
    results = LineShape(many=True)


class SessionComments(ApiView):
    """The comments of one session."""

    scopes = {"GET": access.READ, "POST": access.WRITE}
    queries = {"GET": SessionCommentQuery}
    answers = {"POST": (409,)}
    parser_classes = [OrjsonParser, NdjsonParser]
    max_body = settings.API_MAX_BULK_BYTES

    @extend_schema(
        operation_id="sessions_comments_list", summary="List a session's comments", responses=CommentPageShape
    )
    def get(self, request: Request, session_id: str) -> Response:
        """Those that pass all filters, in row order."""
        return session_comments(request, session_id, self.query)

    @extend_schema(
        operation_id="sessions_comments_add",
        summary="Add comments",
        request={"application/json": CommentInput(many=True), "application/x-ndjson": CommentInput},
        responses={201: BulkShape, 207: BulkShape},
    )
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """Up to 10,000 in a JSON array, or one a line. 201 when all were taken, 207 when some were not: each has its
        report, and those that were not taken are not kept. `POST /sessions/{id}/start` has them analysed.
        """
        session = session_for(request, session_id)
        lines = _add(session, _records(request.data))
        rejected = sum(line["error"] is not None for line in lines)
        counts = {"received": len(lines), "accepted": len(lines) - rejected, "rejected": rejected}
        return Response({"counts": counts, "results": lines}, status=207 if rejected else 201)

    def read_query(self, request: Request) -> dict[str, Any]:
        """Adding takes no parameters; reading takes the shared filter's."""
        return super().read_query(request) if request.method == "POST" else read_filter(request, session_is_given=True)


def _records(data: Any) -> list[Any]:
    if not isinstance(data, list) or not data:
        raise Problem("invalid", _("Send a list of at least one comment."))
    if len(data) > MAX_RECORDS:
        detail = _("At most %(most)d comments are taken at once; send the others after them.")
        raise Problem("too_many_comments", detail % {"most": MAX_RECORDS})
    return data


def _add(session: Session, records: Sequence[Any]) -> list[dict[str, Any]]:
    """A line for each record; only those that are comments at all reach the store."""
    lines = {index: _line(index, error=fault) for index, record in enumerate(records) if (fault := _fault(record))}
    good = [index for index in range(len(records)) if index not in lines]
    with transaction.atomic():
        locked = Session.objects.select_for_update().get(pk=session.pk)
        if locked.state not in _OPEN_STATES:
            detail = _("Comments are taken before the work on the session begins and after it has ended.")
            raise Problem("state_conflict", detail, state=locked.state)
        reports = add_comments(session=locked, records=[records[index] for index in good])
    for report in reports:
        index = good[report.index]
        lines[index] = _line(index, report.id, _reason(report))
    return [lines[index] for index in range(len(records))]


def _line(index: int, comment_id: Any = None, error: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"index": index, "id": comment_id, "error": error}


def _reason(report: LineReport) -> dict[str, Any] | None:
    if report.error is None:
        return None
    return {"code": report.error, "detail": _(REASONS[report.error]), "field": report.field}


def _fault(record: Any) -> dict[str, Any] | None:
    """What is wrong with the form of a record; its content is intake's to judge."""
    if isinstance(record, BadLine):
        return {"code": "bad_json", "detail": record.detail, "field": None}
    if not isinstance(record, Mapping):
        return {"code": "bad_type", "detail": _("This must be a JSON object."), "field": None}
    for name, value in record.items():
        if name not in FIELDS:
            return {"code": "unknown_field", "detail": did_you_mean(name[:60], FIELDS), "field": name[:60]}
        if isinstance(value, bool | list | dict) or (name == "comment" and not isinstance(value, str)):
            return {"code": "bad_type", "detail": _("This must be a string or a number."), "field": name}
    return None
