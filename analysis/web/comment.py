"""One comment: what it says, how it was labelled and why, who changed what. Also in the drawer of the list."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from analysis import access
from analysis.corrections import CorrectionError, correct_comment
from analysis.insights import labels
from analysis.insights.comments import labelled
from analysis.models import Comment
from analysis.routing.taxonomy import known_codes
from analysis.web.evidence import quotes, segments
from analysis.web.pages import PageRequest, page, session_or_404

if TYPE_CHECKING:
    from analysis.insights.comments import LabelledComment


@page()
def comment(request: PageRequest, session_id: uuid.UUID, comment_id: uuid.UUID) -> HttpResponse:
    """The page, or to htmx its inside."""
    session = session_or_404(request, session_id)
    shown = _comment_or_404(request, session_id, comment_id)
    context = detail(shown) | {"session": session, "back": request.GET.urlencode()}
    response = render(request, "web/parts/comment.html" if request.htmx else "web/comment.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@page(access.CORRECT, methods=("POST",))
def comment_correct(request: PageRequest, session_id: uuid.UUID, comment_id: uuid.UUID) -> HttpResponse:
    """Keep what a person decided; "as the engine has it" takes a decision back."""
    session = session_or_404(request, session_id)
    shown = _comment_or_404(request, session_id, comment_id)
    try:
        changed = correct_comment(comment=shown, values=_decided(request.POST), actor=request.user)
    except CorrectionError:
        changed = []
    if not request.htmx:
        messages.success(request, _("The correction is kept.") if changed else _("Nothing was changed."))
        return redirect("comment", session_id=session_id, comment_id=comment_id)
    context = detail(_comment_or_404(request, session_id, comment_id)) | {
        "session": session,
        "kept": bool(changed),
        "unchanged": not changed,
    }
    response = render(request, "web/parts/comment.html", context)
    response["HX-Trigger"] = "corrected"
    return response


def _decided(form: QueryDict) -> dict[str, object]:
    """The form's labels; None where the engine's stands."""
    values: dict[str, object] = {name: form.get(name) or None for name in ("sentiment", "urgency", "churn_risk")}
    codes = [*labels.THEMES, *sorted(known_codes() - set(labels.THEMES))]
    themes = [{"code": code, "sentiment": tone} for code in codes if (tone := form.get(f"theme_{code}", ""))]
    values["themes"] = themes if form.get("decide_themes") else None
    return values


def detail(shown: LabelledComment) -> dict[str, object]:
    """What page and drawer show of one comment."""
    result = shown.current
    spans = result.evidence if result else []
    first = shown.duplicate_of_id or shown.pk
    tones = {theme["code"]: theme.get("sentiment", "") for theme in shown.effective_themes or []}
    return {
        "comment": shown,
        "result": result,
        "segments": segments(shown.text, spans),
        "quotes": quotes(shown.text, spans),
        "customers": Comment.objects.filter(duplicate_of=first).count() + 1,
        "corrections": shown.corrections.select_related("created_by"),
        "results": shown.results.order_by("-created_at"),
        "options": labels,
        "theme_tones": tones,
        # A theme that was retired since can be kept, and taken away.
        "theme_names": dict(labels.THEMES) | {code: labels.name_of("theme", code) for code in tones},
    }


def _comment_or_404(request: PageRequest, session_id: uuid.UUID, comment_id: uuid.UUID) -> LabelledComment:
    found = labelled(access.visible_comments(request.user).filter(pk=comment_id, session=session_id)).first()
    if found is None:
        raise Http404(_("There is no such comment."))
    return found
