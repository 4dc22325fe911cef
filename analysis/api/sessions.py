"""``/sessions``: list, create, read, rename, delete."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api import pagination
from analysis.api.conditional import require_match, tag_of, tagged
from analysis.api.idempotency import idempotent
from analysis.api.jobs import job_headers
from analysis.api.parsers import OrjsonParser
from analysis.api.shapes import sessions as shapes
from analysis.api.strict import read_body
from analysis.api.views import ApiView, required_team, session_for, user_of
from analysis.engines.registry import DEFAULT_ENGINE
from analysis.intake import uploads
from analysis.intake.terms import SessionTerms
from analysis.models import Origin, Priority, Session
from analysis.processing import verbs


class Sessions(ApiView):
    """The team's sessions."""

    scopes = {"GET": access.READ, "POST": access.WRITE}
    queries = {"GET": shapes.SessionQuery}
    parser_classes = [OrjsonParser, MultiPartParser]

    @extend_schema(operation_id="sessions_list", summary="List sessions", responses=shapes.SessionPageShape)
    def get(self, request: Request) -> Response:
        """The team's sessions, newest first."""
        page = pagination.page(
            request,
            _chosen(access.visible_sessions(request.user), self.query),
            ordering=self.query["ordering"],
            query=self.query,
            fields=shapes.FIELDS,
            shape=shapes.session_shape,
        )
        return tagged(request, page)

    @extend_schema(
        operation_id="sessions_create",
        summary="Create a session",
        request={"application/json": shapes.SessionInput, "multipart/form-data": shapes.SessionUpload},
        responses={201: shapes.SessionShape, 202: shapes.SessionShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """From a file (form data): 202, the import begins, `Location` is its job; with `start=false` 201, and
        `POST /sessions/{id}/start` begins. From JSON: 201, an empty session whose comments follow by
        `POST /sessions/{id}/comments`.
        """
        if request.content_type.startswith("multipart/"):
            return self._from_file(request)
        values = read_body(shapes.SessionInput, request.data)
        session = uploads.create_empty_session(
            team=required_team(request), user=user_of(request), origin=Origin.API, **_named(values)
        )
        return _created(session)

    def _from_file(self, request: Request) -> Response:
        values = read_body(shapes.SessionUpload, request.data)
        options = uploads.options_from_dict(values["options"]) if "options" in values else None
        with transaction.atomic():
            session = uploads.create_session(
                team=required_team(request),
                user=user_of(request),
                origin=Origin.API,
                upload=values["file"],
                filename=values["file"].name,
                options=options,
                **_named({"name": values["file"].name} | values),
            )
            if not values["start"]:
                return _created(session)
            session = verbs.start_import(session=session, actor=user_of(request))
        return Response(_shape(session), status=202, headers=job_headers(session))


class SessionDetail(ApiView):
    """One session."""

    scopes = {"GET": access.READ, "PATCH": access.WRITE, "DELETE": access.WRITE}
    answers = {"PATCH": (412,), "DELETE": (409, 412)}

    @extend_schema(operation_id="sessions_read", summary="Read a session", responses=shapes.SessionShape)
    def get(self, request: Request, session_id: str) -> Response:
        """State, counts and links of a session."""
        return tagged(request, _shape(session_for(request, session_id)))

    @extend_schema(
        operation_id="sessions_rename",
        summary="Rename a session",
        request=shapes.SessionChange,
        responses=shapes.SessionShape,
    )
    def patch(self, request: Request, session_id: str) -> Response:
        """Give the session another name."""
        session = session_for(request, session_id)
        values = read_body(shapes.SessionChange, request.data)
        require_match(request, tag_of(_shape(session)))
        verbs.rename(session=session, name=values["name"], actor=user_of(request))
        return tagged(request, _shape(session_for(request, session_id)))

    @extend_schema(operation_id="sessions_delete", summary="Delete a session", responses={204: None})
    def delete(self, request: Request, session_id: str) -> Response:
        """The session with its comments, results and file, for good; not while it is being worked on."""
        session = session_for(request, session_id)
        require_match(request, tag_of(_shape(session)))
        verbs.delete_session(session=session, actor=user_of(request))
        return Response(status=204)


def _chosen(sessions: QuerySet[Session], query: dict[str, Any]) -> QuerySet[Session]:
    for name in ("state", "state__in", "origin", "created_at__gte", "created_at__lt"):
        if name in query:
            sessions = sessions.filter(**{name: query[name]})
    return sessions.filter(name__icontains=query["q"]) if "q" in query else sessions


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": values["name"],
        "engine": values.get("engine", DEFAULT_ENGINE),
        "priority": values.get("priority", Priority.DEFAULT),
        "terms": SessionTerms(values["sends_abroad"], values["on_outage"], values.get("cost_limit")),
    }


def _shape(session: Session) -> dict[str, Any]:
    return shapes.session_shape(shapes.session_values(session))


def _created(session: Session) -> Response:
    return Response(_shape(session), status=201, headers={"Location": f"/api/v1/sessions/{session.pk}"})
