"""``/jobs/{session}``: how far the work on a session is, and what one may do about it."""

from __future__ import annotations

from collections.abc import Callable

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.idempotency import idempotent
from analysis.api.shapes.jobs import JobShape, job_shape
from analysis.api.strict import StrictSerializer, read_body
from analysis.api.views import ApiView, session_for, user_of
from analysis.models import Session
from analysis.processing import verbs
from analysis.processing.progress import progress

_ASK_AGAIN_SECONDS = "1"


class NothingInput(StrictSerializer):
    """An action without settings takes an empty object, or no body."""


class JobDetail(ApiView):
    """The work on one session."""

    scopes = {"GET": access.READ}

    @extend_schema(operation_id="jobs_read", summary="Read a job", responses=JobShape)
    def get(self, request: Request, session_id: str) -> Response:
        """State, progress, rate, time left; `Retry-After` while it is worth asking again."""
        session = session_for(request, session_id)
        headers = {} if session.is_final else {"Retry-After": _ASK_AGAIN_SECONDS}
        return Response(job_shape(session, progress(session=session)), headers=headers)


class _JobAction(ApiView):
    scopes = {"POST": access.WRITE}
    answers = {"POST": (409,)}


class JobCancel(_JobAction):
    """Stop for good."""

    @extend_schema(operation_id="jobs_cancel", summary="Stop for good", request=NothingInput, responses={202: JobShape})
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """What is labelled stays; `resume` may still finish the rest."""
        return _do(verbs.cancel, request, session_id)


class JobPause(_JobAction):
    """Stop for now."""

    @extend_schema(operation_id="jobs_pause", summary="Stop for now", request=NothingInput, responses={202: JobShape})
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """Stops after the batches in hand; `resume` goes on."""
        return _do(verbs.pause, request, session_id)


class JobResume(_JobAction):
    """Go on."""

    @extend_schema(operation_id="jobs_resume", summary="Go on", request=NothingInput, responses={202: JobShape})
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """Goes on where a pause or a cancellation stopped."""
        return _do(verbs.resume, request, session_id)


class JobRetry(_JobAction):
    """Retry what failed."""

    @extend_schema(
        operation_id="jobs_retry", summary="Retry what failed", request=NothingInput, responses={202: JobShape}
    )
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        """Tries again the comments that were set aside."""
        return _do(verbs.retry_failed, request, session_id)


def _do(verb: Callable[..., Session], request: Request, session_id: str) -> Response:
    session = session_for(request, session_id)
    read_body(NothingInput, request.data)
    return accepted(verb(session=session, actor=user_of(request)))


def accepted(session: Session) -> Response:
    """202: the work is asked for; ``Location`` is where to see how far it is."""
    return Response(job_shape(session, progress(session=session)), status=202, headers=job_headers(session))


def job_headers(session: Session) -> dict[str, str]:
    """Where the job is, and when to look."""
    return {"Location": f"/api/v1/jobs/{session.pk}", "Retry-After": _ASK_AGAIN_SECONDS}
