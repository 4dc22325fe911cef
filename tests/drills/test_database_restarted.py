"""PostgreSQL is restarted under load and stays away for a while: nothing that was acknowledged is lost."""

from __future__ import annotations

import time

import pytest

from tests.drills.client import History, busy, percentile
from tests.drills.judge import Outcome, judge, wait_for_end, wait_until_planned
from tests.drills.load import Load
from tests.drills.stage import SMALL_CHUNKS, Stage, wait_for
from tests.drills.texts import texts

pytestmark = pytest.mark.drill

WORKERS, AWAY = 4, 10.0
REFUSED_WITHIN, BACK_WITHIN = 3.0, 10.0  # seconds


def test_restarts_and_an_absence_lose_nothing_that_was_acknowledged(stage: Stage) -> None:
    stage.start(WORKERS, **SMALL_CHUNKS)
    load = Load(stage)
    sent = texts(6_000, "espera-10", seed=4)
    session = stage.submit(sent)
    wait_until_planned(stage, session)
    clients = [load.uploading(60, "espera-2", pause=0.5) for _ in range(2)] + [load.reading() for _ in range(4)]

    with busy(*clients):
        load.wait_for_promises(3)
        calm_from = time.monotonic()
        time.sleep(2)
        calm_until = time.monotonic()
        for number, brutally in enumerate((False, True, False, True)):
            stage.postgres.stop(now=brutally)
            time.sleep(0.3 * number)
            stage.postgres.start()
            time.sleep(2)
        stage.postgres.stop()
        time.sleep(AWAY)
        stage.postgres.start()
        back = time.monotonic()
        seen = len(load.promised)
        wait_for(lambda: len(load.promised) > seen, "an upload to be taken again", BACK_WITHIN)
        recovered = time.monotonic()
        time.sleep(max(2.0, back + BACK_WITHIN - recovered))
    wait_for_end(stage, session)

    report(stage, load.history, calm_from, calm_until, back, recovered)
    assert judge(stage, session, sent) == Outcome("completed", len(sent))
    load.settle()
    assert load.history.unexpected(200, 202, 503) == []
    assert max(call.seconds for call in load.history.ended(503)) <= REFUSED_WITHIN
    assert late(load.history, back) <= BACK_WITHIN


def late(history: History, back: float) -> float:
    """Seconds after its return in which somebody was still told that the database was away."""
    return max((call.began - back for call in history.ended(503)), default=0.0)


def report(stage: Stage, history: History, calm_from: float, calm_until: float, back: float, recovered: float) -> None:
    calm = percentile(history.between(calm_from, calm_until), 0.95)
    after = percentile(history.between(back + BACK_WITHIN / 2), 0.95)
    slowest = max((call.seconds for call in history.ended(503)), default=0)
    stage.say(
        f"answers {history.statuses()}, slowest 503 {slowest:.2f} s, first upload after {recovered - back:.1f} s, "
        f"last 503 after {late(history, back):.1f} s, p95 {calm * 1000:.0f} ms before, {after * 1000:.0f} ms after"
    )
