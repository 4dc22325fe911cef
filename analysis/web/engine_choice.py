"""Which engine labels a session, and on which terms: the part of a form that two pages share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.engines.registry import AUTO, DEFAULT_ENGINE, LLM, REMOTE, TRANSFORMER, engine_names
from analysis.insights.forecast import Forecast, forecast
from analysis.intake.errors import IntakeError
from analysis.intake.terms import SessionTerms, check_engine
from analysis.models import OnOutage, Session
from analysis.routing.remote import is_remote, usable_pool
from analysis.web.faults import Fault

_MOST = Decimal(100_000)
_SAYS: dict[str, tuple[str | Promise, str | Promise]] = {
    DEFAULT_ENGINE: (
        gettext_lazy("The engine built into this product"),
        gettext_lazy("Costs nothing; nothing leaves this system."),
    ),
    AUTO: (
        gettext_lazy("Built-in engine, language model where it is unsure"),
        gettext_lazy("Only comments that the built-in engine is unsure of are sent to a language model."),
    ),
    LLM: (
        gettext_lazy("Language model"),
        gettext_lazy("Every different comment that says something is sent to a language model."),
    ),
    REMOTE: (
        gettext_lazy("Another instance of this product"),
        gettext_lazy("Comments are labelled on another machine of yours."),
    ),
    TRANSFORMER: (
        gettext_lazy("A sentiment model of your own"),
        gettext_lazy("Runs on this machine; slower than the built-in engine."),
    ),
}


@dataclass(frozen=True, slots=True)
class Option:
    """An engine that can be chosen here."""

    code: str
    name: str
    says: str
    is_remote: bool
    is_abroad: bool
    is_chosen: bool
    forecast: Forecast | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen."""

    engine: str
    terms: SessionTerms


class ChoiceError(Exception):
    """It cannot be chosen; ``fault`` says why and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def choice_context(session: Session, texts: int, posted: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the part of the form shows: the engines that can be used, what they will take for so many different texts,
    and the terms as posted or as the session has them.
    """
    said = posted if posted is not None else {}
    chosen = said.get("engine", session.engine)
    found = [_option(code, chosen, texts) for code in engine_names() if code in _SAYS and _is_usable(code)]
    limit = "" if session.cost_limit is None else f"{session.cost_limit.normalize():f}"
    return {
        "engine_options": found,
        "any_remote": any(option.is_remote for option in found),
        "any_abroad": any(option.is_abroad for option in found),
        "sends_abroad": "sends_abroad" in said if posted is not None else session.sends_abroad,
        "on_outage": said.get("on_outage", session.on_outage),
        "outages": OnOutage.choices,
        "cost_limit": said.get("cost_limit", limit),
    }


def read_choice(posted: Mapping[str, str], session: Session) -> Choice:
    """What somebody chose; raises ``ChoiceError``. Without a word about engines, as the session has it."""
    engine = posted.get("engine") or session.engine
    outage = posted.get("on_outage") or session.on_outage
    if "engine" not in posted:
        return Choice(engine, SessionTerms(session.sends_abroad, outage, session.cost_limit))
    if outage not in OnOutage.values:
        raise ChoiceError(Fault("bad_option", _("This choice is not known."), _("Choose one of those on offer.")))
    terms = SessionTerms("sends_abroad" in posted, outage, _limit(posted.get("cost_limit", "")))
    try:
        check_engine(engine, sends_abroad=terms.sends_abroad)
    except IntakeError as error:
        raise ChoiceError(_fault(error)) from None
    return Choice(engine, terms)


def _fault(error: IntakeError) -> Fault:
    if error.code == "consent_missing":
        return Fault(
            error.code,
            _("This engine is abroad, and nobody agreed to send the comments there."),
            _("Tick “Comments may be sent abroad”, or choose the engine built into this product."),
        )
    return Fault(error.code, _(error.message) % error.params, _(error.hint) % error.params)


def _limit(text: str) -> Decimal | None:
    """An amount as people write it, with a point or a comma; "" is none."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= _MOST:
        raise ChoiceError(
            Fault("bad_amount", _("The cost limit is not an amount."), _("Write it like 2.50, or leave it empty."))
        )
    return amount.quantize(Decimal("0.000001"))


def _option(code: str, chosen: str, texts: int) -> Option:
    name, says = _SAYS[code]
    remote = is_remote(code)
    abroad = remote and usable_pool(code).is_abroad
    foreseen = forecast(texts, code) if remote and texts else None
    return Option(code, str(name), str(says), remote, abroad, code == chosen, foreseen)


def _is_usable(code: str) -> bool:
    try:
        check_engine(code, sends_abroad=True)
    except IntakeError:
        return False
    return True
