"""What the API tells of costs; amounts are strings, so that nothing is rounded on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from analysis.insights.answers import Answers, Hits
from analysis.insights.cost_rules import Savings, Spend, Ways
from analysis.insights.costs import BudgetState, Costs, SessionCosts
from analysis.insights.nodes import Condition, NodeState
from analysis.models import BudgetScope
from analysis.routing.breaker import State

CURRENCY = "USD"
_STEP = Decimal("0.00000001")


class MoneyShape(serializers.Serializer[Any]):
    """An amount, such as "0.01250000"."""

    amount = serializers.CharField()
    currency = serializers.ChoiceField(choices=[CURRENCY])


class SpendShape(serializers.Serializer[Any]):
    """Calls to providers. `cost` counts what is promised for those in flight; `troubles` are calls with one."""

    calls = serializers.IntegerField()
    texts = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    troubles = serializers.IntegerField()
    cost = MoneyShape()


class DaySpendShape(SpendShape):
    """A day, in the product's time zone."""

    day = serializers.DateField()


class EngineSpendShape(SpendShape):
    """An engine of the network, with the language model that it asked."""

    engine = serializers.CharField()
    model = serializers.CharField()


class NodeSpendShape(SpendShape):
    """A node; null for calls to nodes that were deleted since."""

    node = serializers.CharField(allow_null=True)


class SessionSpendShape(SpendShape):
    """A session, also one that was deleted since; null for requests without one."""

    session = serializers.UUIDField(allow_null=True)


class BudgetShape(serializers.Serializer[Any]):
    """`most` is null where there is no limit. Of the budget of each session there is no one sum."""

    scope = serializers.ChoiceField(choices=BudgetScope.values)
    most = MoneyShape(allow_null=True)
    committed = MoneyShape(allow_null=True)
    left = MoneyShape(allow_null=True)


class WaysShape(serializers.Serializer[Any]):
    """Which way texts found their labels; all but `repeats` add up to `texts`."""

    texts = serializers.IntegerField()
    repeats = serializers.IntegerField(help_text="Comments with a text that was asked about already.")
    trivial = serializers.IntegerField(help_text="Not worth asking: they say nothing.")
    sure = serializers.IntegerField(help_text="The embedded engine was sure.")
    cached = serializers.IntegerField()
    provided = serializers.IntegerField()
    fallbacks = serializers.IntegerField()
    hit_ratio = serializers.FloatField(
        allow_null=True, help_text="Of the texts worth asking about, the share that the cache answered, 0 to 1."
    )


class SavingShape(serializers.Serializer[Any]):
    """What one way spared."""

    way = serializers.ChoiceField(choices=["repeats", "trivial", "sure", "cached", "batched", "together"])
    texts = serializers.IntegerField()
    calls = serializers.IntegerField()
    cost = MoneyShape()
    is_measured = serializers.BooleanField(help_text="By what was billed; else estimated from the price.")


class SavingsShape(serializers.Serializer[Any]):
    """Against one call for each comment and each kind of label (sentiment, themes, emotions)."""

    calls = serializers.IntegerField()
    cost = MoneyShape()
    baseline_calls = serializers.IntegerField()
    baseline_cost = MoneyShape()
    share = serializers.FloatField(allow_null=True, help_text="Of the baseline's cost, 0 to 1.")
    ways = SavingShape(many=True)


class CostsShape(serializers.Serializer[Any]):
    """A period; days, engines and nodes each add up to `total`, sessions are the twenty that cost most."""

    day__gte = serializers.DateField()
    day__lt = serializers.DateField()
    total = SpendShape()
    by_day = DaySpendShape(many=True)
    by_engine = EngineSpendShape(many=True)
    by_node = NodeSpendShape(many=True)
    by_session = SessionSpendShape(many=True)
    budgets = BudgetShape(many=True, help_text="As they are now, whatever the period.")
    ways = WaysShape()
    savings = SavingsShape()


class SessionCostsShape(serializers.Serializer[Any]):
    """A session over all its analyses. `provisional` labels stand in for an engine's, which is asked again by itself;
    `lasting` ones for those of an engine that answered and could not label the text."""

    session = serializers.UUIDField()
    spend = SpendShape()
    ways = WaysShape()
    savings = SavingsShape()
    provisional = serializers.IntegerField()
    lasting = serializers.IntegerField()


