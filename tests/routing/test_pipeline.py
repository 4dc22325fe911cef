"""Whatever a provider does, every text ends with its own result or a reason, and good answers are never paid twice."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.engines.base import THEMES
from analysis.engines.llm.answers import read_answers
from analysis.engines.llm.client import Client
from analysis.engines.provider import Endpoint, Health, Provider, ProviderError, Reply, Themes, Trouble
from analysis.models import Algorithm
from analysis.routing.balancer import Balancer
from analysis.routing.breaker import FAILURES, Breaker
from analysis.routing.cashier import Cashier
from analysis.routing.ledger import NOBODY, OverBudget, Payer, Planned, Price
from analysis.routing.limit import Limit
from analysis.routing.live import Gate, LiveNode, LiveNodes
from analysis.routing.nodes import Node
from analysis.routing.pipeline import BUDGET, OPEN, Bounds, Errand, Pipeline, Told
from tests import apart
from tests.provider.answers import kept_for, result_for
from tests.provider.faults import Faults
from tests.provider.server import KEY, serving
from tests.provider.server import Provider as FakeProvider

NAMES = tuple((code, code) for code in THEMES)
QUICK = (0.01, 0.02, 0.05)
PRICE = Price(Decimal(2), Decimal(8))


def texts(count: int) -> dict[str, str]:
    return {f"c{number}": f"comentario número {number}" for number in range(count)}


def expected(wanted: Mapping[str, str]) -> dict[str, Any]:
    return {name: kept_for(text, THEMES) for name, text in wanted.items()}


@dataclass
class Books:
    """A ledger in memory, with a cap."""

    cap: Decimal = Decimal("Infinity")
    lines: dict[uuid.UUID, Decimal] = field(default_factory=dict)
    most_committed: Decimal = Decimal(0)
    ends: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)

    @property
    def committed(self) -> Decimal:
        return sum(self.lines.values(), Decimal(0))

    async def reserve(self, call: Planned, payer: Payer) -> uuid.UUID:
        await asyncio.sleep(0)
        if self.committed + call.most > self.cap:
            raise OverBudget("day")
        self.lines[line := uuid.uuid4()] = call.most
        self.most_committed = max(self.most_committed, self.committed)
        return line

    async def settle(
        self, line: uuid.UUID, *, tokens_in: int, tokens_out: int, cost: Decimal, trouble: str = ""
    ) -> None:
        self.lines[line] = cost
        self.ends["settled"] += 1
        self.tokens.update({"in": tokens_in, "out": tokens_out})

    async def release(self, line: uuid.UUID, trouble: str) -> None:
        self.lines[line] = Decimal(0)
        self.ends[trouble] += 1

    async def assume(self, line: uuid.UUID, trouble: str) -> None:
        self.ends[f"assumed {trouble}"] += 1


@dataclass
class Outcome:
    results: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    async def tell(self, answers: Mapping[str, Told]) -> None:
        for name, one in answers.items():
            assert name not in self.results
            assert name not in self.reasons
            if one.result is None:
                self.reasons[name] = one.reason
            else:
                self.results[name] = one.result


def node(name: str, address: str = "", *, at_once: int = 4, weight: int = 1, timeout: float = 10.0) -> Node:
    endpoint = Endpoint(address, KEY, "m", timeout)
    return Node(uuid.uuid4(), name, "llm", endpoint, weight, at_once, None, False, True, "", 0.0, 0.0)


def gate(failures: int = 1_000) -> Gate:
    """Of a provider nobody has met before; it does not open by itself unless asked to."""
    return Gate(Breaker(uuid.uuid4().hex, failures=failures))


async def through(
    nodes: Sequence[tuple[Node, Provider]], wanted: Mapping[str, str], *, size: int = 20, tries: int = 5,
    failures: int = 1_000, algorithm: str = Algorithm.WEIGHTED_ROUND_ROBIN, books: Books | None = None,
    may_leave: bool = True,
) -> Outcome:  # fmt: skip
    """All texts in batches at once through the nodes."""
    outcome = Outcome()
    live_nodes = LiveNodes(Balancer(algorithm))
    live_nodes.known = {own.name: LiveNode(own, provider, gate(failures)) for own, provider in nodes}
    pipeline = Pipeline(
        nodes=live_nodes, cashier=Cashier(books or Books(), PRICE), bounds=Bounds(tries, QUICK),
        took=lambda _seconds: None, limit=Limit(20),
    )  # fmt: skip
    names, errand = list(wanted), Errand(NOBODY, NAMES, may_leave=may_leave)
    parts = [{name: wanted[name] for name in names[at : at + size]} for at in range(0, len(names), size)]
    await asyncio.gather(*(pipeline.run(errand, part, outcome.tell) for part in parts))
    assert outcome.results.keys() | outcome.reasons.keys() == wanted.keys()
    for live in live_nodes.known.values():
        assert live.in_flight == 0
        await live.provider.close()
    return outcome


def run(address: str, wanted: Mapping[str, str], *, at_once: int = 4, timeout: float = 10.0, **how: Any) -> Outcome:
    async def all_of_it() -> Outcome:
        own = node("only", address, at_once=at_once, timeout=timeout)
        return await through([(own, Client(own.endpoint))], wanted, **how)

    return apart.run(all_of_it())


def test_texts_go_in_full_batches_as_many_at_once_as_allowed() -> None:
    provider = FakeProvider(latency=0.05)
    with serving(provider) as address:
        books = Books()
        outcome = run(address, texts(210), books=books)
    assert outcome.results == expected(texts(210))
    assert outcome.reasons == {}
    assert sorted(provider.ledger.batches, reverse=True) == [20] * 10 + [10]
    assert provider.ledger.most_at_once == 4
    assert books.ends == {"settled": 11}
    assert books.tokens == {"in": provider.ledger.tokens_in, "out": provider.ledger.tokens_out}
    assert books.committed == sum(books.lines.values()) < books.most_committed


def test_nothing_to_label_asks_nobody() -> None:
    assert run("http://127.0.0.1:9/v1", {}) == Outcome()


@pytest.mark.parametrize("seed", range(3))
def test_a_mix_of_faults_swaps_nothing_and_loses_nothing(seed: int) -> None:
    faults = Faults(
        timeout=0.1, rate_limited=0.1, server_error=0.05, malformed=0.05, missing=0.02, extra=0.02, repeated=0.01
    )
    provider = FakeProvider(latency=0.01, faults=faults, seed=seed, retry_after=0.3)
    wanted = texts(400)
    with serving(provider) as address:
        outcome = run(address, wanted, at_once=8, tries=40, timeout=1.0)
    assert outcome.results == expected(wanted)
    assert outcome.reasons == {}
    assert provider.ledger.answered <= 1.5 * len(wanted) / 20 + 10


def test_nobody_calls_while_the_provider_wants_quiet() -> None:
    provider = FakeProvider(faults=Faults(rate_limited=0.3), seed=4, retry_after=0.4)
    with serving(provider) as address:
        outcome = run(address, texts(120), size=10, at_once=1, tries=30)
    assert outcome.results == expected(texts(120))
    assert provider.ledger.statuses[429] > 0
    assert provider.ledger.too_early == 0


def test_a_provider_that_stays_away_leaves_each_text_with_the_reason() -> None:
    provider = FakeProvider()
    provider.is_away = True
    with serving(provider) as address:
        outcome = run(address, texts(30), size=10, at_once=2, tries=3)
    assert outcome.results == {}
    assert outcome.reasons == dict.fromkeys(texts(30), "server")
    assert provider.ledger.calls == 9


class Picky:
    """Refuses a call for the sake of some texts, leaves others out, and counts who was answered."""

    most_texts = 50

    def __init__(self, refused: set[str] = frozenset(), spoilt: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        self.refused, self.spoilt = refused, spoilt
        self.answered: list[str] = []
        self.calls = 0
        self.tokens = (1, 1)
        self.trouble: Trouble | None = None

    async def ask(self, texts: Mapping[str, str], themes: Themes) -> Reply:
        self.calls += 1
        await asyncio.sleep(0.001)
        if self.trouble or self.refused & {*texts.values()}:
            raise ProviderError(self.trouble or Trouble.REFUSED)
        good = {own: text for own, text in texts.items() if text not in self.spoilt}
        self.answered += good.values()
        results = [{"id": own} | result_for(text, THEMES) for own, text in reversed(good.items())]
        answers = read_answers(json.dumps({"results": results}), texts, THEMES)
        return Reply(answers.results, answers.retry, answers.invented, *self.tokens)

    def most_tokens(self, texts: Mapping[str, str], themes: Themes) -> tuple[int, int]:
        return 100, 100

    async def check(self) -> Health:
        return Health()

    async def close(self) -> None:
        pass


class Quiet(Picky):
    """Wants no call for a while after its first, and counts those that come all the same."""

    told = early = 0.0

    async def ask(self, texts: Mapping[str, str], themes: Themes) -> Reply:
        self.early += time.monotonic() < self.told + 0.5
        is_first, self.calls = not self.calls, self.calls + 1
        await asyncio.sleep(0.01)
        if is_first:
            self.told = time.monotonic()
            raise ProviderError(Trouble.RATE_LIMITED, retry_after=0.5)
        return await super().ask(texts, themes)


class SlowBooks(Books):
    async def release(self, line: uuid.UUID, trouble: str) -> None:
        await asyncio.sleep(0.2)
        await super().release(line, trouble)


def test_nobody_calls_while_it_is_being_written_that_the_provider_wants_quiet() -> None:
    quiet = Quiet()
    own = dataclasses.replace(node("quiet"), at_once=2)
    outcome = apart.run(through([(own, quiet)], texts(40), size=10, books=SlowBooks()))
    assert outcome.results == expected(texts(40))
    assert quiet.early == 0


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 60),
    size=st.integers(1, 50),
    refused=st.sets(st.integers(0, 59), max_size=4),
    spoilt=st.sets(st.integers(0, 59), max_size=4),
)
def test_a_text_that_no_model_answers_stands_alone_in_the_end(
    count: int, size: int, refused: set[int], spoilt: set[int]
) -> None:
    wanted = texts(count)
    bad = [{f"comentario número {number}" for number in numbers} for numbers in (refused, spoilt - refused)]
    picky = Picky(*bad)
    outcome = apart.run(through([(node("picky"), picky)], wanted, size=size, tries=2))
    good = {name: text for name, text in wanted.items() if text not in bad[0] | bad[1]}
    assert outcome.results == expected(good)
    assert outcome.reasons == {
        name: "refused" if text in bad[0] else "missing" for name, text in wanted.items() if name not in good
    }
    assert sorted(picky.answered) == sorted(good.values())


def test_a_text_left_out_once_is_asked_again_however_often_nobody_answered_before() -> None:
    class Weary(Picky):
        async def ask(self, texts: Mapping[str, str], themes: Themes) -> Reply:
            self.trouble = Trouble.SERVER if self.calls < 4 else None
            self.spoilt = {"comentario número 7"} if self.calls == 4 else set()
            return await super().ask(texts, themes)

    weary = Weary()
    outcome = apart.run(through([(node("weary"), weary)], texts(20)))
    assert outcome.results == expected(texts(20))
    assert weary.calls == 6


def test_a_provider_known_to_be_ill_is_left_alone_by_all_who_come_after() -> None:
    provider = FakeProvider()
    provider.is_away = True
    wanted = texts(400)
    with serving(provider) as address:
        outcome = run(address, wanted, size=10, failures=FAILURES)
    assert outcome.results == {}
    assert outcome.reasons.keys() == wanted.keys()
    assert set(outcome.reasons.values()) <= {OPEN, "server"}
    assert provider.ledger.calls <= FAILURES + 3  # those on their way when it opened


def test_no_call_is_made_that_the_budget_does_not_cover() -> None:
    picky, books = Picky(), Books(cap=PRICE.of(60, 60) * 12)
    picky.tokens = (60, 60)
    wanted = texts(400)
    outcome = apart.run(through([(node("picky"), picky)], wanted, size=10, books=books))
    assert books.most_committed <= books.cap
    assert set(outcome.reasons.values()) == {BUDGET + "day"}
    assert outcome.results.keys() == {name for name, text in wanted.items() if text in picky.answered}
    assert picky.calls == 11  # one more may cost 100 tokens, and only 60 are left


@pytest.mark.parametrize("weights", [(1, 1, 1), (5, 3, 2), (8, 1, 1)], ids=str)
def test_nodes_are_called_by_their_weight(weights: tuple[int, ...]) -> None:
    nodes = [(node(f"n{place}", weight=weight), Picky()) for place, weight in enumerate(weights)]
    outcome = apart.run(through(nodes, texts(2_000), size=5))
    assert outcome.results == expected(texts(2_000))
    for (_own, picky), weight in zip(nodes, weights, strict=True):
        assert abs(picky.calls / 400 - weight / sum(weights)) < 0.05


def test_what_one_node_does_not_answer_another_does() -> None:
    ill, well = Picky(), Picky()
    ill.trouble = Trouble.UNREACHABLE
    outcome = apart.run(through([(node("ill"), ill), (node("well"), well)], texts(400), size=10, failures=FAILURES))
    assert outcome.results == expected(texts(400))
    assert ill.calls <= FAILURES + 8


@pytest.mark.parametrize("trouble", [Trouble.NO_ACCESS, Trouble.OTHER_VERSION], ids=str)
def test_who_may_not_ask_does_not_ask_text_by_text(trouble: Trouble) -> None:
    shut = Picky()
    shut.trouble = trouble
    outcome = apart.run(through([(node("shut"), shut)], texts(200), failures=FAILURES))
    assert set(outcome.reasons.values()) <= {OPEN, trouble.value}
    assert shut.calls <= FAILURES + 4


def test_a_draining_node_gets_nothing_new() -> None:
    drained, other = Picky(), Picky()
    own = dataclasses.replace(node("drained"), is_draining=True)
    apart.run(through([(own, drained), (node("other"), other)], texts(100)))
    assert (drained.calls, other.calls) == (0, 5)


def test_a_node_found_ill_is_not_called() -> None:
    found_ill = Picky()
    own = dataclasses.replace(node("found ill"), trouble="unreachable")
    outcome = apart.run(through([(own, found_ill)], texts(30)))
    assert outcome.reasons == dict.fromkeys(texts(30), OPEN)
    assert found_ill.calls == 0


def test_texts_that_may_not_leave_the_country_stay_in_it() -> None:
    abroad, here = Picky(), Picky()
    own = dataclasses.replace(node("here"), is_abroad=False)
    nodes = [(node("abroad"), abroad), (own, here)]
    outcome = apart.run(through(nodes, texts(100), may_leave=False))
    assert outcome.results == expected(texts(100))
    assert (abroad.calls, here.calls) == (0, 5)
    outcome = apart.run(through([(node("abroad"), abroad)], texts(100), may_leave=False))
    assert outcome.reasons == dict.fromkeys(texts(100), OPEN)
    assert abroad.calls == 0
