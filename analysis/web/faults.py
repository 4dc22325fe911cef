"""What went wrong with a file, in the reader's language, with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from analysis.intake.errors import ERRORS, REASONS, IntakeError
from analysis.intake.types import Notice
from analysis.models import Session, SessionState


@dataclass(frozen=True, slots=True)
class Fault:
    """``code`` for programs, ``message`` and ``hint`` for people."""

    code: str
    message: str
    hint: str


def fault_of(error: IntakeError) -> Fault:
    """An error of intake, translated and filled."""
    return Fault(error.code, _fill(error.message, error.params), _fill(error.hint, error.params))


def fault_of_session(session: Session) -> Fault | None:
    """Why a session failed, None when it did not."""
    code = session.failure_code
    if not code:
        return None
    message, hint = ERRORS.get(code, ("", ""))
    if not message:
        return Fault(code, _("The session ended with an error: %(code)s.") % {"code": code}, "")
    params = _params(session.failure_detail)
    return Fault(code, _fill(message, params), _fill(hint, params))


_HELD: dict[str, tuple[str, str]] = {
    "budget_day": (
        gettext_noop("Paused: today's budget for engines that cost money is used up."),
        gettext_noop("It goes on by itself tomorrow, or as soon as an operator raises the budget."),
    ),
    "budget_month": (
        gettext_noop("Paused: this month's budget for engines that cost money is used up."),
        gettext_noop("It goes on by itself next month, or as soon as an operator raises the budget."),
    ),
    "budget_session": (
        gettext_noop("Paused: what this session may cost is used up."),
        gettext_noop("Cancel it and analyse it again with a higher limit, or with the engine built into this product."),
    ),
    "no_node": (
        gettext_noop("Paused: nobody answers for the engine of this session."),
        gettext_noop("It goes on by itself as soon as an operator has set up a node."),
    ),
    "no_consent": (
        gettext_noop("Paused: the engine is abroad, and the comments may not be sent there."),
        gettext_noop("Cancel it and analyse it again: agree to send the comments abroad, or choose another engine."),
    ),
    "not_installed": (
        gettext_noop("Paused: the engine of this session is not installed here."),
        gettext_noop("It goes on by itself as soon as an operator has installed it."),
    ),
}


def held_by(session: Session) -> Fault | None:
    """Why a session paused by itself; None for one that did not."""
    if session.state != SessionState.PAUSED or session.pause_reason not in _HELD:
        return None
    message, hint = _HELD[session.pause_reason]
    return Fault(session.pause_reason, _(message), _(hint))


def reason_of(code: str) -> str:
    """Why a row was rejected."""
    return _(REASONS[code]) if code in REASONS else code


def notice_text(notice: Notice) -> str:
    """Something to know before importing."""
    return _fill(notice.message, notice.params)


def _fill(message: str, params: Mapping[str, str]) -> str:
    """A message whose parameters are not all there is shown as it is."""
    translated = _(message)
    try:
        return translated % params
    except KeyError:
        return translated


def _params(detail: str) -> dict[str, str]:
    try:
        return dict(orjson.loads(detail).get("params", {}))
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        return {}
