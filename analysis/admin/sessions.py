"""Sessions: the invariant of their rows, the way to what they hold, and the verbs of processing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from analysis import access
from analysis.admin.base import Admin
from analysis.admin.bounded import SESSION_LOOKUP
from analysis.admin.display import as_json, link_to_list
from analysis.intake.errors import IntakeError
from analysis.models import ACTIVE_STATES, AnalysisResult, Chunk, Comment, RejectedRow, Session
from analysis.processing import verbs
from analysis.processing.verbs import StateError

#: One request asks for no more than this.
MOST_AT_ONCE = 100


class VersionForm(ActionForm):
    """Which version "Analyse again" asks; the other actions pay no attention to it."""

    version = forms.CharField(
        label=_("Version"), required=False, max_length=80,
        help_text=_("For “Analyse again”; empty for the active version."),
    )  # fmt: skip


@admin.register(Session)
class SessionAdmin(Admin):
    """Name, priority and cost limit may be changed; everything else is the work of intake and processing."""

    team_path = "team"
    list_display = (
        "name", "team", "state", "origin", "priority", "rows_total", "comment_count", "duplicate_count",
        "rejected_count", "engine", "created_at",
    )  # fmt: skip
    list_select_related = ("team",)
    search_fields = ("name",)
    search_help_text = _("A part of the name, or the whole id.")
    action_form = VersionForm
    actions = ("reanalyze", "retry_failed", "cancel", "pause", "resume")
    readonly_fields = (
        "id", "team", "origin", "state", "failure_code", "failure_detail", "engine", "engine_version", "file",
        "reading_options", "invariant", "blank_count", "masked", "contents", "run", "revision", "sends_abroad",
        "on_outage", "pause_reason", "created_by", "created_at", "started_at", "imported_at", "completed_at",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("name", "priority", "teaches", "team", "origin", "id")}),
        (_("Rows"), {"fields": ("invariant", "blank_count", "masked", "contents")}),
        (
            _("Work"),
            {"fields": ("state", "failure_code", "failure_detail", "engine", "engine_version", "run", "revision")},
        ),
        (_("Engines of the network"), {"fields": ("sends_abroad", "on_outage", "pause_reason", "cost_limit")}),
        (_("File"), {"fields": ("file", "reading_options")}),
        (_("Times"), {"fields": ("created_by", "created_at", "started_at", "imported_at", "completed_at")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Sessions begin with a file or by the API."""
        return False

    def view_on_site(self, obj: Session) -> str:
        """The session's page in the product."""
        return reverse("session", args=[obj.pk])

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> Any:  # type: ignore[override]
        """Lead to that page only who will find it: it shows the own team's sessions."""
        response: Any = super().render_change_form(request, context, **kwargs)
        session: Session | None = kwargs.get("obj")
        response.context_data["has_absolute_url"] = session and access.team_of(request.user) == session.team
        return response

    def get_list_filter(self, request: HttpRequest) -> tuple[str, ...]:
        """The names of teams are for superusers."""
        filters = ("state", "origin", "priority")
        return ("team", *filters) if getattr(request.user, "is_superuser", False) else filters

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By name, or by id when the term is one."""
        try:
            return queryset.filter(pk=uuid.UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("rows in file = comments + duplicates folded + rejected"))
    def invariant(self, session: Session) -> str:
        """The four counts; a constraint of the table keeps them equal."""
        parts = f"{session.comment_count} + {session.duplicate_count} + {session.rejected_count}"
        return f"{session.rows_total} = {parts}"

    @admin.display(description=_("personal data masked"))
    def masked(self, session: Session) -> str:
        """How many of each kind."""
        return as_json(session.pii_masked)

    @admin.display(description=_("reading options"))
    def reading_options(self, session: Session) -> str:
        """What the person chose for the file."""
        return as_json(session.read_options)

    @admin.display(description=_("what it holds"))
    def contents(self, session: Session) -> SafeString:
        """Links to the rows of other lists."""
        lists: tuple[tuple[type[Model], Any], ...] = (
            (Comment, _("comments")),
            (AnalysisResult, _("analysis results")),
            (RejectedRow, _("rejected rows")),
            (Chunk, _("chunks")),
        )
        links = ((link_to_list(model, str(text), **{SESSION_LOOKUP: session.pk}),) for model, text in lists)
        return format_html_join(" · ", "{}", links)

    @admin.action(description=_("Analyse again"), permissions=["change"])
    def reanalyze(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Label every comment anew; what people decided stays."""
        self._each(request, queryset, partial(verbs.reanalyze, version=request.POST.get("version", "").strip()))

    @admin.action(description=_("Try again what was set aside"), permissions=["change"])
    def retry_failed(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Comments that failed become pending."""
        self._each(request, queryset, verbs.retry_failed)

    @admin.action(description=_("Cancel"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Stop for good."""
        self._each(request, queryset, verbs.cancel)

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Stop for now."""
        self._each(request, queryset, verbs.pause)

    @admin.action(description=_("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Go on after a pause or a cancellation."""
        self._each(request, queryset, verbs.resume)

    def _each(self, request: HttpRequest, queryset: QuerySet[Session], verb: Callable[..., object]) -> None:
        """Ask it of each session; one that refuses is named with the reason and stops no other."""
        done = 0
        for session in queryset[:MOST_AT_ONCE]:
            try:
                verb(session=session, actor=request.user)
                done += 1
            except (StateError, IntakeError) as error:
                self._refused(request, session, error)
        if done:
            text = ngettext("Asked of %(n)d session.", "Asked of %(n)d sessions.", done) % {"n": done}
            self.message_user(request, text, messages.SUCCESS)

    def _refused(self, request: HttpRequest, session: Session, error: StateError | IntakeError) -> None:
        params = error.params if isinstance(error, IntakeError) else {}
        text = format_html("{}: {}", session.name, gettext(error.message) % params)
        self.message_user(request, text, messages.WARNING)

    def get_deleted_objects(
        self, objs: QuerySet[Any] | Sequence[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What goes, by the session's own counts: Django would load every comment to list it."""
        sessions: Iterable[Session] = list(objs[:MOST_AT_ONCE])
        working = [str(session) for session in sessions if session.state in ACTIVE_STATES]
        going = [f"{session} ({session.rows_total})" for session in sessions]
        counts = {
            str(Session._meta.verbose_name_plural): len(going),
            gettext("rows"): sum(session.rows_total for session in sessions),
        }
        denied = set() if self.has_delete_permission(request) else {str(Session._meta.verbose_name)}
        return going, counts, denied, working

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """The verb: rows, file and a line in the audit trail."""
        verbs.delete_session(session=obj, actor=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """One after the other; one that is being worked on by now is named and stays."""
        for session in queryset[:MOST_AT_ONCE]:
            try:
                self.delete_model(request, session)
            except StateError as error:
                self._refused(request, session, error)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A session that was taken up between the question and the answer stays, with a word about it."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except StateError as error:
            self.message_user(request, gettext(error.message), messages.WARNING)
            return redirect(request.path.removesuffix("delete/") + "change/")
