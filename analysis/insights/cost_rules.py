"""The arithmetic of costs, over plain data: what was spent, what it would have been without the ways that spare calls.

The baseline is a product that asks about every comment, in a call of its own, once for each kind of label (sentiment,
themes, emotions). What each way spared is told apart, so that nothing is counted twice:

- a comment that was not asked about at all is worth the mean cost of a text of its engine, as it is asked now;
- a text that shared its call with others is worth the tokens of the part that every call says again;
- all kinds of labels in one call are worth the same part, twice a text.

A mean that nothing was billed for yet is estimated from the price of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from analysis.routing.ledger import NOTHING, Price

#: Kinds of labels that the baseline asks for in calls of their own.
KINDS = 3
#: Roughly, in the languages of prompts and comments.
CHARACTERS_A_TOKEN = 4
#: A text with its id, and its result, in tokens: what an estimate goes by before anything was billed.
TOKENS_IN_EACH, TOKENS_OUT_EACH = 40, 110

#: Ways by which comments are not asked about, in the order of the way of a text.
SPARED = ("repeats", "trivial", "sure", "cached")
BATCHED, TOGETHER = "batched", "together"
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Spend:
    """Calls to providers. ``cost`` in US dollars, with what is promised for those in flight; ``troubles`` are calls
    that ended in one. The ``settled`` ones were billed; ``waited`` is how long their answers took, all together.
    """

    calls: int = 0
    items: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = NOTHING
    troubles: int = 0
    settled_calls: int = 0
    settled_items: int = 0
    settled_cost: Decimal = NOTHING
    waited: timedelta = timedelta()

    def __add__(self, more: Spend) -> Spend:
        return Spend(
            self.calls + more.calls, self.items + more.items, self.tokens_in + more.tokens_in,
            self.tokens_out + more.tokens_out, self.cost + more.cost, self.troubles + more.troubles,
            self.settled_calls + more.settled_calls, self.settled_items + more.settled_items,
            self.settled_cost + more.settled_cost, self.waited + more.waited,
        )  # fmt: skip

    @property
    def mean_cost(self) -> Decimal | None:
        """Of a text that was asked about; None before anything was billed."""
        return self.settled_cost / self.settled_items if self.settled_items else None

    @property
    def mean_seconds(self) -> float | None:
        """How long a call took."""
        return self.waited.total_seconds() / self.settled_calls if self.settled_calls else None

    @property
    def items_a_call(self) -> float | None:
        """Texts that shared a call."""
        return self.settled_items / self.settled_calls if self.settled_calls else None


@dataclass(frozen=True, slots=True)
class Ways:
    """Which way comments found their labels, as in ``Usage``: ``texts`` are all but the ``repeats``."""

    repeats: int = 0
    trivial: int = 0
    sure: int = 0
    cached: int = 0
    provided: int = 0
    fallbacks: int = 0

    def __add__(self, more: Ways) -> Ways:
        return Ways(
            self.repeats + more.repeats, self.trivial + more.trivial, self.sure + more.sure,
            self.cached + more.cached, self.provided + more.provided, self.fallbacks + more.fallbacks,
        )  # fmt: skip

    @property
    def texts(self) -> int:
        """Different texts."""
        return self.trivial + self.sure + self.cached + self.provided + self.fallbacks

    @property
    def comments(self) -> int:
        """Texts and the comments that repeat them."""
        return self.texts + self.repeats

    @property
    def asked(self) -> int:
        """Texts that a provider was asked about, answered or not."""
        return self.provided + self.fallbacks

    @property
    def hit_ratio(self) -> float | None:
        """Of the texts worth asking about, the share (0 to 1) that the cache answered; None while there were none."""
        worth = self.cached + self.asked
        return self.cached / worth if worth else None


@dataclass(frozen=True, slots=True)
class Rate:
    """What asking costs with one engine: a text, and the part that every call says again, in US dollars.

    ``is_measured`` is False where the cost of a text is an estimate from the price.
    """

    item: Decimal = NOTHING
    fixed_part: Decimal = NOTHING
    is_measured: bool = False


@dataclass(frozen=True, slots=True)
class Saving:
    """What one way spared: so many comments or texts took it, so many calls and US dollars less."""

    way: str
    items: int
    calls: int
    cost: Decimal
    is_measured: bool


@dataclass(frozen=True, slots=True)
class Savings:
    """Every way, whether it spared anything or not; ``spent`` is what was paid all the same."""

    spent: Spend
    ways: tuple[Saving, ...] = field(default=())

    @property
    def calls(self) -> int:
        """Calls that were not made."""
        return sum(saving.calls for saving in self.ways)

    @property
    def cost(self) -> Decimal:
        """US dollars that were not spent."""
        return sum((saving.cost for saving in self.ways), NOTHING)

    @property
    def baseline_calls(self) -> int:
        """Calls that all of it would have taken."""
        return self.spent.calls + self.calls

    @property
    def baseline_cost(self) -> Decimal:
        """What all of it would have cost."""
        return self.spent.cost + self.cost

    @property
    def share(self) -> float | None:
        """Of what all of it would have cost, the part (0 to 1) that was not spent; None where nothing costs."""
        return float(self.cost / self.baseline_cost) if self.baseline_cost else None


def tokens_of(characters: int) -> int:
    """About how many tokens a text of so many characters is."""
    return -(-characters // CHARACTERS_A_TOKEN)


def rate_of(spend: Spend, price: Price, *, fixed_tokens: int, items_a_call: int) -> Rate:
    """What asking costs: by what was billed, else by the price, with the shared part split among a full call."""
    fixed_part = price.of(fixed_tokens, 0)
    if spend.mean_cost is not None:
        return Rate(spend.mean_cost, fixed_part, is_measured=True)
    own = price.of(TOKENS_IN_EACH, TOKENS_OUT_EACH)
    return Rate(own + fixed_part / max(1, items_a_call), fixed_part)


def savings_of(used: Mapping[str, Ways], spent: Mapping[str, Spend], rates: Mapping[str, Rate]) -> Savings:
    """What was spared. ``used`` by engine as it was chosen, ``spent`` and ``rates`` by the pool that was asked;
    ``rates`` also has every engine of ``used``.
    """
    found = [_spared(way, used, rates) for way in SPARED]
    found.append(_shared(BATCHED, spent, rates, lambda spend: max(0, spend.settled_items - spend.settled_calls)))
    found.append(_shared(TOGETHER, spent, rates, lambda spend: spend.settled_items * (KINDS - 1)))
    return Savings(total(spent.values()), tuple(found))


def total(spends: Iterable[Spend]) -> Spend:
    """All of them together."""
    return sum(spends, Spend())


def grouped(cells: Iterable[tuple[K, Spend]]) -> dict[K, Spend]:
    """Sums by key, in the order in which keys come first."""
    found: dict[K, Spend] = {}
    for key, spend in cells:
        found[key] = found.get(key, Spend()) + spend
    return found


def dearest_first(spends: Mapping[K, Spend]) -> list[tuple[K, Spend]]:
    """By cost, then by calls, the greatest first."""
    return sorted(spends.items(), key=lambda one: (one[1].cost, one[1].calls), reverse=True)


def _spared(way: str, used: Mapping[str, Ways], rates: Mapping[str, Rate]) -> Saving:
    counts = {engine: getattr(ways, way) for engine, ways in used.items() if getattr(ways, way)}
    items = sum(counts.values())
    cost = sum((rates[engine].item * n for engine, n in counts.items()), NOTHING)
    return Saving(way, items, items * KINDS, cost, all(rates[engine].is_measured for engine in counts))


def _shared(
    way: str, spent: Mapping[str, Spend], rates: Mapping[str, Rate], calls_of: Callable[[Spend], int]
) -> Saving:
    calls = {engine: calls_of(spend) for engine, spend in spent.items()}
    cost = sum((rates[engine].fixed_part * n for engine, n in calls.items()), NOTHING)
    items = sum(spend.settled_items for spend in spent.values())
    return Saving(way, items, sum(calls.values()), cost, is_measured=False)
