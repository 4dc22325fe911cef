"""What a process remembers of its answers is the very answer, never another version's, and bounded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from analysis.engines.base import Item, Verdict
from analysis.engines.registry import get_engine
from analysis.routing import cache
from analysis.routing.cache import VerdictCache
from analysis.routing.router import Route, answer, engine_version
from perf import metrics
from tests import pupil

TEXTS = {"a": "Muy lento", "b": "Iporã", "c": "Caro pero bueno"}


def verdicts_of(texts: dict[str, str]) -> dict[str, Verdict]:
    return get_engine().label([Item(name, text) for name, text in texts.items()])


def test_finds_what_was_kept_whatever_its_id_is_now() -> None:
    known = VerdictCache(10)
    made = verdicts_of(TEXTS)
    known.keep(TEXTS, made, engine="e", version="1")
    found = known.find({"x": "Iporã", "y": "Nunca visto", "z": "Muy lento"}, engine="e", version="1")
    assert found == {"x": made["b"], "z": made["a"]}


@pytest.mark.parametrize(("engine", "version"), [("e", "2"), ("f", "1")])
def test_another_engine_or_version_finds_nothing(engine: str, version: str) -> None:
    known = VerdictCache(10)
    known.keep(TEXTS, verdicts_of(TEXTS), engine="e", version="1")
    assert known.find(TEXTS, engine=engine, version=version) == {}


def test_the_ones_not_used_for_longest_go_first() -> None:
    known = VerdictCache(2)
    made = verdicts_of(TEXTS)
    for name in "ab":
        known.keep(TEXTS, {name: made[name]}, engine="e", version="1")
    known.find({"a": TEXTS["a"]}, engine="e", version="1")
    known.keep(TEXTS, {"c": made["c"]}, engine="e", version="1")
    assert known.find(TEXTS, engine="e", version="1").keys() == {"a", "c"}
    assert len(known) == 2


def test_switched_off_it_keeps_nothing() -> None:
    known = VerdictCache(0)
    known.keep(TEXTS, verdicts_of(TEXTS), engine="e", version="1")
    assert (known.find(TEXTS, engine="e", version="1"), len(known)) == ({}, 0)


def test_hits_and_misses_are_counted() -> None:
    known = VerdictCache(10)
    known.keep(TEXTS, verdicts_of({"a": TEXTS["a"]}), engine="e", version="1")
    metrics.flush()
    before = metrics.read().total
    known.find(TEXTS, engine="e", version="1")
    after = metrics.read().total
    assert [after.get(name, 0) - before.get(name, 0) for name in (cache.HITS, cache.MISSES)] == [1, 2]


def test_many_threads_at_once_never_meet_a_wrong_verdict() -> None:
    known = VerdictCache(50)
    texts = {f"t{number}": f"{'Muy lento' if number % 2 else 'Excelente'} {number}" for number in range(200)}
    made = verdicts_of(texts)

    def work(seed: int) -> bool:
        names = [*texts][seed::7]
        mine = {name: texts[name] for name in names}
        known.keep(mine, {name: made[name] for name in names}, engine="e", version="1")
        found = known.find(texts, engine="e", version="1")
        return all(verdict == made[name] for name, verdict in found.items())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, [number % 7 for number in range(70)]))
    assert len(known) == 50


@pytest.mark.django_db
def test_a_new_version_is_asked_anew() -> None:
    cache.verdicts.forget()
    version = engine_version(pupil.NAME)
    text = {"a": "Un zorzal en casa"}
    assert answer(text, engine=pupil.NAME, version=version).route is Route.IMMEDIATE
    assert answer(text, engine=pupil.NAME, version=version).route is Route.CACHE
    assert answer(text, engine=pupil.NAME, version=f"{version}-other").route is Route.IMMEDIATE
