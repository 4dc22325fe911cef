"""What is no answer at all, such as the page of a proxy, is a trouble of the endpoint's like any other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analysis.engines.base import THEMES
from analysis.engines.llm.client import Client
from analysis.engines.provider import Endpoint, ProviderError, Reply
from tests import apart
from tests.provider.instance import Instance, instance_at
from tests.provider.server import KEY

NAMES = tuple((code, code) for code in THEMES)


def ask(address: str) -> Reply:
    async def call() -> Reply:
        client = Client(Endpoint(address, KEY, "m", 10.0))
        try:
            return await client.ask({"x1": "Muy lento"}, NAMES)
        finally:
            await client.close()

    return apart.run(call())


def choice(content: Any = '{"results": []}', reason: str = "stop") -> dict[str, Any]:
    return {"finish_reason": reason, "message": {"content": content, "role": "assistant"}}


ODD: list[Any] = [
    None, [], "sorry", 5, {}, {"choices": None}, {"choices": []}, {"choices": [None]}, {"choices": ["x"]},
    {"choices": [{}]}, {"choices": [{"finish_reason": "stop"}]}, {"choices": [{"message": None}]}, {"choices": 5},
    {"choices": {"0": choice()}}, {"choices": [choice(None)]}, {"choices": [choice(5)]}, {"choices": [choice([])]},
    {"choices": [choice("[" * 100_000)]}, {"choices": [choice("")]}, {"choices": [choice(reason="length")]},
    {"choices": [choice("null")]}, {"usage": "much", "choices": []}, {"usage": [], "choices": []},
]  # fmt: skip


@pytest.mark.parametrize("body", ODD, ids=lambda body: json.dumps(body)[:60])
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_a_body_without_an_answer_is_a_trouble(body: Any, kind: str) -> None:
    instance = Instance(bodies={"/chat/completions": json.dumps(body).encode()}, headers={"Content-Type": kind})
    with instance_at(instance) as address, pytest.raises(ProviderError):
        ask(address)


def test_the_page_of_a_proxy_is_a_trouble() -> None:
    page = Instance(bodies={"/chat/completions": b"<html>Log in</html>"}, headers={"Content-Type": "text/html"})
    with instance_at(page) as address, pytest.raises(ProviderError) as caught:
        ask(address)
    assert caught.value.trouble == "server"


@pytest.mark.parametrize(
    "usage",
    [
        None, {}, "much", {"prompt_tokens": None, "completion_tokens": None}, {"prompt_tokens": "7"},
        {"prompt_tokens": -5, "completion_tokens": 3.5}, {"prompt_tokens": True, "completion_tokens": 10**30},
    ],
    ids=str,
)  # fmt: skip
def test_a_bill_that_makes_no_sense_counts_as_none(usage: Any) -> None:
    body = json.dumps({"choices": [choice()], "usage": usage}).encode()
    with instance_at(Instance(bodies={"/chat/completions": body})) as address:
        reply = ask(address)
    assert (reply.tokens_in, reply.tokens_out) == (0, 0)
    assert reply.retry == {"x1": "missing"}
