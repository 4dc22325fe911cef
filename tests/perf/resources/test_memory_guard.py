"""The guard empties caches when memory is tight, collects now and then, and renews only what gives memory back."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from pytest_django import Settings

from perf import resources
from perf.resources import memory
from perf.resources.memory import Guard, Held
from perf.resources.room import Room

MB = 1_000_000
EMPTY, FULL = Room(100 * MB, 10 * MB), Room(100 * MB, 90 * MB)


@pytest.fixture(autouse=True)
def figures(settings: Settings, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    settings.MEMORY_PROCESS_MB = 0


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A cache that is dropped when memory is tight."""
    cache = {"text": "verdict"}
    monkeypatch.setattr(resources, "_droppers", [])
    resources.on_pressure(cache.clear)
    return cache


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(memory, "count", names.append)
    return names


class Leaving:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.mark.parametrize(
    ("held", "tight", "gain"),
    [
        (Held(100, 100, 0, EMPTY), False, False),
        (Held(100, 100, 0, FULL), True, False),
        (Held(160, 100, 0, FULL), True, True),
        (Held(160, 100, 0, EMPTY), False, False),
        (Held(80, 80, 100, EMPTY), True, True),
        (Held(79, 10, 100, EMPTY), False, False),
    ],
    ids=["calm", "others fill the machine", "we fill it too", "grown with room", "over its own limit", "just below"],
)
def test_who_has_to_make_room_and_who_gains_by_ending(held: Held, tight: bool, gain: bool) -> None:
    assert held.is_tight(0.8) is tight
    assert held.would_gain(0.8) is gain


def test_a_full_machine_costs_the_caches_and_no_process_that_is_small(kept: dict[str, str], counted: list[str]) -> None:
    leaving = Leaving()
    Guard("web", leaving, read_room=lambda: FULL).look()
    assert kept == {}
    assert counted == ["memory.relieved"]
    assert leaving.times == 0


def test_caches_are_not_emptied_again_at_every_look(kept: dict[str, str], counted: list[str]) -> None:
    guard = Guard("web", Leaving(), read_room=lambda: FULL)
    guard.look()
    kept["text"] = "again"
    guard.look()
    assert kept == {"text": "again"}
    assert counted == ["memory.relieved"]


def test_a_process_over_its_limit_is_asked_once_to_end(
    kept: dict[str, str], counted: list[str], settings: Settings
) -> None:
    settings.MEMORY_PROCESS_MB = 1
    leaving = Leaving()
    guard = Guard("worker", leaving, read_room=lambda: EMPTY)
    guard.look()
    guard.look()
    assert leaving.times == 1
    assert counted == ["memory.relieved", "memory.renewals"]


def test_of_two_full_processes_one_waits_for_its_turn(kept: dict[str, str], settings: Settings) -> None:
    settings.MEMORY_PROCESS_MB = 1
    first, second = Leaving(), Leaving()
    guards = [Guard("web", leaving, read_room=lambda: EMPTY) for leaving in (first, second)]
    for guard in guards:
        guard.look()
    assert (first.times, second.times) == (1, 0)


def test_a_cache_that_cannot_be_dropped_keeps_no_other_one(kept: dict[str, str]) -> None:
    def broken() -> None:
        raise RuntimeError

    resources._droppers.insert(0, broken)
    memory.relieve()
    assert kept == {}


def test_rubbish_is_collected_when_it_is_time_and_not_before(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    collected: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda: collected.append(1))
    settings.MEMORY_COLLECT_SECONDS = 3600
    guard = Guard("worker", Leaving(), read_room=lambda: EMPTY)
    guard.look()
    assert collected == []
    settings.MEMORY_COLLECT_SECONDS = 0
    guard.look()
    assert collected == [1]


def test_the_guard_looks_by_itself_until_it_is_stopped(kept: dict[str, str], settings: Settings) -> None:
    settings.MEMORY_CHECK_SECONDS = 0.01
    guard = Guard("web", Leaving(), read_room=lambda: FULL)
    guard.start()
    while kept:
        guard.join(0.01)
        assert guard.is_alive()
    guard.stopped.set()
    guard.join(5)
    assert not guard.is_alive()


def test_verdicts_in_memory_are_among_what_is_dropped() -> None:
    from analysis.routing.cache import verdicts

    assert verdicts.forget in resources.droppers()
