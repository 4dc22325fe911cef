"""What a session will ask of an engine of the network and what that will cost, said before it begins.

By what the same engine did lately where there is enough of it, else by shares that are written here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from enum import StrEnum

from django.db.models import Sum

from analysis.engines.registry import AUTO, LLM, REMOTE
from analysis.insights.cost_rules import Rate
from analysis.insights.costs import Period, rate_for, recent_spend
from analysis.models import Usage
from analysis.routing import ledger
from analysis.routing.ledger import NOTHING, Payer
from analysis.routing.remote import is_remote, usable_pool

#: Texts of an engine that make its past worth more than the shares below, and how far back it is looked at.
ENOUGH_TEXTS, PAST_DAYS = 200, 90
#: A session with fewer texts says nothing of how much sessions differ.
_TELLING_TEXTS = 20
#: However alike past sessions were, the next one may differ by this much.
_DOUBT = 0.15
_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Shares:
    """The share of different texts, 0 to 1, that a provider is asked about: at least, as a rule, at most."""

    low: float
    expected: float
    high: float


#: Of comments that customers write about the internet at home, a fourth to a half say nothing ("no", "todo bien"); of
#: the rest the embedded engine is sure of about half.
USUAL: Mapping[str, Shares] = {
    LLM: Shares(0.5, 0.75, 1.0),
    REMOTE: Shares(0.5, 0.75, 1.0),
    AUTO: Shares(0.15, 0.4, 0.75),
}


class Cover(StrEnum):
    """Whether the budgets pay for all of it: also at the most, as a rule, or not."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Range:
    """At least, as a rule, at most."""

    low: Decimal
    expected: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """Texts that a provider will be asked about, in so many calls, for so many US dollars.

    ``left`` is what the budgets still allow, by scope; ``scope`` names the tightest one where ``cover`` is not yes.
    ``from_past`` is False where the shares are those written here, ``is_measured`` where the cost of a text is an
    estimate from the price.
    """

    texts: int
    items: Range
    calls: Range
    cost: Range
    cover: Cover
    scope: str
    left: Mapping[str, Decimal]
    from_past: bool
    is_measured: bool


def forecast(texts: int, engine: str, *, cost_limit: Decimal | None = None) -> Forecast:
    """What so many different texts will take; raises ``Unusable`` where there is nobody to ask. Four queries.

    ``cost_limit`` is the session's own, in US dollars; without one the budget of each session counts.
    """
    left = ledger.left(Payer(limit=cost_limit))
    if not is_remote(engine):
        none = Range(NOTHING, NOTHING, NOTHING)
        return Forecast(texts, none, none, none, Cover.YES, "", left, from_past=False, is_measured=True)
    pool = usable_pool(engine)
    past = shares_of(_past(engine))
    spend = recent_spend(engine, PAST_DAYS)
    return expected(
        texts, past or USUAL[engine], rate_for(engine, spend), spend.items_a_call or pool.batch_size, left,
        from_past=past is not None,
    )  # fmt: skip


def expected(
    texts: int, shares: Shares, rate: Rate, items_a_call: float, left: Mapping[str, Decimal], *, from_past: bool
) -> Forecast:
    """The arithmetic of it."""
    asked = [min(texts, math.ceil(texts * share)) for share in (shares.low, shares.expected, shares.high)]
    calls = [math.ceil(items / max(1.0, items_a_call)) for items in asked]
    cost = [(rate.item * items).quantize(_STEP, rounding=ROUND_UP) for items in asked]
    cover, scope = covered(cost[1], cost[2], left)
    return Forecast(
        texts, _range(asked), _range(calls), _range(cost), cover, scope, left, from_past, rate.is_measured,
    )  # fmt: skip


def shares_of(sessions: Sequence[tuple[int, int, int]]) -> Shares | None:
    """From past sessions, each its texts, those that were asked about and those that the cache answered; None when that
    is too little to go by. New texts may be in no cache: what it answered counts as asked, but for the least.
    """
    texts, asked, cached = (sum(counts) for counts in zip(*sessions, strict=True)) if sessions else (0, 0, 0)
    if texts < ENOUGH_TEXTS:
        return None
    usual = (asked + cached) / texts
    own = [(some + known) / all_ for all_, some, known in sessions if all_ >= _TELLING_TEXTS]
    low = min([*own, usual * (1 - _DOUBT), asked / texts])
    return Shares(low, usual, min(1.0, max([*own, usual * (1 + _DOUBT)])))


def covered(usual: Decimal, most: Decimal, left: Mapping[str, Decimal]) -> tuple[Cover, str]:
    """Whether the tightest budget pays, and which one that is."""
    if not left:
        return Cover.YES, ""
    scope = min(left, key=lambda one: left[one])
    if left[scope] >= most:
        return Cover.YES, ""
    return (Cover.PERHAPS if left[scope] >= usual else Cover.NO), scope


def _past(engine: str) -> list[tuple[int, int, int]]:
    """Texts, asked ones and cached ones of each session of the engine; requests count as one."""
    rows = (
        Usage.objects.filter(Period.last(PAST_DAYS).condition, engine=engine)
        .order_by()
        .values("session_id")
        .annotate(all=Sum("texts"), asked=Sum("provided") + Sum("fallbacks"), known=Sum("cached"))
        .values_list("all", "asked", "known")
    )
    return [row for row in rows if row[0]]


def _range(values: Iterable[int | Decimal]) -> Range:
    return Range(*(Decimal(value) for value in values))
