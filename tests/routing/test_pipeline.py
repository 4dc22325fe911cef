"""Whatever a provider does, every text ends with its own result or a reason, and good answers are never paid twice."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.engines.base import THEMES
from analysis.engines.llm.client import Client, Endpoint, ProviderError, Reply, Trouble
from analysis.routing.breaker import FAILURES, Breaker
from analysis.routing.pipeline import OPEN, Bounds, Gate, Outcome, Pipeline
from tests import apart
from tests.provider.answers import result_for
from tests.provider.faults import Faults
from tests.provider.server import KEY, Provider, serving

NAMES = {code: code for code in THEMES}
QUICK = (0.01, 0.02, 0.05)


def texts(count: int) -> dict[str, str]:
    return {f"c{number}": f"comentario número {number}" for number in range(count)}


def expected(wanted: Mapping[str, str]) -> dict[str, Any]:
    return {name: result_for(text, THEMES) for name, text in wanted.items()}


def gate(failures: int = 1_000) -> Gate:
    """Of a provider nobody has met before; it does not open by itself unless asked to."""
    return Gate(Breaker(uuid.uuid4().hex, failures=failures))


def run(
    address: str, wanted: Mapping[str, str], bounds: Bounds, *, timeout: float = 10.0, failures: int = 1_000
) -> Outcome:
    async def all_of_it() -> Outcome:
        client = Client(Endpoint(address, "m", KEY, timeout))
        try:
            return await Pipeline(client.ask, NAMES, bounds, gate(failures)).run(wanted)
        finally:
            await client.close()

    return apart.run(all_of_it())


def test_texts_go_in_full_batches_as_many_at_once_as_allowed() -> None:
    provider = Provider(latency=0.05)
    with serving(provider) as address:
        outcome = run(address, texts(210), Bounds(batch_size=20, at_once=4))
    assert outcome.results == expected(texts(210))
    assert (outcome.reasons, outcome.calls, outcome.invented) == ({}, 11, 0)
    assert sorted(provider.ledger.batches, reverse=True) == [20] * 10 + [10]
    assert provider.ledger.most_at_once == 4
    assert (outcome.tokens_in, outcome.tokens_out) == (provider.ledger.tokens_in, provider.ledger.tokens_out)


def test_nothing_to_label_asks_nobody() -> None:
    assert run("http://127.0.0.1:9/v1", {}, Bounds()) == Outcome()


@pytest.mark.parametrize("seed", range(3))
def test_a_mix_of_faults_swaps_nothing_and_loses_nothing(seed: int) -> None:
    faults = Faults(
        timeout=0.1, rate_limited=0.1, server_error=0.05, malformed=0.05, missing=0.02, extra=0.02, repeated=0.01
    )
    provider = Provider(latency=0.01, faults=faults, seed=seed, retry_after=0.3)
    wanted = texts(400)
    with serving(provider) as address:
        outcome = run(address, wanted, Bounds(batch_size=20, at_once=8, tries=8, back_off=QUICK), timeout=0.5)
    assert outcome.results == expected(wanted)
    assert outcome.reasons == {}
    assert provider.ledger.answered <= 1.5 * len(wanted) / 20 + 10


def test_nobody_calls_while_the_provider_wants_quiet() -> None:
    provider = Provider(faults=Faults(rate_limited=0.3), seed=4, retry_after=0.4)
    with serving(provider) as address:
        outcome = run(address, texts(120), Bounds(batch_size=10, at_once=1, tries=30, back_off=QUICK))
    assert outcome.results == expected(texts(120))
    assert provider.ledger.statuses[429] > 0
    assert provider.ledger.too_early == 0


def test_a_provider_that_stays_away_leaves_each_text_with_the_reason() -> None:
    provider = Provider()
    provider.is_away = True
    with serving(provider) as address:
        outcome = run(address, texts(30), Bounds(batch_size=10, at_once=2, tries=3, back_off=QUICK))
    assert outcome.results == {}
    assert outcome.reasons == dict.fromkeys(texts(30), "server")
    assert provider.ledger.calls == 9


class Picky:
    """Refuses a call for the sake of some texts, spoils it for others, and counts who was answered."""

    def __init__(self, refused: set[str], spoilt: set[str]) -> None:
        self.refused, self.spoilt = refused, spoilt
        self.answered: list[str] = []

    async def ask(self, asked: Mapping[str, str], themes: Mapping[str, str]) -> Reply:
        import json

        if self.refused & {*asked.values()}:
            raise ProviderError(Trouble.REFUSED)
        good = {own: text for own, text in asked.items() if text not in self.spoilt}
        self.answered += good.values()
        results = [{"id": own} | result_for(text, [*themes]) for own, text in reversed(good.items())]
        return Reply(json.dumps({"results": results}), 1, 1)


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
    pipeline = Pipeline(picky.ask, NAMES, Bounds(size, 4, tries=2, back_off=QUICK), gate())
    outcome = apart.run(pipeline.run(wanted))
    good = {name: text for name, text in wanted.items() if text not in bad[0] | bad[1]}
    assert outcome.results == expected(good)
    assert outcome.reasons == {
        name: "refused" if text in bad[0] else "missing" for name, text in wanted.items() if name not in good
    }
    assert sorted(picky.answered) == sorted(good.values())


def test_a_provider_known_to_be_ill_is_left_alone_by_all_who_come_after() -> None:
    provider = Provider()
    provider.is_away = True
    wanted = texts(400)
    with serving(provider) as address:
        outcome = run(address, wanted, Bounds(batch_size=10, at_once=4, back_off=QUICK), failures=FAILURES)
    assert outcome.results == {}
    assert outcome.reasons.keys() == wanted.keys()
    assert set(outcome.reasons.values()) <= {OPEN, "server"}
    assert provider.ledger.calls <= FAILURES + 3  # those on their way when it opened
