"""Pools and nodes for tests, that lead to providers which run in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import redis
from django.conf import settings

from analysis.models import LanguageModel, NodePool, ProviderNode, RemoteEngine
from analysis.routing import answers, lines, nodes
from tests.provider.server import KEY, Provider, serving

KEY_VARIABLE = "PROVIDER_KEY_TESTS"
MODEL = "model-of-the-tests"
PRICE_IN, PRICE_OUT = Decimal(2), Decimal(8)


def make_pool(**fields: Any) -> NodePool:
    """The pool of the language model, with a price."""
    model, _new = LanguageModel.objects.get_or_create(
        name=MODEL, defaults={"price_in": PRICE_IN, "price_out": PRICE_OUT}
    )
    values = {"model": model, "is_adaptive": False} | fields
    pool, _new = NodePool.objects.update_or_create(engine=RemoteEngine.LLM, defaults=values)
    nodes.look_again()
    return pool


def make_node(address: str, name: str = "first", **fields: Any) -> ProviderNode:
    """A node of that pool."""
    pool = fields.pop("pool", None) or make_pool()
    values = {"pool": pool, "base_url": address, "key_variable": KEY_VARIABLE, "timeout_seconds": 5.0} | fields
    node = ProviderNode.objects.create(name=name, **values)
    nodes.look_again()
    return node


def make_remote_pool(**fields: Any) -> NodePool:
    """The pool of other instances; it has no version before somebody has looked at its nodes."""
    pool, _new = NodePool.objects.update_or_create(engine=RemoteEngine.REMOTE, defaults={"is_adaptive": False} | fields)
    nodes.look_again()
    return pool


@contextmanager
def provided(provider: Provider, **fields: Any) -> Iterator[Provider]:
    """The provider behind the one node of the pool."""
    with serving(provider) as address:
        make_node(address, **fields)
        yield provider


@pytest.fixture
def _key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The nodes' key is in the environment, and no answer is known from before."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    forget_answers()
    nodes.look_again()
    yield
    lines.end()
    nodes.look_again()


def forget_answers() -> None:
    """No answer is kept, and nobody is asking; what else is in that Redis stays."""
    answers.forget()
    with redis.Redis.from_url(settings.REDIS_CACHE_URL) as client:
        for key in client.scan_iter("flight:*"):
            client.delete(key)
