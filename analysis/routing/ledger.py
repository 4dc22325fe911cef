"""Money is promised before a call and settled after it, so that no budget is ever overdrawn, by however many processes.

``reserve`` adds the most that a call can cost to what its day, month and session have cost so far, each by one
conditional statement; where that would go beyond a budget, nothing is written and ``OverBudget`` is raised. A call
whose process died is assumed to have cost what was promised: ``assume_lost`` closes it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from analysis.models import Budget, BudgetScope, CallState, ProviderCall, Session, Spending

NOTHING = Decimal(0)
_MILLION = Decimal(1_000_000)
_STEP = Decimal("0.00000001")
_LOST_SECONDS = 900

# Constants of this module make up the statements; values travel as parameters.
_OPEN = "INSERT INTO spendings (id, scope, key, committed) VALUES (%s, %s, %s, 0) ON CONFLICT (scope, key) DO NOTHING"
_COMMIT = """
UPDATE spendings s SET committed = s.committed + %(cost)s
 WHERE s.scope = %(scope)s AND s.key = %(key)s
   AND s.committed + %(cost)s <=
       coalesce(%(limit)s, (SELECT b.most FROM budgets b WHERE b.scope = %(scope)s), 'Infinity')
"""
# The commit need not wait for the disk: if the server dies with it in memory, what was promised stays spent.
_NEED_NOT_WAIT = "SET LOCAL synchronous_commit TO off"


class OverBudget(Exception):
    """The call may not be made: it could go beyond the budget of ``scope``."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a million tokens."""

    tokens_in: Decimal = NOTHING
    tokens_out: Decimal = NOTHING

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What so many tokens cost, rounded up to a hundred-millionth of a dollar."""
        exact = (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / _MILLION
        return exact.quantize(_STEP, rounding=ROUND_UP)


@dataclass(frozen=True, slots=True)
class Payer:
    """On whose account a call is made: a session with its own limit, or nobody's in particular (a request)."""

    session_id: uuid.UUID | None = None
    limit: Decimal | None = None


NOBODY = Payer()


@dataclass(frozen=True, slots=True)
class Planned:
    """A call that is to be made: by which node, and the most that it can cost."""

    node_id: uuid.UUID | None
    engine: str
    model: str
    items: int
    most: Decimal


def payer_of(session: Session) -> Payer:
    """The account of a session."""
    return Payer(session.pk, session.cost_limit)


def reserve(call: Planned, payer: Payer) -> uuid.UUID:
    """Promise the most that the call can cost; returns the ledger's line. Raises ``OverBudget`` and writes nothing."""
    day = timezone.localdate()
    key = str(payer.session_id) if payer.session_id else ""
    with transaction.atomic():
        if call.most:
            _commit(call.most, _periods(day, key), payer)
        line = ProviderCall.objects.create(
            node_id=call.node_id, engine=call.engine, model=call.model, session_id=payer.session_id, session_key=key,
            items=call.items, reserved=call.most, cost=call.most, day=day,
        )  # fmt: skip
    return line.pk


def settle(line: uuid.UUID, *, tokens_in: int, tokens_out: int, cost: Decimal, trouble: str = "") -> None:
    """The call was billed."""
    _close(line, CallState.SETTLED, cost, trouble, tokens_in, tokens_out)


def release(line: uuid.UUID, trouble: str) -> None:
    """The call was not billed: refused, or never arrived."""
    _close(line, CallState.RELEASED, NOTHING, trouble)


def assume(line: uuid.UUID, trouble: str) -> None:
    """Nobody knows whether the call was billed: what was promised stays spent."""
    _close(line, CallState.ASSUMED, None, trouble)


def assume_lost(seconds: float = _LOST_SECONDS) -> int:
    """Close the lines of calls whose process died; returns how many."""
    lost = ProviderCall.objects.filter(state=CallState.RESERVED, created_at__lt=Now() - timedelta(seconds=seconds))
    return lost.update(state=CallState.ASSUMED, trouble="lost", settled_at=Now())


def spent(scope: str, key: str = "") -> Decimal:
    """What a period has cost, with what is in flight; the current day or month unless one is named."""
    return (
        Spending.objects.filter(scope=scope, key=key or period_key(scope)).values_list("committed", flat=True).first()
        or NOTHING
    )


def left(payer: Payer) -> dict[str, Decimal]:
    """What may still be spent, by scope, for the budgets that there are."""
    limits = dict(Budget.objects.values_list("scope", "most"))
    if payer.limit is not None:
        limits[BudgetScope.SESSION] = payer.limit
    found = {}
    for scope, most in limits.items():
        if scope == BudgetScope.SESSION:
            found[str(scope)] = most - (spent(scope, str(payer.session_id)) if payer.session_id else NOTHING)
        else:
            found[str(scope)] = most - spent(scope)
    return found


def period_key(scope: str, day: date | None = None) -> str:
    """The key of the day or month that a date is in; today's unless one is given."""
    day = day or timezone.localdate()
    return day.isoformat() if scope == BudgetScope.DAY else f"{day:%Y-%m}"


def _periods(day: date, session_key: str) -> list[tuple[str, str]]:
    """Always in this order, so that two transactions never wait for each other."""
    found: list[tuple[str, str]] = [(scope, period_key(scope, day)) for scope in (BudgetScope.DAY, BudgetScope.MONTH)]
    return [*found, (BudgetScope.SESSION, session_key)] if session_key else found


def _commit(cost: Decimal, periods: list[tuple[str, str]], payer: Payer) -> None:
    with connection.cursor() as cursor:
        for scope, key in periods:
            limit = payer.limit if scope == BudgetScope.SESSION else None
            values: dict[str, Any] = {"cost": cost, "scope": scope, "key": key, "limit": limit}
            cursor.execute(_COMMIT, values)
            if cursor.rowcount:
                continue
            cursor.execute(_OPEN, [uuid.uuid4(), scope, key])  # the first call of a period finds no row
            cursor.execute(_COMMIT, values)
            if not cursor.rowcount:
                raise OverBudget(str(scope))


def _close(
    line: uuid.UUID, state: str, cost: Decimal | None, trouble: str, tokens_in: int = 0, tokens_out: int = 0
) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_NEED_NOT_WAIT)
        call = ProviderCall.objects.select_for_update().get(pk=line)
        if call.state not in (CallState.RESERVED, CallState.ASSUMED):
            return
        spent_now = call.cost if cost is None else cost
        for scope, key in _periods(call.day, call.session_key):
            if spent_now != call.cost:
                Spending.objects.filter(scope=scope, key=key).update(committed=F("committed") + (spent_now - call.cost))
        call.state, call.cost, call.trouble = state, spent_now, trouble
        call.tokens_in, call.tokens_out, call.settled_at = tokens_in, tokens_out, timezone.now()
        call.save(update_fields=["state", "cost", "trouble", "tokens_in", "tokens_out", "settled_at"])
