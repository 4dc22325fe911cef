"""The page "The tuner": its switch, the knobs, what it suggests, what was turned and why; and the replay of a day."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from perf.admin.tuning import REFUSED, in_charge, label_of, moment, shown
from perf.models import Tunable, Tuner, TuningDecision
from perf.pages import is_superuser, show, staff_page
from perf.tunables.knobs import find
from perf.tunables.rows import ensure_rows
from perf.tunables.sightings import Sighting, sightings
from perf.tuning import verbs
from perf.tuning.replay import replay
from perf.tuning.signals import measures
from perf.tuning.verbs import Refused, State
from perf.tuning.words import number, outcome_of, reason_of

_SHOWN = 30
_CHART_DAYS = 7
_TONES = {State.KEPT: "good", State.ROLLED_BACK: "bad", State.WATCHED: "warn", State.SUGGESTED: "warn"}


@staff_page("perf.view_tunable", methods=("GET", "HEAD", "POST"))
def tuner_page(request: HttpRequest) -> HttpResponse:
    """For staff who may see knobs; what is done here is done by superusers."""
    if request.method == "POST":
        if not is_superuser(request):
            raise PermissionDenied
        _do(request)
        return redirect("tuner")
    ensure_rows()
    told, rows = sightings(), list(Tunable.objects.order_by("name"))
    switch = Tuner.objects.select_related("actor").filter(pk=Tuner.ONLY).first()
    history = TuningDecision.objects.select_related("tunable", "actor").exclude(state=State.SUGGESTED)
    context: dict[str, Any] = {
        "title": _("The tuner"),
        "switch": switch,
        "is_stopped": switch is not None and switch.is_stopped,
        "knobs": [_knob(row, told) for row in rows if find(row.name)],
        "suggestions": [_line(row) for row in _of(State.SUGGESTED)],
        "measured": [_line(row) for row in _of(State.WATCHED)],
        "history": [_line(row) for row in history[:_SHOWN]],
        "processes": told,
        "interval": number(settings.TUNER_INTERVAL_SECONDS),
        "cool_down": number(settings.TUNER_COOL_DOWN_SECONDS / 60),
    }
    return show(request, "perf/tuner.html", context)


@staff_page("perf.view_tunable")
def simulation_page(request: HttpRequest) -> HttpResponse:
    """What the tuner would have done in the last day."""
    told = replay()
    lines = [
        {
            "at": _clock(turn.at), "knob": label_of(turn.knob), "old": number(turn.old), "new": number(turn.new),
            "is_back": turn.is_back, "why": (outcome_of if turn.is_back else reason_of)(turn.reason, turn.evidence),
        }
        for turn in told.turns
    ]  # fmt: skip
    ends = [(label_of(name), shown(name, told.starts[name]), shown(name, end)) for name, end in told.ends.items()]
    context = {"title": _("What the tuner would have done"), "told": told, "lines": lines, "ends": ends}
    return show(request, "perf/tuner_simulation.html", context)


def _do(request: HttpRequest) -> None:
    """What the button says; a refusal is said in words."""
    actions: dict[str, Callable[[HttpRequest], str]] = {
        "stop": _stop, "start": _start, "defaults": _defaults, "apply": _apply, "dismiss": _dismiss,
        "restore": _restore,
    }  # fmt: skip
    action = actions.get(request.POST.get("action", ""))
    if action is None:
        messages.error(request, _("There is no such action."))
        return
    try:
        messages.success(request, action(request))
    except Refused as error:
        messages.error(request, str(REFUSED[error.reason]))
    except TuningDecision.DoesNotExist:
        messages.error(request, str(REFUSED["changed"]))


def _stop(request: HttpRequest) -> str:
    verbs.switch(stopped=True, actor=request.user)
    return _("The tuner is stopped: nothing is turned but by people.")


def _start(request: HttpRequest) -> str:
    verbs.switch(stopped=False, actor=request.user)
    return _("The tuner is at work again.")


def _defaults(request: HttpRequest) -> str:
    moved = verbs.to_defaults(actor=request.user)
    text = ngettext("%(n)d knob was set back.", "%(n)d knobs were set back.", moved)
    return text % {"n": moved}


def _apply(request: HttpRequest) -> str:
    made = verbs.apply(decision=_decision(request), actor=request.user)
    told = {"knob": label_of(made.tunable.name), "value": shown(made.tunable.name, made.new)}
    return _("%(knob)s: %(value)s. Its effect is being measured.") % told


def _dismiss(request: HttpRequest) -> str:
    verbs.dismiss(decision=_decision(request), actor=request.user)
    return _("Dismissed: it will not be suggested again for a while.")


def _restore(request: HttpRequest) -> str:
    moved = verbs.restore(decision=_decision(request), actor=request.user)
    text = ngettext("%(n)d knob was set back.", "%(n)d knobs were set back.", moved)
    return text % {"n": moved}


def _decision(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("decision", ""))
    except ValueError as error:
        raise Refused("changed") from error


def _of(state: str) -> Sequence[TuningDecision]:
    return list(TuningDecision.objects.select_related("tunable", "actor").filter(state=state)[:_SHOWN])


def _knob(row: Tunable, told: list[Sighting] | None) -> dict[str, Any]:
    knob = find(row.name)
    measure = measures().get(row.name)
    return {
        "row": row,
        "label": label_of(row.name),
        "what": knob.explanation if knob else "",
        "value": shown(row.name, row.value),
        "bounds": f"{number(row.low)} … {number(row.high)}",
        "charge": in_charge(row),
        "score": measure.score if measure else "",
        "with_it": None if told is None else sum(one.values.get(row.name) == row.value for one in told),
        "line": _chart(row),
    }


def _line(row: TuningDecision) -> dict[str, Any]:
    return {
        "row": row,
        "at": moment(row),
        "knob": label_of(row.tunable.name),
        "turned": f"{number(row.old)} → {number(row.new)}",
        "why": reason_of(row.reason, row.evidence),
        "outcome": outcome_of(row.outcome, row.evidence),
        "tone": _TONES.get(State(row.state), ""),
    }


def _chart(row: Tunable) -> str:
    """Points of a line in a box of 100 x 20: the value over the last days, in steps."""
    end = timezone.now()
    begin = end - timedelta(days=_CHART_DAYS)
    turned = row.decisions.exclude(state__in=(State.SUGGESTED, State.DISMISSED)).filter(decided_at__gte=begin)
    turns = list(turned.order_by("decided_at").values_list("decided_at", "old", "new"))
    value, points = turns[0][1] if turns else row.value, [f"0,{_height(row, turns[0][1] if turns else row.value)}"]
    for at, _old, new in turns:
        place = f"{100 * (at - begin) / (end - begin):.1f}"
        points += [f"{place},{_height(row, value)}", f"{place},{_height(row, new)}"]
        value = new
    return " ".join([*points, f"100,{_height(row, value)}"])


def _height(row: Tunable, value: float) -> str:
    span = row.high - row.low or 1.0
    return f"{19 - 18 * min(1.0, max(0.0, (value - row.low) / span)):.1f}"


def _clock(at: float) -> str:
    return date_format(datetime.fromtimestamp(at, tz=timezone.get_current_timezone()), "SHORT_DATETIME_FORMAT")
