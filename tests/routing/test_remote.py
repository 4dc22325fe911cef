"""Each text finds its labels by the cheapest way, each way is counted, and nobody pays for what another asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from analysis.engines.base import THEMES, Evidence, Verdict
from analysis.models import Budget, ProviderCall, ProviderNode
from analysis.routing import answers, cache, ledger, lines, remote, router
from analysis.routing.batcher import Batcher
from analysis.routing.nodes import pool_of
from analysis.routing.remote import CACHED, FALLBACK, PROVIDED, SURE, TRIVIAL, WAYS, Labels, Terms, Unusable
from fibercomments.servers.places import PROJECT
from tests.database import address as database_address
from tests.provider.answers import kept_for, result_for
from tests.provider.instance import VERSION, Instance, instance_at
from tests.provider.nodes import _key, make_node, make_pool, make_remote_pool, provided  # noqa: F401 - a fixture
from tests.provider.server import Provider
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_key")]

TEXT = "El internet anda mal desde ayer y nadie contesta"
TEXTS = {f"t{number}": f"{TEXT} {number}" for number in range(12)}
AFIELD = Terms(may_leave=True)


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    cache.verdicts.forget()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provided(Provider()) as fake:
        yield fake


def labelled(texts: dict[str, str], *, engine: str = "llm", terms: Terms = AFIELD) -> Labels:
    """All at once; each text in its place, and the ways adding up."""
    found = Labels()
    for some in router.label_stream(texts, engine=engine, terms=terms):
        assert not found.verdicts.keys() & some.verdicts.keys()
        found.add(some)
    assert found.verdicts.keys() | found.left.keys() == texts.keys()
    assert not found.verdicts.keys() & found.left.keys()
    assert found.ways.total() == len(found.verdicts)
    assert set(found.ways) <= {*WAYS}
    assert found.ways[FALLBACK] == len(found.fallbacks)
    return found


def quotes(verdict: Verdict) -> list[Evidence]:
    """The node's own: it quotes the first word, "El", which says nothing to the embedded engine."""
    return [one for one in verdict.evidence if (one.start, one.end) == (0, 2)]


def label_of_the_pool() -> str:
    pool = pool_of("llm")
    assert pool is not None
    return remote.label_of(pool, remote.themes_of(router.embedded_engine()))


class TestTheWays:
    def test_add_up(self, provider: Provider) -> None:
        local = router.label_texts(TEXTS, engine="embedded")
        threshold = sorted(verdict.confidence for verdict in local.values())[6]
        make_pool(sure_from=threshold)
        sure = sum(verdict.confidence >= threshold for verdict in local.values())
        labelled({"again": TEXTS["t0"], "more": TEXTS["t1"]})
        mixed = TEXTS | {"dot": ".", "no": "...", "shout": TEXTS["t0"].upper()}
        first = labelled(mixed, engine="auto")
        unsure = {name for name, verdict in local.items() if verdict.confidence < threshold}
        assert first.ways[TRIVIAL] == 2
        assert first.ways[SURE] >= sure
        assert first.ways[PROVIDED] == len(unsure - {"t0", "t1"})
        again = labelled(mixed, engine="auto")
        assert again.ways[PROVIDED] == 0
        assert again.ways[CACHED] == first.ways[CACHED] + first.ways[PROVIDED]

    def test_of_texts_that_mean_the_same_are_one_call_and_places_are_of_the_text_that_was_sent(
        self, provider: Provider
    ) -> None:
        found = labelled({"a": TEXT, "b": TEXT.upper() + "!", "c": TEXT})
        assert found.ways == {PROVIDED: 1, CACHED: 2}
        assert provider.ledger.batches == [1]
        quoted = {name: quotes(verdict) for name, verdict in found.verdicts.items()}
        assert quoted["a"] == quoted["c"] != []
        assert quoted["b"] == []

    def test_of_texts_that_mean_the_same_are_cached_but_not_their_places(self, provider: Provider) -> None:
        labelled({"a": TEXT})
        found = labelled({"a": TEXT, "b": TEXT.upper() + "!"})
        assert found.ways == {CACHED: 2}
        assert found.verdicts["a"].sentiment == found.verdicts["b"].sentiment
        assert quotes(found.verdicts["a"]) != []
        assert quotes(found.verdicts["b"]) == []

    def test_from_the_cache_give_what_the_node_said(self, provider: Provider) -> None:
        first, again = labelled(TEXTS), labelled(TEXTS)
        assert (first.ways, again.ways) == ({PROVIDED: 12}, {CACHED: 12})
        assert first.verdicts == again.verdicts
        for name, verdict in again.verdicts.items():
            assert verdict.sentiment == result_for(TEXTS[name], THEMES)["sentiment"]

    def test_without_kept_answers_lead_to_the_node_each_time(self, provider: Provider, settings: Settings) -> None:
        settings.ANSWERS_KEPT_DAYS = 0
        for _ in range(2):
            assert labelled(TEXTS).ways == {PROVIDED: 12}

    def test_end_with_marked_stand_ins_while_nobody_answers(self, provider: Provider) -> None:
        provider.is_away = True
        found = labelled(TEXTS | {"dot": "."})
        assert found.ways == {FALLBACK: 12, TRIVIAL: 1}
        assert set(found.fallbacks.values()) <= {"server", "open"}
        local = router.label_texts(TEXTS, engine="embedded")
        assert {name: found.verdicts[name] for name in TEXTS} == local
        assert answers.find(label_of_the_pool(), [answers.key_of(text) for text in TEXTS.values()]) == {}

    def test_end_without_a_verdict_where_no_stand_in_will_do(self, provider: Provider) -> None:
        provider.is_away = True
        found = labelled(TEXTS | {"dot": "."}, terms=Terms(may_leave=True, may_fall_back=False))
        assert found.left.keys() == TEXTS.keys()
        assert set(found.left.values()) <= {"server", "open"}
        assert found.ways == {TRIVIAL: 1}

    def test_end_without_a_verdict_where_no_budget_covers_them(self, provider: Provider) -> None:
        Budget.objects.create(scope="month", most=Decimal("0.000001"))
        found = labelled(TEXTS)
        assert found.left == dict.fromkeys(TEXTS, "budget_month")
        assert provider.ledger.calls == 0
        assert not ProviderCall.objects.exists()

    def test_that_leave_the_country_are_closed_without_a_consent(self, provider: Provider) -> None:
        with pytest.raises(Unusable, match="no_consent"):
            labelled(TEXTS, terms=Terms())
        assert provider.ledger.calls == 0


