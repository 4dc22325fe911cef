"""A month of work for a pool of two nodes: lines of the ledger, ways of the texts, budgets."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from analysis.models import Budget, ProviderCall, ProviderNode, Session, Spending, Team, Usage
from analysis.routing import ledger
from tests import factories
from tests.provider.nodes import MODEL, make_node, make_pool

_ITEM = Decimal("0.00092")
_NODES = {"first": 2, "second": 1}


def busy_month(team: Team, *, sessions: int = 5, name: str = "Encuesta") -> list[Session]:
    """Sessions of the team that a language model labelled over the last 30 days; returns them."""
    rng = random.Random(5)
    pool = make_pool(batch_size=20)
    nodes = [
        ProviderNode.objects.filter(name=each).first()
        or make_node("https://node.example/v1", name=each, pool=pool, weight=weight, checked_at=timezone.now(),
                     check_ms=82.0, cpu=0.3, memory=0.5)
        for each, weight in _NODES.items()
    ]  # fmt: skip
    made = []
    for number in range(sessions):
        session = factories.make_session(team, engine="auto", name=f"{name} {number + 1}")
        for _day in range(4):
            _work_of_a_day(session, nodes, rng, days_ago=rng.randrange(30) if number else 0)
        made.append(session)
    for scope, most in (("day", Decimal("0.2")), ("month", Decimal(20))):
        Budget.objects.get_or_create(scope=scope, defaults={"most": most})
        Spending.objects.update_or_create(
            scope=scope, key=ledger.period_key(scope), defaults={"committed": most * Decimal("0.85")}
        )
    return made


def _work_of_a_day(session: Session, nodes: list[ProviderNode], rng: random.Random, *, days_ago: int) -> None:
    day, calls = timezone.localdate() - timedelta(days=days_ago), rng.randrange(3, 9)
    now = timezone.now()
    ProviderCall.objects.bulk_create(
        ProviderCall(
            node=nodes[number % 3 % 2], engine="llm", model=MODEL, session=session, session_key=str(session.pk),
            items=20, tokens_in=2300, tokens_out=1700, reserved=1, cost=20 * _ITEM, day=day, state="settled",
            settled_at=now + timedelta(seconds=2), trouble="malformed" if rng.random() < 0.05 else "",
        )
        for number in range(calls)
    )  # fmt: skip
    usage, _new = Usage.objects.get_or_create(day=day, engine="auto", session=session, run=1)
    usage.provided += 20 * calls
    usage.sure, usage.trivial = usage.sure + 25 * calls, usage.trivial + 12 * calls
    usage.cached, usage.repeats = usage.cached + 6 * calls, usage.repeats + 15 * calls
    usage.texts = usage.provided + usage.sure + usage.trivial + usage.cached
    usage.save()
