"""Pages about the taxonomy as a whole: try a text, see what publishing changes, publish, take back, begin again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from analysis import access, taxonomies
from analysis.engines.embedded.taxonomy import Taxonomy
from analysis.insights import labels
from analysis.models import TaxonomyVersion, Theme
from analysis.routing.taxonomy import current
from analysis.taxonomies import BUILT_IN, TaxonomyError
from analysis.taxonomies.trials import MAX_TEXT, Trial
from analysis.web.evidence import segments

_MOST_VERSIONS = 200
_MOST_FAULTS = 50


class TextForm(forms.Form):
    """A comment to try."""

    text = forms.CharField(
        label=gettext_lazy("Comment"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 4, "cols": 80})
    )


class NoteForm(forms.Form):
    """What a version is published with; ``digest`` is the draft's that the person looked at."""

    note = forms.CharField(
        label=gettext_lazy("What changes, in a sentence"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"size": 80}),
    )
    digest = forms.CharField(widget=forms.HiddenInput, max_length=12)


def _choices() -> list[tuple[str, str]]:
    rows = TaxonomyVersion.objects.values_list("number", "note")[:_MOST_VERSIONS]
    return [*((str(number), f"{number} {note}".strip()) for number, note in rows), ("0", _("the built-in taxonomy"))]


class VersionForm(forms.Form):
    """A version, or the built-in taxonomy."""

    version = forms.ChoiceField(label=gettext_lazy("Version"), choices=_choices)

    def chosen(self) -> TaxonomyVersion:
        """The row, or what stands for the built-in taxonomy."""
        number = int(self.cleaned_data["version"])
        return TaxonomyVersion.objects.get(number=number) if number else BUILT_IN


@never_cache
@require_http_methods(["GET", "POST"])
def try_a_text(request: HttpRequest) -> HttpResponse:
    """What the draft says of a text, beside what is published. The text is sent, never put into an address."""
    if not _may_look(request):
        raise PermissionDenied
    form = TextForm(request.POST or None)
    context: dict[str, Any] = {"title": _("Try a text"), "form": form}
    if form.is_valid():
        tried = taxonomies.try_text(form.cleaned_data["text"])
        answers = [(_("Published: %(name)s") % {"name": active_name()}, tried.active), (_("Draft"), tried.draft)]
        context["answers"] = [(title, _shown(tried.text, each)) for title, each in answers if each is not None]
        context["problem"] = _problem(tried.problem) if tried.problem else None
    return _render(request, "try", context)


@never_cache
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest) -> HttpResponse:
    """What the draft changes; a press of the button makes it a version."""
    actor = _supervisor(request)
    form = NoteForm(request.POST or None)
    if form.is_valid():
        try:
            version = taxonomies.publish(
                actor=actor, note=form.cleaned_data["note"], expected=form.cleaned_data["digest"]
            )
        except TaxonomyError as error:
            messages.error(request, str(error.message))
            return redirect("admin:analysis_taxonomyversion_publish")
        text = _("Version %(number)d labels from now on. Sessions that are being worked on keep theirs.")
        messages.success(request, text % {"number": version.number})
        return redirect("admin:analysis_taxonomyversion_changelist")
    context: dict[str, Any] = {"title": _("Publish the draft"), "active": active_name()}
    try:
        wanted = taxonomies.draft()
        context["differences"] = taxonomies.differences(taxonomies.active_taxonomy(), wanted)
        context["preview"] = seen = taxonomies.preview(actor=actor)
        context["names"] = _names(wanted)
        context["is_unchanged"] = wanted.digest == taxonomies.active_taxonomy().digest
        context["form"] = form if form.is_bound else NoteForm(initial={"digest": seen.digest})
    except TaxonomyError as error:
        context["problem"] = _problem(error)
    return _render(request, "publish", context)


@never_cache
@require_http_methods(["GET", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Another version labels from now on."""
    actor = _supervisor(request)
    form = VersionForm(request.POST or None, initial={"version": request.GET.get("version", "0")})
    problem = None
    if form.is_valid():
        version = form.chosen()
        try:
            taxonomies.activate(actor=actor, version=version)
        except TaxonomyError as error:
            problem = _problem(error)
        else:
            name = str(version.number) if version.number else _("the built-in taxonomy")
            messages.success(request, _("Active from now on: %(name)s.") % {"name": name})
            return redirect("admin:analysis_taxonomyversion_changelist")
    context = {"title": _("Activate a version"), "form": form, "problem": problem, "active": active_name()}
    return _render(request, "activate", context)


@never_cache
@require_http_methods(["GET", "POST"])
def begin_again(request: HttpRequest) -> HttpResponse:
    """The draft is thrown away for a copy of a version."""
    actor = _supervisor(request)
    form = VersionForm(request.POST or None, initial={"version": request.GET.get("version", str(current().number))})
    if form.is_valid():
        taxonomies.begin_draft(actor=actor, version=form.chosen())
        messages.success(request, _("The draft begins anew. Nothing of it labels before it is published."))
        return redirect("admin:analysis_theme_changelist")
    context = {"title": _("Begin a draft"), "form": form, "is_there": Theme.objects.exists()}
    return _render(request, "draft", context)


def state_of_draft(request: HttpRequest) -> dict[str, Any]:
    """What the list of themes says above its rows."""
    return {
        "active": active_name(),
        "has_draft": Theme.objects.exists(),
        "may_publish": access.may_publish_themes(request.user),
    }


def active_name() -> str:
    """The version that labels, as people call it."""
    number = current().number
    return _("version %(number)d") % {"number": number} if number else _("the built-in taxonomy")


def _shown(text: str, trial: Trial) -> dict[str, Any]:
    spans = [{"label": f"theme:{one.phrase.label}", "start": one.start, "end": one.end} for one in trial.matches]
    names = _names(trial.taxonomy)
    return {
        "segments": segments(text, spans),
        "themes": [
            (names.get(one.code, one.code), labels.name_of("sentiment", one.sentiment), one.confidence)
            for one in trial.themes
        ],
        "phrases": [(text[one.start : one.end], one.phrase) for one in trial.matches],
    }


def _names(taxonomy: Taxonomy) -> dict[str, str]:
    """The draft's own, which nothing published knows yet."""
    return {theme.code: theme.name_in(get_language() or "") for theme in taxonomy.every_theme()}


def _problem(error: TaxonomyError) -> dict[str, Any]:
    """A sentence, and one for each fault."""
    message = str(error.message) or _("The draft cannot be used as it is:")
    faults = [taxonomies.in_words(fault) for fault in error.faults[:_MOST_FAULTS]]
    return {"message": message, "faults": faults, "more": len(error.faults) - len(faults)}


def _may_look(request: HttpRequest) -> bool:
    return admin.site.get_model_admin(Theme).has_view_permission(request)


def _supervisor(request: HttpRequest) -> User:
    if not access.may_publish_themes(request.user) or not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _render(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    whole = {
        **admin.site.each_context(request),
        "language": taxonomies.PATTERN_LANGUAGE,
        "may_publish": access.may_publish_themes(request.user),
        **context,
    }
    return render(request, f"admin/analysis/taxonomy_{page}.html", whole)
