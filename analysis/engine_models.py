"""Which model of an engine labels: activate one, go back in one step, each with its line in the audit trail.

A model whose figures on the gold set fell beyond chance is activated only by whoever gives a reason.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from analysis import access
from analysis.engines.base import Engine
from analysis.engines.evaluation.cases import judge
from analysis.engines.evaluation.figures import FIGURES
from analysis.engines.evaluation.labelled import GOLD_FILE, read_labelled
from analysis.engines.evaluation.paired import GATE, differences, fallen
from analysis.engines.registry import DEFAULT_ENGINE
from analysis.models import USABLE_STATES, EngineModel, ModelState
from analysis.routing.releases import engine_for, load, look_again
from analysis.routing.weights import DamagedModel, checked_bytes

_MOST_REASON = 500
_LOCK = 728_341_502


class ModelError(Exception):
    """It cannot be activated. ``message`` is an English msgid with ``params``."""

    def __init__(self, code: str, message: str, **params: str) -> None:
        self.code, self.message, self.params = code, message, params
        super().__init__(message % params)


def models_of(name: str = DEFAULT_ENGINE) -> QuerySet[EngineModel]:
    """All models of an engine, newest first, without their weights."""
    return EngineModel.objects.filter(name=name).select_related("created_by", "activated_by").order_by("-created_at")


def active_model(name: str = DEFAULT_ENGINE) -> EngineModel | None:
    """The model that labels now; None while the engine labels with what it came with."""
    return EngineModel.objects.filter(name=name, state=ModelState.ACTIVE).first()


def activate(*, model: EngineModel, actor: User | None, reason: str = "") -> EngineModel:
    """Have this model label from now on; runs that have begun end with the version they began with.

    Raises ``ModelError`` for one that is not trained, is damaged, or, without a reason, one that reads worse.
    """
    lost = _checked(model)
    if lost and not reason.strip():
        raise ModelError(
            "reads_worse",
            _("On the gold set it reads worse than the active one, beyond chance: %(figures)s. Give a reason."),
            figures=", ".join(lost),
        )
    with transaction.atomic():
        active = _locked_active(model.name)
        chosen = EngineModel.objects.select_for_update().get(pk=model.pk)
        if chosen.state not in USABLE_STATES:
            raise ModelError("not_trained", _("This model is not trained: wait for it, or train another."))
        if active is not None and active.pk == chosen.pk:
            raise ModelError("active_already", _("This model is the active one already."))
        chosen.replaced = active
        _switch(active, chosen, actor)
        detail = {"reason": reason.strip()[:_MOST_REASON], "fallen": lost} if lost else {}
        access.record(actor, "engine.activate", chosen, before=_digest(active), after=chosen.digest, **detail)
        look_again()
    return chosen


def roll_back(*, actor: User | None, name: str = DEFAULT_ENGINE) -> EngineModel | None:
    """Activate what was active before, in one step; returns it, None for what the engine came with.

    What is gone back to was active once, so it is asked for no figures; it must still be whole. Raises ``ModelError``.
    """
    with transaction.atomic():
        active = _locked_active(name)
        before = _before(name, active)
        if before is not None:
            _load(before)
        _switch(active, before, actor)
        target = before or active
        access.record(actor, "engine.roll_back", target, before=_digest(active), after=_digest(before))
        look_again()
    return before


def previous(name: str = DEFAULT_ENGINE) -> tuple[bool, EngineModel | None]:
    """Whether there is something to go back to, and what: None is what the engine came with."""
    active = active_model(name)
    if active is not None:
        return True, active.replaced
    last = _last_retired(name)
    return last is not None, last


def _before(name: str, active: EngineModel | None) -> EngineModel | None:
    """What was active before; with no active model, the one that was gone back from last."""
    if active is not None:
        return active.replaced
    last = _last_retired(name)
    if last is None:
        raise ModelError("nothing_before", _("No other version was active before: there is nothing to go back to."))
    return last


def _last_retired(name: str) -> EngineModel | None:
    retired = EngineModel.objects.filter(name=name, state=ModelState.RETIRED)
    return retired.order_by(F("retired_at").desc(nulls_last=True)).first()


def _switch(active: EngineModel | None, chosen: EngineModel | None, actor: User | None) -> None:
    """Retire the one, activate the other; the index of the active one allows this order only."""
    if active is not None:
        EngineModel.objects.filter(pk=active.pk).update(state=ModelState.RETIRED, retired_at=Now())
    if chosen is not None:
        chosen.state, chosen.activated_by = ModelState.ACTIVE, actor
        chosen.activated_at, chosen.retired_at = Now(), None
        chosen.save(update_fields=["state", "activated_by", "activated_at", "retired_at", "replaced"])
        chosen.refresh_from_db(fields=["activated_at"])


def _locked_active(name: str) -> EngineModel | None:
    """The active model; whoever else wants to change which one it is waits for the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, name])
    return EngineModel.objects.select_for_update().filter(name=name, state=ModelState.ACTIVE).first()


def _checked(model: EngineModel) -> list[str]:
    """The figures of the gate that fell; raises ``ModelError`` for a model that cannot label.

    What was measured against another version than the active one is measured anew.
    """
    if model.state not in USABLE_STATES:
        raise ModelError("not_trained", _("This model is not trained: wait for it, or train another."))
    engine = _load(model)
    active = engine_for(model.name)
    if model.evaluation.get("compared_with") == active.version:
        return list(model.evaluation.get("fallen", ()))
    gold = read_labelled(GOLD_FILE)
    figures = [figure for figure in FIGURES if figure.name in GATE]
    return fallen(differences(judge(gold, active), judge(gold, engine), figures=figures))


def _load(model: EngineModel) -> Engine:
    try:
        checked_bytes(model)  # other machines have nothing but these
        return load(model)
    except DamagedModel as error:
        raise ModelError("damaged", _("This model cannot be used: %(why)s"), why=str(error)) from error


def _digest(model: EngineModel | None) -> str:
    return model.digest if model else "built-in"
