"""What engines of the network cost and what was spared: the same numbers for page, API and session.

All of it is sums over the ledger's lines (``ProviderCall``) and the ways that texts took (``Usage``); the arithmetic
is in ``cost_rules``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.utils import timezone

from analysis.engines.llm.prompt import fixed_part
from analysis.engines.registry import AUTO, LLM, REMOTE
from analysis.insights.cost_rules import (
    Rate,
    Savings,
    Spend,
    Ways,
    dearest_first,
    grouped,
    rate_of,
    savings_of,
    tokens_of,
    total,
)
from analysis.models import (
    AnalysisResult,
    Budget,
    BudgetScope,
    CallState,
    ProviderCall,
    ProviderNode,
    Session,
    SessionState,
    Spending,
    Usage,
)
from analysis.routing import ledger
from analysis.routing.ledger import NOTHING, Price
from analysis.routing.nodes import pool_of
from analysis.routing.pipeline import BUDGET
from analysis.routing.remote import PASSING_REASONS
from analysis.routing.taxonomy import active_taxonomy

#: Days of a report when none are named, and the most that may be.
USUAL_DAYS, MOST_DAYS = 30, 366
#: Sessions of a report, the dearest first.
MOST_SESSIONS = 20
_BATCH = 20

Cell = tuple[date, str, str, uuid.UUID | None]
"""Day, engine that was asked, language model, node."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days in the product's time zone, ``until`` not included."""

    since: date
    until: date

    @staticmethod
    def last(days: int = USUAL_DAYS) -> Period:
        """So many days, today the last of them."""
        tomorrow = timezone.localdate() + timedelta(days=1)
        return Period(tomorrow - timedelta(days=days), tomorrow)

    @property
    def days(self) -> list[date]:
        """Each of them."""
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days)]

    @property
    def condition(self) -> Q:
        """Of rows with a ``day``."""
        return Q(day__gte=self.since, day__lt=self.until)


@dataclass(frozen=True, slots=True)
class BudgetState:
    """What a budget allows (None: no limit) and what is ``committed``: spent, or promised to calls in flight.

    Of the budget of each session there is no one sum.
    """

    scope: str
    key: str
    most: Decimal | None
    committed: Decimal | None

    @property
    def left(self) -> Decimal | None:
        """What may still be spent; None without a limit."""
        return None if self.most is None or self.committed is None else self.most - self.committed

    @property
    def used(self) -> float | None:
        """The share that is committed, 0 to 1, or more where a budget was lowered; None without a limit."""
        return None if not self.most or self.committed is None else float(self.committed / self.most)


@dataclass(frozen=True, slots=True)
class Costs:
    """A period. The parts of ``days`` (each of them), ``engines`` (with the model) and ``nodes`` (by name, None: gone)
    add up to ``spend``; ``sessions`` are the dearest by id, ``""`` stands for requests without one.
    """

    period: Period
    spend: Spend
    days: list[tuple[date, Spend]]
    engines: list[tuple[tuple[str, str], Spend]]
    nodes: list[tuple[str | None, Spend]]
    sessions: list[tuple[str, Spend]]
    ways: Ways
    savings: Savings


@dataclass(frozen=True, slots=True)
class SessionCosts:
    """A session over all its analyses. Of the comments whose labels now are a fallback's, ``provisional`` are asked
    about again by themselves; ``lasting`` are not, since the engine answered and could not label them.
    """

    ways: Ways
    spend: Spend
    savings: Savings
    provisional: int = 0
    lasting: int = 0


def costs(period: Period) -> Costs:
    """What a period cost, and spared; six queries."""
    cells = _cells(ProviderCall.objects.filter(period.condition))
    by_day = grouped((cell[0], spend) for cell, spend in cells)
    names = dict(ProviderNode.objects.values_list("pk", "name"))
    used = _ways(Usage.objects.filter(period.condition))
    spent = grouped((cell[1], spend) for cell, spend in cells)
    return Costs(
        period=period,
        spend=total(spent.values()),
        days=[(day, by_day.get(day, Spend())) for day in period.days],
        engines=dearest_first(grouped(((cell[1], cell[2]), spend) for cell, spend in cells)),
        nodes=dearest_first(grouped((names.get(cell[3]) if cell[3] else None, spend) for cell, spend in cells)),
        sessions=_dearest_sessions(period),
        ways=sum(used.values(), Ways()),
        savings=savings_of(used, spent, _rates([*used, *spent], spent)),
    )


def session_costs(session: Session) -> SessionCosts | None:
    """What a session cost and spared, in five queries at most; None when no engine of the network was asked for it."""
    used = _ways(Usage.objects.filter(session=session))
    spent = grouped((cell[1], spend) for cell, spend in _cells(ProviderCall.objects.filter(session=session)))
    if not used and not spent:
        return None
    known = spent
    if any(pool_engine(engine) not in spent for engine in used):  # all from the cache, say: what it costs these days
        recent = grouped(
            (cell[1], spend) for cell, spend in _cells(ProviderCall.objects.filter(Period.last().condition))
        )
        known = {**recent, **spent}
    stand_ins = AnalysisResult.objects.filter(session=session, is_current=True, is_fallback=True)
    passing = Q(fallback_reason__in=PASSING_REASONS)
    count = stand_ins.aggregate(provisional=Count("pk", filter=passing), lasting=Count("pk", filter=~passing))
    savings = savings_of(used, spent, _rates([*used, *spent], known))
    return SessionCosts(sum(used.values(), Ways()), total(spent.values()), savings, **count)


