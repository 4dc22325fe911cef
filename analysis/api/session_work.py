"""``/sessions/{id}/start``, ``/mapping``, ``/mended``, ``/reanalyze``: from a file to results, and again."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.idempotency import idempotent
from analysis.api.jobs import accepted
from analysis.api.shapes.jobs import JobShape
from analysis.api.shapes.sessions import MappingShape, OptionsInput
from analysis.api.strict import Code, Flag, Money, StrictSerializer, Text, read_body
from analysis.api.views import ApiView, session_for, user_of
from analysis.engines.registry import engine_names
from analysis.intake import uploads
from analysis.intake.terms import SessionTerms
from analysis.intake.types import Notice, ReadOptions
from analysis.models import OnOutage, Session, SessionState
from analysis.processing import verbs

_IMPORTED = (SessionState.COMPLETED, SessionState.COMPLETED_WITH_ERRORS, SessionState.CANCELLED)


class StartInput(StrictSerializer):
    """How to read the file; without it, as the session says or as detected."""

    options = OptionsInput(required=False)


class ReanalyzeInput(StrictSerializer):
    """The engine to ask, without it the session's own; and its version, without it the active one."""

    engine = Code(choices=engine_names(), required=False)
    version = Text(required=False, max_length=80)
    sends_abroad = Flag(required=False, help_text="Without it, as the session says.")
    on_outage = Code(choices=OnOutage.values, required=False, help_text="Without it, as the session says.")
    cost_limit = Money(required=False, allow_null=True, help_text="Without it, as the session says.")


class MendedInput(StrictSerializer):
    """A rejected.xlsx whose rows were mended."""

    file = serializers.FileField(allow_empty_file=True)


class SessionStart(ApiView):
    """The beginning of the work."""

    scopes = {"POST": access.WRITE}
    answers = {"POST": (409, 422)}

    @extend_schema(operation_id="sessions_start", summary="Start", request=StartInput, responses={202: JobShape})
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """Import the session's file and analyse it; without a file, or after the import, analyse what was added."""
        session = session_for(request, session_id)
        values = read_body(StartInput, request.data)
        options = uploads.options_from_dict(values["options"]) if "options" in values else None
        if options is None and (session.file_id is None or session.state in _IMPORTED):
            return accepted(verbs.start_analysis(session=session, actor=user_of(request)))
        return accepted(verbs.start_import(session=session, options=options, actor=user_of(request)))


class SessionMapping(ApiView):
    """What a session's file holds and how it would be read."""

    scopes = {"GET": access.WRITE, "POST": access.WRITE}
    answers = {"GET": (422,), "POST": (422,)}

    @extend_schema(operation_id="sessions_mapping_read", summary="Inspect the file", responses=MappingShape)
    def get(self, request: Request, session_id: str) -> Response:
        """Sheets, columns, samples and what is detected, with the session's options."""
        session = session_for(request, session_id)
        return _mapping(session, uploads.read_options(session))

    @extend_schema(
        operation_id="sessions_mapping_try", summary="Try options", request=OptionsInput, responses=MappingShape
    )
    def post(self, request: Request, session_id: str) -> Response:
        """The same with other options; keeps nothing. `POST /sessions/{id}/start` takes the options that please."""
        session = session_for(request, session_id)
        return _mapping(session, uploads.options_from_dict(read_body(OptionsInput, request.data)))


class SessionMended(ApiView):
    """Rejected rows that come back."""

    scopes = {"POST": access.WRITE}
    answers = {"POST": (409, 422)}
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="sessions_mended",
        summary="Import mended rows",
        request={"multipart/form-data": MendedInput},
        responses={202: JobShape},
    )
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """Rows keep their numbers, so that none comes in twice."""
        session = session_for(request, session_id)
        file = read_body(MendedInput, request.data)["file"]
        return accepted(verbs.import_mended(session=session, upload=file, filename=file.name, actor=user_of(request)))


class SessionReanalyze(ApiView):
    """Another analysis."""

    scopes = {"POST": access.WRITE}
    answers = {"POST": (409,)}

    @extend_schema(
        operation_id="sessions_reanalyze", summary="Analyse again", request=ReanalyzeInput, responses={202: JobShape}
    )
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """Label every comment again; what people decided stays, and so do the results of other versions."""
        session = session_for(request, session_id)
        chosen = read_body(ReanalyzeInput, request.data)
        terms = SessionTerms(
            chosen.get("sends_abroad", session.sends_abroad),
            chosen.get("on_outage", session.on_outage),
            chosen.get("cost_limit", session.cost_limit),
        )
        session = verbs.reanalyze(
            session=session,
            actor=user_of(request),
            engine=chosen.get("engine"),
            version=chosen.get("version"),
            terms=terms,
        )
        return accepted(session)


def _mapping(session: Session, options: ReadOptions) -> Response:
    inspection = uploads.inspect_session(session=session, options=options)
    shape: dict[str, Any] = {"options": uploads.options_to_dict(options), **dataclasses.asdict(inspection)}
    del shape["origin"]
    shape["warnings"] = [_warning(warning) for warning in inspection.warnings]
    before = uploads.same_file_before(session=session)
    shape["same_file_before"] = (
        {"id": before.pk, "name": before.name, "created_at": before.created_at} if before else None
    )
    return Response(shape)


def _warning(warning: Notice) -> dict[str, str]:
    return {"code": warning.code, "detail": _(warning.message) % warning.params}