class NodeShape(serializers.Serializer[Any]):
    """An endpoint and how it fares now."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    engine = serializers.CharField(help_text="The pool it is in.")
    condition = serializers.ChoiceField(choices=[code.value for code in Condition])
    trouble = serializers.CharField(help_text="What the last look found; empty when it was answered.")
    breaker = serializers.ChoiceField(choices=[code.value for code in State])
    wait_seconds = serializers.FloatField(help_text="How long the breaker stays like this, at least.")
    is_enabled = serializers.BooleanField()
    is_draining = serializers.BooleanField()
    is_abroad = serializers.BooleanField()
    weight = serializers.IntegerField()
    effective_weight = serializers.FloatField(help_text="weight x (1 - cpu) x (1 - memory) x success; 0: no calls.")
    checked_at = serializers.DateTimeField(allow_null=True)
    check_ms = serializers.FloatField(allow_null=True)
    cpu = serializers.FloatField(allow_null=True)
    memory = serializers.FloatField(allow_null=True)
    calls_last_hour = serializers.IntegerField()
    failed_last_hour = serializers.IntegerField()
    share_last_hour = serializers.FloatField(allow_null=True, help_text="Of its pool's calls, 0 to 1.")


class NodesShape(serializers.Serializer[Any]):
    """All nodes, by pool and name."""

    nodes = NodeShape(many=True)


class HitsShape(serializers.Serializer[Any]):
    """Texts that were looked up."""

    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    ratio = serializers.FloatField(allow_null=True)
    saved = MoneyShape(help_text="What the found answers had cost.")


class CacheShape(serializers.Serializer[Any]):
    """The cache of answers of engines of the network."""

    is_live = serializers.BooleanField(help_text="Whether Redis answers.")
    entries = serializers.IntegerField(allow_null=True)
    bytes = serializers.IntegerField(allow_null=True)
    is_estimate = serializers.BooleanField(help_text="There are more entries than were looked at.")
    by_version = serializers.DictField(child=serializers.IntegerField())
    kept_days = serializers.IntegerField()
    last_hour = HitsShape()
    ever = HitsShape(help_text="Since Redis was last emptied.")


class ForgottenShape(serializers.Serializer[Any]):
    """What was done."""

    forgotten = serializers.IntegerField()


def costs_shape(told: Costs, budgets: list[BudgetState]) -> dict[str, Any]:
    """``CostsShape``."""
    return {
        "day__gte": told.period.since,
        "day__lt": told.period.until,
        "total": spend_shape(told.spend),
        "by_day": [{"day": day, **spend_shape(spend)} for day, spend in told.days],
        "by_engine": [{"engine": engine, "model": model, **spend_shape(one)} for (engine, model), one in told.engines],
        "by_node": [{"node": node, **spend_shape(spend)} for node, spend in told.nodes],
        "by_session": [{"session": session or None, **spend_shape(spend)} for session, spend in told.sessions],
        "budgets": [budget_shape(budget) for budget in budgets],
        "ways": ways_shape(told.ways),
        "savings": savings_shape(told.savings),
    }


def session_costs_shape(session_id: Any, told: SessionCosts) -> dict[str, Any]:
    """``SessionCostsShape``."""
    return {
        "session": session_id,
        "spend": spend_shape(told.spend),
        "ways": ways_shape(told.ways),
        "savings": savings_shape(told.savings),
        "provisional": told.provisional,
        "lasting": told.lasting,
    }


def money_shape(amount: Decimal) -> dict[str, str]:
    """``MoneyShape``, to the hundred-millionth that the ledger keeps."""
    return {"amount": f"{amount.quantize(_STEP):f}", "currency": CURRENCY}


def spend_shape(spend: Spend) -> dict[str, Any]:
    """``SpendShape``."""
    return {
        "calls": spend.calls,
        "texts": spend.items,
        "tokens_in": spend.tokens_in,
        "tokens_out": spend.tokens_out,
        "troubles": spend.troubles,
        "cost": money_shape(spend.cost),
    }


def budget_shape(budget: BudgetState) -> dict[str, Any]:
    """``BudgetShape``."""
    amounts = {"most": budget.most, "committed": budget.committed, "left": budget.left}
    return {"scope": budget.scope, **{name: _perhaps(amount) for name, amount in amounts.items()}}


def ways_shape(ways: Ways) -> dict[str, Any]:
    """``WaysShape``."""
    names = ("texts", "repeats", "trivial", "sure", "cached", "provided", "fallbacks", "hit_ratio")
    return {name: getattr(ways, name) for name in names}


def savings_shape(savings: Savings) -> dict[str, Any]:
    """``SavingsShape``."""
    return {
        "calls": savings.calls,
        "cost": money_shape(savings.cost),
        "baseline_calls": savings.baseline_calls,
        "baseline_cost": money_shape(savings.baseline_cost),
        "share": savings.share,
        "ways": [
            {"way": one.way, "texts": one.items, "calls": one.calls, "cost": money_shape(one.cost),
             "is_measured": one.is_measured}
            for one in savings.ways
        ],
    }  # fmt: skip


def node_shape(node: NodeState) -> dict[str, Any]:
    """``NodeShape``."""
    names = ("id", "name", "engine", "condition", "trouble", "breaker", "is_enabled", "is_draining", "is_abroad",
             "weight", "effective_weight", "checked_at", "check_ms", "cpu", "memory")  # fmt: skip
    return {
        **{name: getattr(node, name) for name in names},
        "wait_seconds": node.wait,
        "calls_last_hour": node.work.calls,
        "failed_last_hour": node.work.failed,
        "share_last_hour": node.share,
    }


def cache_shape(told: Answers, *, kept_days: int) -> dict[str, Any]:
    """``CacheShape``."""
    held = told.stock
    return {
        "is_live": told.is_live,
        "entries": held.entries if held else None,
        "bytes": held.bytes if held else None,
        "is_estimate": bool(held and held.is_estimate),
        "by_version": dict(held.by_label) if held else {},
        "kept_days": kept_days,
        "last_hour": _hits(told.last_hour),
        "ever": _hits(told.ever),
    }


def _hits(hits: Hits) -> dict[str, Any]:
    return {"hits": hits.hits, "misses": hits.misses, "ratio": hits.ratio, "saved": money_shape(hits.saved)}


def _perhaps(amount: Decimal | None) -> dict[str, str] | None:
    return None if amount is None else money_shape(amount)
