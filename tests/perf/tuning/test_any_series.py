"""Whatever is measured, knobs stay within their bounds, move a step at a time, and never to and fro."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perf.tuning.rules import LONGEST_WINDOWS, Pace
from perf.tuning.signals import Stretch
from perf.tuning.simulation import MemoryDesk, Turn, run
from tests.perf.tuning.worlds import measures, standings

PACE, SAMPLE = Pace(settle=10, window=30, cool_down=300), 10.0
LIMITS = {"batch_size": (5, 50, 5), "worker_threads": (2, 20, 2)}
#: Nothing is measured for longer, traffic or not.
LONGEST = PACE.settle + 2 * LONGEST_WINDOWS * PACE.window + SAMPLE
LOOKS = 150
TIMES = [1_000_000 + SAMPLE * look for look in range(LOOKS)]

Series = Callable[[float, Mapping[str, float]], Stretch | None]
walks = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32),
        "latency": st.floats(0.01, 5.0),
        "drift": st.floats(0.0, 0.2),
        "noise": st.floats(0.0, 1.0),
        "jumps": st.floats(0.0, 0.2),
        "gaps": st.floats(0.0, 0.5),
        "cpu": st.floats(0.0, 1.0),
        "memory": st.floats(0.0, 1.0),
        "starts": st.tuples(st.sampled_from([5, 20, 50]), st.sampled_from([2, 10, 20])),
    }
)


def series(told: Mapping[str, float]) -> Series:
    """A random walk of latency and load, with jumps and gaps; knobs have no say in it."""
    dice, latency = random.Random(told["seed"]), [told["latency"]]

    def stretch(now: float, values: Mapping[str, float]) -> Stretch | None:
        latency[0] = min(10.0, max(0.001, latency[0] * dice.lognormvariate(0, told["drift"])))
        if dice.random() < told["jumps"]:
            latency[0] *= dice.choice([0.2, 5.0])
        if dice.random() < told["gaps"]:
            return Stretch(now, SAMPLE, {}, told["cpu"], told["memory"])
        took = latency[0] * dice.lognormvariate(0, told["noise"])
        calls = max(1.0, 10 * SAMPLE / took)
        sums = {
            "provider.calls": calls, "provider.answered": calls * values["batch_size"],
            "provider.us": calls * took * 1e6, "pipeline.waiting.us": dice.random() * calls * took * 2e6,
            "batches.sent": calls, "batches.full": dice.random() * calls,
        }  # fmt: skip
        return Stretch(now, SAMPLE, sums, told["cpu"], told["memory"])

    return stretch


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(walks)
def test_no_series_drives_a_knob_astray(told: Mapping[str, float]) -> None:
    desk = run(standings(*told["starts"]), measures(), PACE, TIMES, series(told), most=60)  # type: ignore[misc]
    for turn in desk.turns:
        low, high, step = LIMITS[turn.knob]
        assert low <= turn.new <= high
        assert abs(turn.new - turn.old) <= step
    steps = [turn for turn in desk.turns if not turn.is_back]
    assert all(later.at - earlier.at >= PACE.window for earlier, later in pairwise(steps)), "one step an interval"
    assert_every_step_is_ruled_on_in_time(desk)
    for name in LIMITS:
        assert_no_to_and_fro([turn for turn in desk.turns if turn.knob == name])


def assert_every_step_is_ruled_on_in_time(desk: MemoryDesk) -> None:
    """One knob at a time; a step that is taken back is taken back soon."""
    last: Turn | None = None
    for turn in desk.turns:
        if turn.is_back:
            assert last is not None
            assert (turn.knob, turn.old, turn.new) == (last.knob, last.new, last.old)
            assert turn.at - last.at <= LONGEST
        last = turn


def assert_no_to_and_fro(turns: list[Turn]) -> None:
    """What was tried and taken back, and the way back from what was kept, is left alone for a cool-down."""
    steps = [(turn, following) for turn, following in pairwise([*turns, None]) if turn and not turn.is_back]
    failed = [(step, back) for step, back in steps if back and back.is_back]
    for step, back in failed:
        soon = [again for again, _end in steps if back.at < again.at < back.at + PACE.cool_down / 4]
        assert (step.old, step.new) not in [(again.old, again.new) for again in soon], "tried again too soon"
    kept = [step for step, following in steps if following and not following.is_back]
    for earlier, later in pairwise(kept):
        is_return = (later.new - later.old) * (earlier.new - earlier.old) < 0
        assert not is_return or later.at - earlier.at >= PACE.cool_down, "to and fro"