class TestTheSameTextFiftyTimesAtOnce:
    def test_costs_one_item_in_one_process(self, settings: Settings) -> None:
        settings.ENGINE_SEEN_SECONDS = 600.0
        with provided(Provider(latency=0.3)) as provider:
            version = router.engine_version("llm")
            told = at_once(50, lambda _: router.answer({"a": TEXT}, engine="llm", version=version, terms=AFIELD))
        assert sum(provider.ledger.items.values()) == 1
        assert {one.verdicts["a"].sentiment for one in told} == {result_for(TEXT, THEMES)["sentiment"]}
        assert not any(one.fallbacks or one.left for one in told)
        assert ProviderCall.objects.count() == 1

    def test_costs_one_item_in_two_processes(self) -> None:
        with provided(Provider(latency=1.0)) as provider:
            children = [child(TEXT, 25) for _ in range(2)]
            for one in children:
                assert one.stdout is not None
                assert one.stdout.readline() == "ready\n"
            outputs = at_once(2, lambda place: children[place].communicate("go\n", timeout=120)[0])
        assert [one.returncode for one in children] == [0, 0]
        ways = sum((Counter(json.loads(output)) for output in outputs), Counter[str]())
        assert ways == {PROVIDED: 1, CACHED: 49}
        assert sum(provider.ledger.items.values()) == 1
        assert ProviderCall.objects.count() == 1


