"""The official client against a provider that speaks the real API: each trouble is told apart, and none is retried."""

from __future__ import annotations

import pytest

from analysis.engines.base import THEMES
from analysis.engines.llm.client import Client
from analysis.engines.provider import Endpoint, ProviderError, Reply, Trouble
from tests import apart
from tests.provider.answers import kept_for
from tests.provider.faults import Faults
from tests.provider.server import KEY, Provider, serving

NAMES = tuple((code, code) for code in THEMES)
TEXTS = {"x1": "Muy lento", "x2": "Iporã"}


def ask(address: str, *, key: str = KEY, timeout: float = 10.0, times: int = 1) -> Reply:
    """The last of some calls by one client."""

    async def calls() -> Reply:
        client = Client(Endpoint(address, key, "m", timeout))
        try:
            replies = [await client.ask(TEXTS, NAMES) for _ in range(times)]
        finally:
            await client.close()
        return replies[-1]

    return apart.run(calls())


@pytest.fixture
def provider() -> Provider:
    return Provider()


def test_an_answer_comes_with_the_tokens_it_was_billed_for(provider: Provider) -> None:
    with serving(provider) as address:
        reply = ask(address, times=2)
    assert reply.results == {name: kept_for(text, THEMES) for name, text in TEXTS.items()}
    assert (provider.ledger.calls, provider.ledger.batches) == (2, [2, 2])
    assert (2 * reply.tokens_in, 2 * reply.tokens_out) == (provider.ledger.tokens_in, provider.ledger.tokens_out)


@pytest.mark.parametrize(
    ("faults", "trouble", "wait"),
    [
        (Faults(rate_limited=1), Trouble.RATE_LIMITED, 1.0),
        (Faults(server_error=1), Trouble.SERVER, 0.0),
        (Faults(timeout=1), Trouble.TIMEOUT, 0.0),
        (Faults(malformed=1), Trouble.MALFORMED, 0.0),
    ],
    ids=str,
)
def test_trouble_is_told_apart_and_not_retried_here(faults: Faults, trouble: Trouble, wait: float) -> None:
    provider = Provider(faults=faults)
    with serving(provider) as address, pytest.raises(ProviderError) as caught:
        ask(address, timeout=1.0)
    assert (caught.value.trouble, caught.value.retry_after) == (trouble, wait)
    assert provider.ledger.calls == 1


def test_a_wrong_key_is_refused_and_not_told_to_anybody(provider: Provider) -> None:
    with serving(provider) as address, pytest.raises(ProviderError) as caught:
        ask(address, key="sk-secret-of-somebody")
    assert caught.value.trouble is Trouble.NO_ACCESS
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r} {Endpoint(address, 'sk-secret')!r}"


def test_nobody_at_the_address_is_unreachable() -> None:
    with pytest.raises(ProviderError) as caught:
        ask("http://127.0.0.1:9/v1")
    assert caught.value.trouble is Trouble.UNREACHABLE


def test_what_a_useless_answer_was_billed_for_is_told(provider: Provider) -> None:
    provider = Provider(faults=Faults(malformed=1))
    with serving(provider) as address, pytest.raises(ProviderError) as caught:
        ask(address)
    billed = (caught.value.tokens_in, caught.value.tokens_out)
    assert billed == (provider.ledger.tokens_in, provider.ledger.tokens_out) > (0, 0)


def test_no_call_is_billed_for_more_tokens_than_were_foreseen(provider: Provider) -> None:
    with serving(provider) as address:
        most = Client(Endpoint(address, KEY, "m")).most_tokens(TEXTS, NAMES)
        reply = ask(address)
    assert reply.tokens_in <= most[0]
    assert reply.tokens_out <= most[1]
