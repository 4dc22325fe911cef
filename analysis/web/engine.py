"""The engine: what labels now and how well, its versions, and for supervisors training, activation and the way back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import access
from analysis.engine_models import ModelError, activate, active_model, models_of, previous, roll_back
from analysis.engines.base import EngineError
from analysis.engines.registry import DEFAULT_ENGINE, get_engine
from analysis.insights import labels
from analysis.learning.lessons import FEWEST, corrected_comments
from analysis.models import USABLE_STATES, Comment, EngineModel, ModelState
from analysis.processing.training import request_training
from analysis.routing.router import engine_version
from analysis.web.model_card import built_in_evaluation, card
from analysis.web.pages import PageRequest, page
from analysis.web.versions import KINDS

_SHOWN = 30


@page(None)
def engine(request: PageRequest) -> HttpResponse:
    """What labels now, what was measured of it, and all versions."""
    active = active_model()
    can_go_back, before = previous()
    built_in = get_engine(DEFAULT_ENGINE).version
    context = {
        "active": active,
        "version": _labelling(active),
        "built_in": built_in,
        "card": card(active.evaluation.get("gold", {})) if active else card(built_in_evaluation()),
        "models": models_of()[:_SHOWN],
        "can_go_back": can_go_back,
        "previous": before.version if before else built_in,
        "training": models_of().filter(state=ModelState.TRAINING).first(),
    }
    return render(request, "web/engine.html", context)


@page(None)
def engine_model(request: PageRequest, model_id: uuid.UUID) -> HttpResponse:
    """One model: its figures against the version it was measured with, what it would change; to activate it."""
    model = _model_or_404(model_id)
    evaluation = model.evaluation
    context = {
        "model": model,
        "card": card(evaluation.get("gold", {}), evaluation),
        "evaluation": evaluation,
        "lessons": evaluation.get("lessons") or {},
        "held_out": _held_out(evaluation.get("held_out")),
        "fallen": evaluation.get("fallen", []),
        "changes": _changes(request, model.changes),
        "can_activate": model.state in USABLE_STATES and model.state != ModelState.ACTIVE,
    }
    return render(request, "web/engine_model.html", context)


@page(access.TRAIN, methods=("POST",))
def engine_activate(request: PageRequest, model_id: uuid.UUID) -> HttpResponse:
    """Activate a model; one that reads worse only with a reason."""
    model = _model_or_404(model_id)
    try:
        activate(model=model, actor=request.user, reason=request.POST.get("reason", ""))
    except ModelError as error:
        messages.error(request, _(error.message) % error.params)
        return redirect("engine-model", model_id=model.pk)
    messages.success(request, _("Version %(version)s labels from now on.") % {"version": model.version})
    return redirect("engine")


@page(access.TRAIN, methods=("GET", "HEAD", "POST"))
def engine_roll_back(request: PageRequest) -> HttpResponse:
    """Ask, then activate what was active before."""
    if request.method != "POST":
        can_go_back, before = previous()
        version = before.version if before else get_engine(DEFAULT_ENGINE).version
        return render(request, "web/engine_ask.html", {"ask": "back", "version": version, "possible": can_go_back})
    try:
        now = roll_back(actor=request.user)
    except ModelError as error:
        messages.error(request, _(error.message) % error.params)
    else:
        version = now.version if now else get_engine(DEFAULT_ENGINE).version
        messages.success(request, _("Version %(version)s labels from now on.") % {"version": version})
    return redirect("engine")


@page(access.TRAIN, methods=("GET", "HEAD", "POST"))
def engine_train(request: PageRequest) -> HttpResponse:
    """Ask, then have a candidate trained in the background."""
    if request.method != "POST":
        found = corrected_comments().count()
        context = {"ask": "train", "found": found, "needed": FEWEST, "possible": found >= FEWEST}
        return render(request, "web/engine_ask.html", context)
    try:
        request_training(actor=request.user)
    except ModelError as error:
        messages.error(request, _(error.message) % error.params)
    else:
        messages.success(request, _("The training was asked for. It takes some minutes; nothing is activated by it."))
    return redirect("engine")


def _labelling(active: EngineModel | None) -> str:
    """The version that results are filed under now: its rules and tables may be newer than the training."""
    try:
        return engine_version(DEFAULT_ENGINE)
    except EngineError:  # damaged since it was activated; the page must open, so that somebody can go back
        return active.version if active else ""


def _model_or_404(model_id: uuid.UUID) -> EngineModel:
    model = EngineModel.objects.select_related("created_by", "activated_by").filter(pk=model_id).first()
    if model is None:
        raise Http404(_("There is no such version."))
    return model


def _held_out(part: dict[str, Any] | None) -> list[tuple[str, dict[str, Any]]]:
    return [(str(KINDS[label]), one) for label, one in part["labels"].items()] if part else []


def _changes(request: PageRequest, changes: dict[str, Any]) -> list[dict[str, Any]]:
    """What would change, in words; examples are linked where the reader may see them."""
    moves = [{"label": label, **move} for label, found in changes.get("labels", {}).items() for move in found[:_SHOWN]]
    wanted = {example for move in moves for example in move["examples"]}
    visible = access.visible_comments(request.user).filter(pk__in=wanted).only("pk", "session_id", "row_number")
    comments: dict[str, Comment] = {str(comment.pk): comment for comment in visible}
    for move in moves:
        kind = "theme" if move["label"] == "themes" else move["label"]
        move["kind"] = str(KINDS[move["label"]])
        move["old"] = labels.name_of(kind, move["from"]) if move["from"] else _("not named")
        move["new"] = labels.name_of(kind, move["to"]) if move["to"] else _("not named")
        move["seen"] = [comments[example] for example in move["examples"] if example in comments]
    return moves
