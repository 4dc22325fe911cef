"""What a look at the nodes finds is in their rows, whatever state they are in, and nobody's comments are at stake."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from analysis.models import NodePool, ProviderNode
from analysis.routing import nodes, watch
from analysis.routing.nodes import pool_of
from analysis.routing.watch import Watch
from tests.provider.instance import VERSION, Instance, instance_at
from tests.provider.nodes import KEY_VARIABLE, _key, make_node, make_remote_pool  # noqa: F401 - a fixture
from tests.provider.server import KEY, Provider, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_key")]
NOWHERE = "http://127.0.0.1:9/v1"


def look() -> int:
    """Looked from a thread without an event loop; the browser of page tests leaves one in the main thread."""

    def looked() -> int:
        try:
            return watch.look_at_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(looked).result()
    nodes.look_again()
    return answered


def troubles() -> dict[str, str]:
    return dict(ProviderNode.objects.values_list("name", "check_trouble"))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_without_nodes_there_is_nothing_to_see() -> None:
    assert look() == 0


def test_each_node_is_seen_as_it_is(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider()
    address = stack.enter_context(serving(provider))
    monkeypatch.setenv("PROVIDER_KEY_WRONG", "sk-wrong")
    make_node(address, "well")
    make_node(address, "locked", key_variable="PROVIDER_KEY_WRONG")
    make_node(address, "without-key", key_variable="")
    make_node(NOWHERE, "away")
    make_node(address, "draining", is_draining=True)
    make_node(address, "unused", is_enabled=False)
    assert look() == 2
    assert troubles() == {
        "well": "", "locked": "no_access", "without-key": "no_access", "away": "unreachable", "draining": "",
        "unused": "",
    }  # fmt: skip
    assert provider.ledger.calls == 0
    seen = ProviderNode.objects.exclude(checked_at=None)
    assert set(seen.values_list("name", flat=True)) == {"well", "locked", "without-key", "away", "draining"}
    assert all(node.check_ms for node in seen)
    pool = pool_of("llm")
    assert pool is not None
    assert {node.name for node in pool.nodes if node.takes(may_leave=True)} == {"well"}


def test_a_node_that_is_back_is_called_again(stack: ExitStack) -> None:
    node = make_node(NOWHERE)
    look()
    assert troubles() == {"first": "unreachable"}
    ProviderNode.objects.filter(pk=node.pk).update(base_url=stack.enter_context(serving(Provider())))
    assert look() == 1
    assert troubles() == {"first": ""}


def test_what_was_seen_long_ago_counts_for_nothing() -> None:
    make_node(NOWHERE)
    look()
    ProviderNode.objects.update(checked_at=timezone.now() - timedelta(minutes=5), cpu=0.9)
    pool = pool_of("llm")
    assert pool is not None
    assert (pool.nodes[0].trouble, pool.nodes[0].cpu) == ("", 0.0)


def test_a_key_that_no_header_can_carry_spoils_no_look_at_the_others(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVIDER_KEY_ODD", "señal\n")
    pool = make_remote_pool()
    address = stack.enter_context(instance_at(Instance()))
    make_node(address, "odd", pool=pool, key_variable="PROVIDER_KEY_ODD")
    make_node(stack.enter_context(serving(Provider())), "odd-llm", key_variable="PROVIDER_KEY_ODD")
    make_node("http://[", "no-address", pool=pool)
    make_node(address, "well", pool=pool)
    assert look() == 1
    assert troubles().pop("well") == ""
    assert all(trouble for name, trouble in troubles().items() if name != "well")


class TestOtherInstances:
    @pytest.fixture
    def pool(self) -> NodePool:
        return make_remote_pool()

    def add(self, stack: ExitStack, pool: NodePool, **versions: str) -> None:
        for name, version in versions.items():
            make_node(stack.enter_context(instance_at(Instance(version=version))), name, pool=pool)

    def test_tell_their_version_and_load(self, stack: ExitStack, pool: NodePool) -> None:
        self.add(stack, pool, only=VERSION)
        seen = pool_of("remote")
        assert seen is not None
        assert not seen.is_set_up
        assert look() == 1
        seen = pool_of("remote")
        assert seen is not None
        assert (seen.is_set_up, seen.served_version) == (True, VERSION)
        assert (seen.nodes[0].cpu, seen.nodes[0].memory, seen.nodes[0].endpoint.model) == (0.25, 0.5, VERSION)

    def test_label_with_the_version_of_most_of_them(self, stack: ExitStack, pool: NodePool) -> None:
        self.add(stack, pool, one="v1", two="v2", three="v2")
        assert look() == 3
        pool.refresh_from_db()
        assert pool.served_version == "v2"
        assert troubles() == {"one": "other_version", "two": "", "three": ""}

    def test_keep_their_version_while_as_many_say_another(self, stack: ExitStack, pool: NodePool) -> None:
        NodePool.objects.update(served_version="v1")
        self.add(stack, pool, one="v1", two="v2")
        look()
        pool.refresh_from_db()
        assert pool.served_version == "v1"
        assert troubles() == {"one": "", "two": "other_version"}

    def test_keep_their_version_while_nobody_answers(self, pool: NodePool) -> None:
        NodePool.objects.update(served_version="v1")
        make_node(NOWHERE, "away", pool=pool)
        assert look() == 0
        pool.refresh_from_db()
        assert (pool.served_version, troubles()) == ("v1", {"away": "unreachable"})


class TestAWatch:
    def test_looks_until_it_is_stopped(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        settings.NODE_CHECK_SECONDS = 0.01
        looks = threading.Semaphore(0)
        monkeypatch.setattr(watch, "look_at_all", looks.release)
        thread = Watch()
        thread.start()
        for _ in range(3):
            assert looks.acquire(timeout=60)
        thread.stopped.set()
        thread.join(timeout=60)
        assert not thread.is_alive()

    def test_outlives_a_database_that_is_away(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        settings.NODE_CHECK_SECONDS = 0.01
        looks = threading.Semaphore(0)

        def fail() -> int:
            looks.release()
            raise OperationalError

        monkeypatch.setattr(watch, "look_at_all", fail)
        thread = Watch()
        thread.start()
        for _ in range(3):
            assert looks.acquire(timeout=60)
        thread.stopped.set()
        thread.join(timeout=60)
        assert not thread.is_alive()

    def test_writes_what_it_sees(self, stack: ExitStack, settings: Settings) -> None:
        settings.NODE_CHECK_SECONDS = 3600.0
        make_node(stack.enter_context(serving(Provider())))
        thread = Watch()
        thread.start()
        thread.stopped.set()
        thread.join(timeout=60)
        assert not thread.is_alive()
        assert ProviderNode.objects.get().checked_at is not None


def test_the_key_is_nowhere_in_what_is_written(stack: ExitStack) -> None:
    make_node(stack.enter_context(serving(Provider())))
    look()
    row = ProviderNode.objects.values().get()
    assert KEY not in str(row)
    assert row["key_variable"] == KEY_VARIABLE
