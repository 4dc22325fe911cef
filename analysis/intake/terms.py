"""On which terms a session is labelled by engines of the network: consent, cost, and what to do while none answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from analysis.engines.registry import TRANSFORMER, engine_names
from analysis.intake.errors import IntakeError
from analysis.models import OnOutage
from analysis.routing.remote import NO_CONSENT, NO_NODE, Unusable, is_remote, usable_pool
from analysis.routing.router import engine_version


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """Fields of a session. ``cost_limit`` is in US dollars."""

    sends_abroad: bool = False
    on_outage: str = OnOutage.FALLBACK
    cost_limit: Decimal | None = None

    def as_fields(self) -> dict[str, Any]:
        """Values by field."""
        return asdict(self)

    def as_detail(self) -> dict[str, str]:
        """What the audit trail says of them: only what is not as usual."""
        changed = {name: value for name, value in asdict(self).items() if value != getattr(USUAL_TERMS, name)}
        return {name: str(value) for name, value in changed.items()}


USUAL_TERMS = SessionTerms()


def check_engine(engine: str, *, sends_abroad: bool) -> None:
    """Raise ``IntakeError`` for an engine that there is not, that nobody answers for, or that needs a consent."""
    if engine not in engine_names():
        raise IntakeError("unknown_engine", {"engine": engine, "engines": ", ".join(engine_names())})
    try:
        if is_remote(engine):
            usable_pool(engine, may_leave=sends_abroad)
        elif engine == TRANSFORMER:
            engine_version(engine)
    except Unusable as error:
        raise IntakeError(*_fault(error)) from None


def _fault(error: Unusable) -> tuple[str, dict[str, str]]:
    if error.reason == NO_CONSENT:
        return "consent_missing", {"engine": error.engine}
    if error.reason == NO_NODE:
        return "engine_not_set_up", {"engine": error.engine}
    return "engine_not_installed", {"engine": error.engine, "why": error.detail}
