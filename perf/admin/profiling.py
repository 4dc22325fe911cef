"""Profiling sessions: begun and stopped by superusers, looked at with what they recorded."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from perf.admin.base import Measured
from perf.admin.bottlenecks import shown
from perf.models import ProfilingSession
from perf.pages import is_superuser
from perf.profiling import evidence, sessions

_LOOK_AGAIN_SECONDS = 5


class SessionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What to record, of whom, and for how long."""

    minutes = forms.IntegerField(
        label=gettext_lazy("for so many minutes"),
        min_value=1,
        max_value=sessions.MOST_MINUTES,
        initial=sessions.MINUTES,
    )

    class Meta:
        model = ProfilingSession
        fields = ("scope", "target", "user", "minutes", "most", "with_python")

    def clean(self) -> dict[str, Any]:
        """Refuse what would record nothing."""
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            sessions.check(ProfilingSession(**{name: values[name] for name in values if name != "minutes"}))
        return values


@admin.register(ProfilingSession)
class ProfilingSessionAdmin(Measured):
    """Superusers begin sessions; nobody changes one, and their history stays."""

    form = SessionForm
    change_form_template = "perf/profiling_session.html"
    list_display = ("__str__", "state", "progress", "started_by", "started_at", "ends_at")
    list_filter = ("scope",)
    list_select_related = ("user", "started_by")
    raw_id_fields = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Recordings show what pages do for others."""
        return is_superuser(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Begin the session."""
        sessions.start(session=obj, minutes=form.cleaned_data["minutes"], actor=request.user)  # type: ignore[arg-type]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Whoever begins a session has written it down already."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show it at work."""
        return _to(obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What it recorded so far; the page is loaded anew by itself while more may come."""
        session = self.get_object(request, object_id)
        context: dict[str, Any] = {
            "state": self.state(session) if session else "",
            "title": _("Profiling session"),
            "subtitle": None,
        }
        if session is not None and is_superuser(request):
            context["found"] = shown(evidence.of_session(session.pk))
        response = super().change_view(request, object_id, form_url, (extra_context or {}) | context)
        if session is not None and session.is_open() and request.method == "GET":
            response.headers["Refresh"] = str(_LOOK_AGAIN_SECONDS)
        return response

    @admin.display(description=gettext_lazy("state"))
    def state(self, session: ProfilingSession) -> str:
        """In words."""
        if session.is_open():
            return _("recording now")
        return str(session.get_ending_display()) if session.ending else _("its time is up")

    @admin.display(description=gettext_lazy("recordings"))
    def progress(self, session: ProfilingSession) -> str:
        """How many of how many."""
        return f"{session.recorded} / {session.most}"


@require_POST
def start_profiling(request: HttpRequest) -> HttpResponse:
    """Record what the button of another page names, for ten minutes."""
    _superusers_only(request)
    session = ProfilingSession(
        scope=request.POST.get("scope", ""),
        target=request.POST.get("target", ""),
        with_python=request.POST.get("with_python") == "1",
    )
    try:
        session.clean_fields(exclude=["started_by", "ends_at", "ending"])
        sessions.start(session=session, minutes=sessions.MINUTES, actor=request.user)  # type: ignore[arg-type]
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("admin:perf_profilingsession_add")
    messages.success(request, _("Recording has begun. Use the page in question now: what it does shows up here."))
    return _to(session)


@require_POST
def stop_profiling(request: HttpRequest, profiling_id: uuid.UUID) -> HttpResponse:
    """End a session before its time."""
    _superusers_only(request)
    session = get_object_or_404(ProfilingSession, pk=profiling_id)
    sessions.stop(session=session, actor=request.user)  # type: ignore[arg-type]
    return _to(session)


def _superusers_only(request: HttpRequest) -> None:
    if not is_superuser(request):
        raise Http404(_("There is no such page."))


def _to(session: ProfilingSession) -> HttpResponse:
    return redirect("admin:perf_profilingsession_change", session.pk)
