"""Which requests are recorded: those that an open profiling session asks for, and a share of all others."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from perf import tunables
from perf.models import ProfilingScope
from perf.profiling import live, records
from perf.profiling.capture import captured
from perf.profiling.live import OpenSession

_OWN_PATHS = ("/silk/", "/static/", "/healthz/", "/metrics")
_dice = random.SystemRandom()

SAMPLE = tunables.Knob(
    name="silk_sample_percent",
    label=_("Requests that silk records"),
    explanation=_(
        "How many of a hundred requests are recorded with their statements. 0 costs nothing; 1 is enough to see what "
        "is slow over a day. To look at one page or person for a few minutes, start a profiling session instead."
    ),
    unit="%",
    default=settings.SILKY_SAMPLE_PERCENT,
    low=0.0,
    high=100.0,
    step=1.0,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """That a request is recorded, for a session or (None) as one of the share."""

    session: OpenSession | None


def share() -> float:
    """How many of a hundred requests are recorded now."""
    return tunables.value(SAMPLE.name)


def wanted(request: HttpRequest, percent: float) -> Wanted | None:
    """Whether, and for whom, this request is recorded; silk's own pages, files and probes never are."""
    if request.path_info.startswith(_OWN_PATHS):
        return None
    for session in live.open_sessions():
        if _may_match(session, request):
            return Wanted(session)
    return Wanted(None) if percent > 0 and _dice.random() * 100 < percent else None


class RecordingMiddleware:
    """Records the requests that are wanted; for all others it is a few comparisons."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def share(self) -> float:
        """How many of a hundred requests are recorded."""
        return share()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        want = wanted(request, self.share())
        if want is None:
            return self.get_response(request)
        with captured(with_python=bool(want.session and want.session.with_python)) as found:
            response = self.get_response(request)
        if want.session is None or _is_whose(want.session, request):
            records.keep(records.of_request(request, found), records.answer(response), found, want.session)
        return response


def _may_match(session: OpenSession, request: HttpRequest) -> bool:
    """Whose request it is shows only when it has been answered: programs say who they are by a token."""
    match session.scope:
        case ProfilingScope.ALL | ProfilingScope.USER:
            return True
        case ProfilingScope.PATH:
            return request.path_info.startswith(session.target)
        case ProfilingScope.VIEW:
            return _view_name(request) == session.target
    return False


def _is_whose(session: OpenSession, request: HttpRequest) -> bool:
    return session.scope != ProfilingScope.USER or request.user.pk == session.user_id


def _view_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
