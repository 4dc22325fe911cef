"""How the labels of a session were found: the panel for sessions that an engine of the network was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from analysis.insights.costs import session_costs
from analysis.models import Session

#: In the order of the way of a text.
NAMES = {
    "repeats": _("repeat a text of the session"),
    "trivial": _("say nothing that could be asked about"),
    "sure": _("labelled by the embedded engine, which was sure"),
    "cached": _("known from before"),
    "provided": _("asked of the engine"),
    "fallbacks": _("labelled by the embedded engine, as nobody answered"),
}


@dataclass(frozen=True, slots=True)
class WaysPanel:
    """``ways`` are (name, comments) over all analyses of the session; amounts are US dollars."""

    ways: list[tuple[str, int]]
    cost: Decimal
    calls: int
    saved: Decimal
    saved_calls: int
    provisional: int
    lasting: int


def ways_panel(session: Session) -> WaysPanel | None:
    """None for a session that no engine of the network was asked for."""
    told = session_costs(session)
    if told is None:
        return None
    ways = [(str(name), getattr(told.ways, way)) for way, name in NAMES.items() if getattr(told.ways, way)]
    return WaysPanel(
        ways, told.spend.cost, told.spend.calls, told.savings.cost, told.savings.calls, told.provisional, told.lasting
    )  # fmt: skip