def child(text: str, threads: int) -> subprocess.Popen[str]:
    """Somebody else who asks, on the same database and the same Redis."""
    environment = os.environ | {"DATABASE_URL": database_address(), "DJANGO_SETTINGS_MODULE": "fibercomments.settings"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.routing.asking_child", text, str(threads)],
        cwd=PROJECT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


class TestWhoWaitsForAnother:
    @pytest.fixture
    def flight(self, provider: Provider) -> tuple[str, str]:
        """Somebody asks about the text, and will never come back."""
        label, key = label_of_the_pool(), answers.key_of(TEXT)
        assert answers.claim(label, [key]) == {key}
        return label, key

    def test_takes_over_when_nobody_asks_any_more(self, provider: Provider, flight: tuple[str, str]) -> None:
        waiting = router.label_stream({"a": TEXT}, engine="llm", terms=AFIELD)
        for _ in range(3):  # nothing without asking, and then nothing for a while
            assert not next(waiting).verdicts
        assert provider.ledger.calls == 0
        answers.land(flight[0], [flight[1]])
        assert sum((some.ways for some in waiting), Counter[str]()) == {PROVIDED: 1}

    def test_takes_over_when_the_asker_has_died(self, provider: Provider, flight: tuple[str, str]) -> None:
        assert labelled({"a": TEXT}).ways == {PROVIDED: 1}  # the claim of the dead lapses
        assert answers.flying(flight[0], [flight[1]]) == set()

    def test_does_without_the_answer_when_patience_is_at_an_end(
        self, provider: Provider, flight: tuple[str, str]
    ) -> None:
        found = labelled({"a": TEXT}, terms=replace(AFIELD, patience=0.2))
        assert (found.ways, found.fallbacks) == ({FALLBACK: 1}, {"a": "open"})
        assert provider.ledger.calls == 0
        assert answers.flying(flight[0], [flight[1]]) == {flight[1]}

    def test_hears_the_answer_that_another_got(self, provider: Provider, flight: tuple[str, str]) -> None:
        waiting = router.label_stream({"a": TEXT, "b": TEXT + " 2"}, engine="llm", terms=AFIELD)
        assert not next(waiting).verdicts
        found = Counter[str]()
        for some in waiting:
            found += some.ways
            if found[PROVIDED]:
                keep_an_answer(*flight)
        assert found == {PROVIDED: 1, CACHED: 1}
        assert provider.ledger.batches == [1]

    def test_does_not_wait_for_what_its_own_process_broke(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_args: object) -> None:
            raise OperationalError

        monkeypatch.setattr(ledger, "reserve", broken)
        assert labelled(TEXTS).left == dict.fromkeys(TEXTS, "OperationalError")
        assert answers.flying(label_of_the_pool(), [answers.key_of(text) for text in TEXTS.values()]) == set()


def keep_an_answer(label: str, key: str) -> None:
    answers.keep(label, {key: answers.Kept.of(TEXT, kept_for(TEXT, THEMES), Decimal(0))}, done=[key])


class TestALine:
    def test_waits_for_others_unless_somebody_is_in_a_hurry(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lines, "Batcher", partial(Batcher, wait_seconds=3600.0))
        patient: list[Labels] = []

        def wait() -> None:
            patient.append(labelled({"a": TEXT}))
            connection.close()

        thread = threading.Thread(target=wait)
        thread.start()
        wait_until_flying(answers.key_of(TEXT))
        assert provider.ledger.calls == 0
        hurried = labelled({"b": f"{TEXT} 2"}, terms=Terms(may_leave=True, hurry=True))
        assert hurried.ways == {PROVIDED: 1}
        thread.join(timeout=60)
        assert patient[0].ways == {PROVIDED: 1}
        assert sum(provider.ledger.batches) == 2

    def test_fills_batches_with_the_texts_of_many(self, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
        make_pool(batch_size=6)
        monkeypatch.setattr(lines, "Batcher", partial(Batcher, wait_seconds=3600.0))
        at_once(12, lambda place: labelled({"a": TEXTS[f"t{place}"]}))
        assert provider.ledger.batches == [6, 6]

    def test_follows_what_is_changed_in_the_admin(self, provider: Provider) -> None:
        make_pool(batch_size=3)
        labelled(TEXTS)
        make_pool(batch_size=4)
        labelled({name: f"{text} otra vez" for name, text in TEXTS.items()})
        assert provider.ledger.batches == [3, 3, 3, 3, 4, 4, 4]
        ProviderNode.objects.update(calls_per_minute=1)
        labelled({"a": f"{TEXT} por fin"})
        pace = pace_of("first")
        assert pace is not None
        ProviderNode.objects.update(calls_per_minute=None)
        labelled({"a": f"{TEXT} al fin"})
        assert pace_of("first") is None

    def test_sends_no_instance_more_than_it_answers_at_once(self) -> None:
        pool = make_remote_pool(batch_size=50, served_version=VERSION, is_adaptive=True)
        instance = Instance()
        with instance_at(instance) as address:
            make_node(address, "other", pool=pool, is_abroad=False)
            wanted = {f"t{number}": f"{TEXT} número {number}" for number in range(130)}
            found = labelled(wanted, engine="remote", terms=Terms())
            found.add(labelled({f"{n}b": f"{t} b" for n, t in wanted.items()}, engine="remote", terms=Terms()))
        assert found.ways == {PROVIDED: 260}
        assert max(instance.batches) == 20

    def test_makes_no_call_wait_for_one_whose_bill_could_not_be_written(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_args: object, **_values: object) -> None:
            raise OperationalError

        with monkeypatch.context() as patched:
            patched.setattr(ledger, "settle", broken)
            assert labelled({"a": TEXT}).ways == {PROVIDED: 1}
        assert ProviderCall.objects.get().state == "reserved"
        Budget.objects.create(scope="day", most=Decimal("0.000001"))
        assert labelled(TEXTS).left == dict.fromkeys(TEXTS, "budget_day")


def wait_until_flying(key: str) -> None:
    deadline = time.monotonic() + 60
    while not answers.flying(label_of_the_pool(), [key]):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pace_of(node: str) -> object:
    assert lines._exchange is not None
    return lines._exchange._lines["llm"]._nodes.known[node].gate._pace


class TestWhetherSomebodyAnswers:
    def test_is_asked_within_the_country_for_texts_that_may_not_leave_it(self, provider: Provider) -> None:
        assert remote.is_answering("llm")
        assert not remote.is_answering("llm", may_leave=False)
        home = make_node("http://127.0.0.1:9/v1", "home", is_abroad=False)
        assert remote.is_answering("llm", may_leave=False)
        ProviderNode.objects.filter(pk=home.pk).update(is_draining=True)
        assert not remote.is_answering("llm", may_leave=False)
        assert remote.is_answering("llm")

    def test_is_no_while_nobody_is_set_up(self) -> None:
        assert not remote.is_answering("llm")
        assert not remote.is_answering("remote")
