"""Texts leave in full batches, or when the first has waited long enough; none is sent twice, and none is forgotten."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.routing.batcher import WAIT_SECONDS, Batcher, next_size
from tests import apart

FOR_EVER = 3600.0
Answers = Batcher[str, str]


class Recorder:
    """Runs batches: says of each text what it is, in capitals, once it is let to."""

    def __init__(self, size: int = 3, wait_seconds: float = FOR_EVER) -> None:
        self.size = size
        self.sent: list[tuple[str, dict[str, str]]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.fault: Exception | None = None
        self.forgets: set[str] = set()
        self.batcher: Answers = Batcher(self.run, lambda: self.size, wait_seconds=wait_seconds)

    async def run(self, kind: str, texts: Mapping[str, str]) -> None:
        self.sent.append((kind, dict(texts)))
        await self.go.wait()
        for key, text in texts.items():
            if key not in self.forgets:
                self.batcher.tell(kind, key, text.upper())
        if self.fault:
            raise self.fault

    async def settle(self) -> None:
        """Let everything happen that is not waiting for a clock."""
        for _ in range(20):
            await asyncio.sleep(0)


def in_a_loop(story: Callable[[], Awaitable[None]]) -> None:
    async def told() -> None:
        await story()

    apart.run(told())


def test_a_full_batch_leaves_at_once() -> None:
    async def story() -> None:
        recorder = Recorder(size=3)
        asked = [recorder.batcher.submit("k", str(number), f"t{number}") for number in range(7)]
        assert await asyncio.gather(*asked[:6]) == ["T0", "T1", "T2", "T3", "T4", "T5"]
        assert [len(texts) for _kind, texts in recorder.sent] == [3, 3]
        assert not asked[6].done()

    in_a_loop(story)


def test_others_leave_when_the_first_of_them_has_waited() -> None:
    async def story() -> None:
        recorder = Recorder(size=100, wait_seconds=0.01)
        asked = [recorder.batcher.submit("k", key, key) for key in "ab"]
        await recorder.settle()
        assert await asyncio.gather(*asked) == ["A", "B"]
        assert recorder.sent == [("k", {"a": "a", "b": "b"})]

    in_a_loop(story)


def test_the_wait_is_a_tenth_of_a_second() -> None:
    async def story() -> None:
        batcher: Answers

        async def run(kind: str, texts: Mapping[str, str]) -> None:
            for key in texts:
                batcher.tell(kind, key, key)

        batcher = Batcher(run, lambda: 100)
        started = time.monotonic()
        await batcher.submit("k", "a", "a")
        assert time.monotonic() - started > 0.9 * WAIT_SECONDS
        assert WAIT_SECONDS == 0.1

    in_a_loop(story)


def test_in_a_hurry_a_batch_leaves_with_whatever_it_holds() -> None:
    async def story() -> None:
        recorder = Recorder(size=100)
        asked = [recorder.batcher.submit("k", key, key) for key in "ab"]
        hurried = recorder.batcher.submit("k", "c", "c", hurry=True)
        assert await asyncio.gather(*asked, hurried) == ["A", "B", "C"]
        assert len(recorder.sent) == 1

    in_a_loop(story)


def test_who_is_in_a_hurry_does_not_wait_with_somebody_who_is_not() -> None:
    async def story() -> None:
        recorder = Recorder(size=100)
        patient = recorder.batcher.submit("k", "a", "a")
        hurried = recorder.batcher.submit("k", "a", "a", hurry=True)
        told = asyncio.gather(patient, hurried)
        assert [*await asyncio.wait_for(told, 60)] == ["A", "A"]
        assert recorder.sent == [("k", {"a": "a"})]

    in_a_loop(story)


def test_the_same_text_on_its_way_is_asked_once_and_all_hear_the_answer() -> None:
    async def story() -> None:
        recorder = Recorder(size=2)
        recorder.go.clear()
        waiting = [recorder.batcher.submit("k", "a", "a") for _ in range(20)]
        waiting.append(recorder.batcher.submit("k", "b", "b"))
        await recorder.settle()
        waiting += [recorder.batcher.submit("k", "a", "a") for _ in range(20)]
        recorder.go.set()
        assert await asyncio.gather(*waiting) == [*["A"] * 20, "B", *["A"] * 20]
        assert recorder.sent == [("k", {"a": "a", "b": "b"})]

    in_a_loop(story)


def test_after_its_answer_a_text_is_asked_anew() -> None:
    async def story() -> None:
        recorder = Recorder(size=1)
        for _ in range(2):
            assert await recorder.batcher.submit("k", "a", "a") == "A"
        assert len(recorder.sent) == 2

    in_a_loop(story)


def test_kinds_are_kept_apart() -> None:
    async def story() -> None:
        recorder = Recorder(size=2)
        asked = [recorder.batcher.submit(kind, key, kind + key) for key in "ab" for kind in ("k", "q")]
        assert await asyncio.gather(*asked) == ["KA", "QA", "KB", "QB"]
        assert recorder.sent == [("k", {"a": "ka", "b": "kb"}), ("q", {"a": "qa", "b": "qb"})]

    in_a_loop(story)


def test_when_a_run_breaks_all_who_wait_hear_of_it() -> None:
    async def story() -> None:
        recorder = Recorder(size=3)
        recorder.forgets, recorder.fault = {"b", "c"}, KeyError("broken")
        asked = [recorder.batcher.submit("k", key, key) for key in "abc"]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert told[0] == "A"
        assert [type(one) for one in told[1:]] == [KeyError, KeyError]
        recorder.forgets, recorder.fault, recorder.size = set(), None, 1
        assert await recorder.batcher.submit("k", "b", "b") == "B"

    in_a_loop(story)


def test_a_run_that_forgets_a_text_leaves_nobody_waiting() -> None:
    async def story() -> None:
        recorder = Recorder(size=2)
        recorder.forgets = {"b"}
        asked = [recorder.batcher.submit("k", key, key) for key in "ab"]
        assert await asked[0] == "A"
        with pytest.raises(RuntimeError, match="without an answer"):
            await asked[1]

    in_a_loop(story)


def test_the_size_that_counts_is_that_of_the_moment() -> None:
    async def story() -> None:
        recorder = Recorder(size=5)
        asked = [recorder.batcher.submit("k", key, key) for key in "abc"]
        recorder.size = 2
        asked.append(recorder.batcher.submit("k", "d", "d"))
        await asyncio.gather(*asked)
        assert [len(texts) for _kind, texts in recorder.sent] == [4]

    in_a_loop(story)


@pytest.mark.parametrize(
    ("size", "seconds", "then"),
    [
        (20, 2.01, 15), (12, 2.01, 10), (10, 9.0, 10), (20, 2.0, 20), (20, 0.5, 20), (20, 0.49, 25), (48, 0.1, 50),
        (50, 0.1, 50), (4, 9.0, 4), (4, 0.1, 9),
    ],
)  # fmt: skip
def test_the_size_follows_how_long_answers_take(size: int, seconds: float, then: int) -> None:
    assert next_size(size, seconds) == then


@given(size=st.integers(10, 50), each=st.lists(st.floats(0, 10), max_size=40))
def test_the_size_stays_between_ten_and_fifty(size: int, each: list[float]) -> None:
    for seconds in each:
        size = next_size(size, seconds)
        assert 10 <= size <= 50