def budgets() -> list[BudgetState]:
    """The budgets of the day, the month and each session, with what is committed now; two queries."""
    most = dict(Budget.objects.values_list("scope", "most"))
    keys = {scope: ledger.period_key(scope) for scope in (BudgetScope.DAY, BudgetScope.MONTH)}
    rows = Spending.objects.filter(scope__in=keys, key__in=keys.values()).values_list("scope", "key", "committed")
    committed = {scope: amount for scope, key, amount in rows if keys[BudgetScope(scope)] == key}
    found = [
        BudgetState(str(scope), key, most.get(scope), committed.get(scope, NOTHING)) for scope, key in keys.items()
    ]
    return [*found, BudgetState(str(BudgetScope.SESSION), "", most.get(BudgetScope.SESSION), None)]


def paused_for_money() -> QuerySet[Session]:
    """Sessions that wait for a budget, the newest first."""
    return Session.objects.filter(state=SessionState.PAUSED, pause_reason__startswith=BUDGET).order_by("-created_at")


def recent_spend(engine: str, days: int) -> Spend:
    """What the pool behind an engine was asked in the last days; one query."""
    lines = ProviderCall.objects.filter(Period.last(days).condition, engine=pool_engine(engine))
    return total(spend for _cell, spend in _cells(lines))


def rate_for(engine: str, spend: Spend) -> Rate:
    """What asking an engine costs, by what was billed for it or by its price."""
    pool = pool_of(pool_engine(engine))
    price, batch = (pool.price, pool.batch_size) if pool else (Price(), _BATCH)
    return rate_of(spend, price, fixed_tokens=fixed_tokens(pool_engine(engine)), items_a_call=batch)


def fixed_tokens(engine: str) -> int:
    """About how many tokens each call says again; another instance of this product is told nothing but the texts."""
    if engine != LLM:
        return 0
    return tokens_of(len(fixed_part({theme.code: theme.name_en for theme in active_taxonomy().themes})))


def pool_engine(engine: str) -> str:
    """The engine whose pool is asked: ``auto`` asks the language model."""
    return REMOTE if engine == REMOTE else LLM if engine in (AUTO, LLM) else engine


def _cells(lines: QuerySet[ProviderCall]) -> list[tuple[Cell, Spend]]:
    """The finest sums of the ledger; one query."""
    billed = Q(state=CallState.SETTLED)
    took = ExpressionWrapper(F("settled_at") - F("created_at"), output_field=DurationField())
    rows: Any = (
        lines.order_by()
        .values("day", "engine", "model", "node_id")
        .annotate(
            calls=Count("pk"), texts=Sum("items"), sum_in=Sum("tokens_in"), sum_out=Sum("tokens_out"),
            sum_cost=Sum("cost"), troubles=Count("pk", filter=~Q(trouble="")),
            settled_calls=Count("pk", filter=billed), settled_items=Sum("items", filter=billed, default=0),
            settled_cost=Sum("cost", filter=billed, default=NOTHING),
            waited=Sum(took, filter=billed, default=timedelta()),
        )
        .order_by("day", "engine", "model", "node_id")
    )  # fmt: skip
    return [((row["day"], row["engine"], row["model"], row["node_id"]), _spend(row)) for row in rows]


def _spend(row: Mapping[str, Any]) -> Spend:
    return Spend(
        row["calls"], row["texts"], row["sum_in"], row["sum_out"], row["sum_cost"], row["troubles"],
        row["settled_calls"], row["settled_items"], row["settled_cost"], row["waited"],
    )  # fmt: skip


def _dearest_sessions(period: Period) -> list[tuple[str, Spend]]:
    """Deleted ones too: their lines stay."""
    rows = (
        ProviderCall.objects.filter(period.condition)
        .order_by()
        .values("session_key")
        .annotate(
            calls=Count("pk"), texts=Sum("items"), sum_in=Sum("tokens_in"), sum_out=Sum("tokens_out"),
            sum_cost=Sum("cost"), troubles=Count("pk", filter=~Q(trouble="")),
        )
        .order_by("-sum_cost", "-calls", "session_key")[:MOST_SESSIONS]
    )  # fmt: skip
    return [
        (
            row["session_key"],
            Spend(row["calls"], row["texts"], row["sum_in"], row["sum_out"], row["sum_cost"], row["troubles"]),
        )
        for row in rows
    ]


def _ways(rows: QuerySet[Usage]) -> dict[str, Ways]:
    """By engine as it was chosen; one query."""
    names = ("repeats", "trivial", "sure", "cached", "provided", "fallbacks")
    sums: Any = rows.order_by().values("engine").annotate(**{f"sum_{name}": Sum(name) for name in names})
    return {row["engine"]: Ways(*(row[f"sum_{name}"] for name in names)) for row in sums.order_by("engine")}


def _rates(engines: Iterable[str], spent: Mapping[str, Spend]) -> dict[str, Rate]:
    return {engine: rate_for(engine, spent.get(pool_engine(engine), Spend())) for engine in set(engines)}
