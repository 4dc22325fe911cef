"""On a provider whose best settings are known the tuner comes near them from every corner, in few steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from perf.tuning.hints import by_latency
from perf.tuning.signals import Measure, Stretch
from perf.tuning.simulation import MemoryDesk, run
from tests.perf.tuning.worlds import PACE, Provider, measures, standings, times

CORNERS = [(5, 2), (5, 20), (50, 2), (50, 20)]
NEAR = 0.9
MOST_STEPS = 30


def speed_of(desk: MemoryDesk, world: Provider) -> float:
    return world.speed(*(desk.standings[name].value for name in ("batch_size", "worker_threads")))


def steps_until_near(desk: MemoryDesk, world: Provider, corner: tuple[float, float]) -> int:
    values = dict(zip(("batch_size", "worker_threads"), corner, strict=True))
    for number, turn in enumerate(desk.turns, start=1):
        values[turn.knob] = turn.new
        if world.speed(*values.values()) >= NEAR * world.best():
            return number
    raise AssertionError(f"never near the best: {desk.turns}")


@pytest.mark.parametrize("noise", [0.02, 0.05])
@pytest.mark.parametrize("corner", CORNERS)
def test_it_comes_within_a_tenth_of_the_best_from_each_corner(corner: tuple[float, float], noise: float) -> None:
    world = Provider(noise=noise)
    desk = run(standings(*corner), measures(), PACE, times(60), world.stretch)
    assert speed_of(desk, world) >= NEAR * world.best()
    assert steps_until_near(desk, world, corner) <= MOST_STEPS


def test_it_rests_where_it_is_best() -> None:
    world = Provider(noise=0.02)
    desk = run(standings(20, 12), measures(), PACE, times(180), world.stretch)
    kept_away = [turn for turn in desk.turns if turn.at > 1_000_000 + 3600]
    assert len(kept_away) <= 24
    assert speed_of(desk, world) >= 0.97 * world.best()


def test_it_follows_a_provider_that_changes() -> None:
    world, slow = Provider(noise=0.02), Provider(noise=0.02, base=2.0, crowd=0.0002, seed=2)

    def both(now: float, values: Mapping[str, float]) -> Stretch:
        return (world if now < 1_000_000 + 3600 else slow).stretch(now, values)

    desk = run(standings(20, 12), {"batch_size": measures()["batch_size"]}, PACE, times(240), both)
    assert speed_of(desk, slow) > slow.speed(20, 12)


def test_without_traffic_nothing_moves() -> None:
    desk = run(standings(5, 2), measures(), PACE, times(30), lambda now, _values: Stretch(now, 5, {}, 0.9, 0.2))
    assert desk.turns == []


def test_what_holds_nothing_back_is_not_turned_up() -> None:
    world = Provider()

    def idle(now: float, values: Mapping[str, float]) -> Stretch:
        stretch = world.stretch(now, values)
        return replace(stretch, sums={**stretch.sums, "batches.full": 0.0, "pipeline.waiting.us": 0.0})

    assert run(standings(20, 10), measures(), PACE, times(30), idle).turns == []


def test_a_full_memory_lets_nothing_be_turned_up() -> None:
    world = Provider()
    desk = run(
        standings(5, 2),
        measures(),
        PACE,
        times(30),
        lambda now, values: replace(world.stretch(now, values), memory=0.9),
    )
    assert desk.turns == []


def test_what_the_machine_no_longer_bears_is_turned_down_at_once() -> None:
    knobs = {"batch_size": replace(standings(40, 2)["batch_size"], high=15)}
    desk = run(knobs, measures(), PACE, times(10), lambda now, _values: Stretch(now, 5, {}, 0.5, 0.2))
    assert [(turn.new, turn.reason) for turn in desk.turns] == [(15, "over_ceiling")]


class TestAPersonsTurn:
    def turned(self, new: float, world: Provider, load: float = 1.0) -> MemoryDesk:
        """Twenty minutes at 20 texts a call, then somebody turns it, then ten more minutes."""
        reader = replace(measures()["batch_size"], hint=by_latency)
        return _person(new, world, reader, load)

    def test_that_made_it_worse_is_taken_back_within_one_window(self) -> None:
        desk = self.turned(5, Provider(noise=0.03))
        turned = next(turn for turn in desk.turns if turn.reason == "person")
        back = next(turn for turn in desk.turns if turn.is_back and turn.at > turned.at)
        assert (back.old, back.new, back.reason) == (5, 20, "worse")
        assert back.at - turned.at <= PACE.settle + PACE.window

    def test_that_made_it_better_stays(self) -> None:
        desk = _person(20, Provider(noise=0.03), measures()["batch_size"], 1.0, begin=45)
        assert desk.standings["batch_size"].value == 20

    def test_that_made_no_difference_stays(self) -> None:
        assert self.turned(21, Provider(noise=0.03)).standings["batch_size"].value == 21

    def test_is_not_judged_under_another_load(self) -> None:
        assert self.turned(10, Provider(noise=0.03), load=0.1).standings["batch_size"].value == 10


def _person(new: float, world: Provider, reader: Measure, load: float, begin: float = 20) -> MemoryDesk:
    """The tuner makes no step of its own here: the knob holds nothing back."""
    from perf.tuning.autopilot import Autopilot

    desk = MemoryDesk({"batch_size": standings(begin, 12)["batch_size"]})
    pilot, stretches = Autopilot(desk, PACE, {"batch_size": reader}), list[Stretch]()
    for number, now in enumerate(times(20)):
        desk.now = now
        stretch = world.stretch(now, {"batch_size": desk.standings["batch_size"].value, "worker_threads": 12})
        sums = {**stretch.sums, "batches.full": 0.0}
        if number >= 120:
            sums["pipeline.waiting.us"] *= load
        stretches.append(replace(stretch, sums=sums))
        pilot.look(stretches, now)
        if number == 120:
            desk.by_person("batch_size", new)
    return desk
