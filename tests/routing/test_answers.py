"""Answers that cost money are kept, under what decides them and never under a word of the text itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson
import pytest
import pyzstd
import redis
from django.conf import settings as django_settings
from pytest_django import Settings

from analysis.engines.base import THEMES
from analysis.models import Algorithm
from analysis.routing import answers, cache, router
from analysis.routing.answers import Kept
from analysis.routing.ledger import Price
from analysis.routing.nodes import Pool
from analysis.routing.remote import Terms, label_of
from perf import metrics
from tests.provider.answers import kept_for
from tests.provider.nodes import _key, forget_answers, provided  # noqa: F401 - a fixture
from tests.provider.server import Provider
from tests.redis_away import redis_is_away  # noqa: F401 - a fixture

LABEL = "llm-of-the-tests"
TEXT = "El internet anda muy lento"
CANARY = "quetzalcoatlus"
COMPRESSED = b"\x28\xb5\x2f\xfd"
URLS = (django_settings.REDIS_QUEUE_URL, django_settings.REDIS_CACHE_URL, django_settings.REDIS_METRICS_URL)
POOL = Pool("llm", "m", Price(), Algorithm.ROUND_ROBIN, 0.6, 20, False, "v1", ())
NAMES = tuple((code, code) for code in THEMES)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    forget_answers()
    cache.verdicts.forget()
    yield
    forget_answers()


def keep(text: str = TEXT, *, label: str = LABEL, cost: str = "0.0001", **result: Any) -> str:
    key = answers.key_of(text)
    answers.keep(label, {key: Kept.of(text, kept_for(text, THEMES) | result, Decimal(cost))})
    return key


def raw_values(pattern: str = "*") -> list[bytes]:
    """As they stand in Redis."""
    with redis.Redis.from_url(django_settings.REDIS_CACHE_URL) as client:
        return [client.get(key) for key in client.scan_iter(f"answers:{pattern}")]


class TestAnAnswer:
    def test_is_found_as_it_was_kept(self) -> None:
        key = keep()
        kept = answers.find(LABEL, [key])[key]
        assert kept.result == kept_for(TEXT, THEMES)
        assert kept.cost == Decimal("0.0001")

    @pytest.mark.parametrize("same", [TEXT.upper(), f"¡{TEXT}!!", f"  {TEXT} . "])
    def test_is_for_all_texts_that_fold_to_the_same_but_its_places_are_not(self, same: str) -> None:
        key = keep()
        found = answers.find(LABEL, [answers.key_of(same)])
        assert found.keys() == {key}
        assert found[key].is_of(TEXT)
        assert not found[key].is_of(same)

    @pytest.mark.parametrize("other", ["El internet no anda muy lento", "El internet anda muy lento 2", "", "..."])
    def test_is_not_for_other_texts(self, other: str) -> None:
        keep()
        assert answers.find(LABEL, [answers.key_of(other)]) == {}

    def test_is_not_for_another_label(self) -> None:
        key = keep()
        assert answers.find("llm-another", [key]) == {}
        assert answers.find(LABEL[:-1], [key]) == {}

    def test_is_kept_a_month_give_or_take(self) -> None:
        keep()
        with redis.Redis.from_url(django_settings.REDIS_CACHE_URL) as client:
            (name,) = client.scan_iter("answers:*")
            assert 26 * 86_400 < client.ttl(name) <= 30 * 86_400

    def test_is_plain_json(self) -> None:
        keep()
        (raw,) = raw_values()
        assert orjson.loads(raw)["result"] == kept_for(TEXT, THEMES)

    def test_is_compressed_only_when_that_is_worth_it(self) -> None:
        keep(note="a" * 400)
        assert not raw_values()[0].startswith(COMPRESSED)
        answers.forget()
        key = keep(note="a" * 1_001)
        (raw,) = raw_values()
        assert raw.startswith(COMPRESSED)
        assert b"aaaa" in pyzstd.decompress(raw)
        assert answers.find(LABEL, [key])[key].result["note"] == "a" * 1_001

    def test_is_forgotten_with_its_label_or_with_all(self) -> None:
        first, _second, other = keep(), keep("Todo bien"), keep(label="remote-other")
        assert answers.forget(LABEL) == 2
        assert answers.find(LABEL, [first]) == {}
        assert answers.find("remote-other", [other])
        assert answers.forget() == 1
        assert raw_values() == []

    def test_is_not_kept_when_that_is_switched_off(self, settings: Settings) -> None:
        key = keep()
        settings.ANSWERS_KEPT_DAYS = 0
        assert answers.find(LABEL, [key]) == {}
        keep("Todo bien")
        assert len(raw_values()) == 1


class TestALabel:
    def test_is_another_for_another_model(self) -> None:
        assert label_of(POOL, NAMES) != label_of(replace(POOL, model="n"), NAMES)

    def test_is_another_for_another_prompt(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = label_of(POOL, NAMES)
        monkeypatch.setattr("analysis.engines.llm.prompt._INSTRUCTIONS", "Be brief.")
        assert label_of(POOL, NAMES) != before

    def test_is_another_for_another_instance_or_version_of_it(self) -> None:
        remote = replace(POOL, engine="remote")
        labels = {label_of(POOL, NAMES), label_of(remote, NAMES), label_of(replace(remote, served_version="v2"), NAMES)}
        assert len(labels) == 3

    @pytest.mark.parametrize("engine", ["llm", "remote"])
    def test_is_another_for_other_themes(self, engine: str) -> None:
        pool = replace(POOL, engine=engine)
        assert len({label_of(pool, NAMES), label_of(pool, NAMES[1:]), label_of(pool, (*NAMES, ("new", "New")))}) == 3


class TestWhatIsAskedJustNow:
    def test_is_claimed_once(self) -> None:
        assert answers.claim(LABEL, ["a", "b"]) == {"a", "b"}
        assert answers.claim(LABEL, ["b", "c"]) == {"c"}
        assert answers.claim("llm-another", ["a"]) == {"a"}
        assert answers.flying(LABEL, ["a", "c", "d"]) == {"a", "c"}

    def test_may_be_asked_again_once_it_has_landed(self) -> None:
        answers.claim(LABEL, ["a", "b"])
        answers.land(LABEL, ["a"])
        assert answers.flying(LABEL, ["a", "b"]) == {"b"}
        assert answers.claim(LABEL, ["a", "b"]) == {"a"}

    def test_lands_when_its_answer_is_kept(self) -> None:
        answers.claim(LABEL, ["a", "b"])
        answers.keep(LABEL, {"a": Kept.of("a", {}, Decimal(0))}, done=["a", "b"])
        assert answers.flying(LABEL, ["a", "b"]) == set()

    def test_lapses_by_itself(self) -> None:
        answers.claim(LABEL, ["a"])
        with redis.Redis.from_url(django_settings.REDIS_CACHE_URL) as client:
            assert 0 < client.pttl(f"flight:{LABEL}:a") <= 120_000

    def test_is_asked_by_everybody_when_that_is_switched_off(self, settings: Settings) -> None:
        settings.SINGLE_FLIGHT = False
        for _ in range(2):
            assert answers.claim(LABEL, ["a"]) == {"a"}
        assert answers.flying(LABEL, ["a"]) == set()
        answers.land(LABEL, ["a"])


def counted() -> tuple[int, int, int]:
    total = metrics.read().total
    return tuple(total.get(name, 0) for name in (answers.HITS, answers.MISSES, answers.SAVED))  # type: ignore[return-value]


def test_hits_misses_and_the_money_that_was_saved_are_counted() -> None:
    key = keep(cost="0.0005")
    before = counted()
    answers.find(LABEL, [key, "unknown", "unknown too"])
    answers.find(LABEL, [key], counted=False)
    assert [now - then for then, now in zip(before, counted(), strict=True)] == [1, 2, 500_000]


@pytest.mark.usefixtures("redis_is_away")
class TestWhileRedisIsAway:
    def test_nothing_is_known_and_nothing_fails(self) -> None:
        answers.keep(LABEL, {"a": Kept.of("a", {}, Decimal(0))}, done=["a"])
        assert answers.find(LABEL, ["a"]) == {}
        for _ in range(2):
            assert answers.claim(LABEL, ["a", "b"]) == {"a", "b"}
        assert answers.flying(LABEL, ["a"]) == set()
        answers.land(LABEL, ["a"])
        assert answers.forget() == 0

    @pytest.mark.usefixtures("_key")
    @pytest.mark.django_db(transaction=True)
    def test_everything_is_asked_anew(self) -> None:
        with provided(Provider()) as provider:
            for _ in range(2):
                assert labelled(TEXT) == {"a": kept_for(TEXT, THEMES)["sentiment"]}
        assert provider.ledger.batches == [1, 1]


def labelled(*texts: str) -> dict[str, str]:
    """The sentiment of each text, by a letter."""
    named = dict(zip("abcdefghij", texts, strict=False))
    found: dict[str, str] = {}
    for some in router.label_stream(named, engine="llm", terms=Terms(may_leave=True)):
        found |= {name: verdict.sentiment for name, verdict in some.verdicts.items()}
    return found


@pytest.mark.usefixtures("_key")
@pytest.mark.django_db(transaction=True)
def test_no_word_of_a_text_is_in_redis() -> None:
    texts = [f"{CANARY} número {number} anda mal y nadie contesta, {CANARY}" for number in range(10)]
    with provided(Provider()):
        labelled(*texts)
    metrics.flush()
    dumped = [everything(url) for url in URLS]
    assert sum(text.count(b"text_hash") + text.count(b'"result"') for text in dumped) >= 10
    for content in dumped:
        assert CANARY.encode() not in content
        assert b"nadie" not in content
        assert b"pickle" not in content
        assert b"\x80\x04" not in content


def everything(url: str) -> bytes:
    """All keys and values of a database, those that are compressed unpacked."""
    with redis.Redis.from_url(url) as client:
        return b"\n".join(part for key in client.scan_iter() for part in (key, *values(client, key)))


def values(client: Any, key: bytes) -> list[bytes]:
    match client.type(key):
        case b"string":
            raw = client.get(key) or b""
            if raw.startswith(COMPRESSED):
                return [pyzstd.decompress(raw)]
            return [raw]
        case b"hash":
            return [part for pair in client.hgetall(key).items() for part in pair]
        case b"list":
            return list(client.lrange(key, 0, -1))
        case b"set":
            return list(client.smembers(key))
        case b"zset":
            return list(client.zrange(key, 0, -1))
        case b"stream":
            return [orjson.dumps(str(client.xrange(key)))]
    return []
