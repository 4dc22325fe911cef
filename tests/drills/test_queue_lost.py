"""The queue's Redis dies and comes back empty, or is emptied: it carries hints only, and nothing is lost."""

from __future__ import annotations

import time

import pytest
import redis

from tests.drills.client import busy
from tests.drills.judge import Outcome, judge, longest_stall, wait_for_end, wait_until_planned
from tests.drills.load import Load
from tests.drills.stage import SMALL_CHUNKS, Stage
from tests.drills.texts import texts

pytestmark = pytest.mark.drill

WORKERS, ROUNDS, AWAY = 4, 3, 1.5
STALL = 15.0  # seconds


def test_an_emptied_queue_costs_no_comment_and_no_request(stage: Stage) -> None:
    stage.start(WORKERS, **SMALL_CHUNKS)
    load = Load(stage)
    sent = texts(6_000, "espera-10", seed=3)
    session = stage.submit(sent)
    wait_until_planned(stage, session)

    with busy(load.uploading(60, "espera-2", pause=1.0), load.uploading(60, pause=1.0), load.reading(), load.reading()):
        for _ in range(ROUNDS):
            stage.queue.stop(now=True)
            time.sleep(AWAY)
            stage.queue.start()
            time.sleep(1.5)
            with redis.Redis.from_url(stage.queue.url) as queue:
                queue.flushall()
            time.sleep(1.5)
    wait_for_end(stage, session)

    assert judge(stage, session, sent) == Outcome("completed", len(sent))
    load.settle()
    stall = longest_stall(stage, session)
    stage.say(f"longest stall {stall:.1f} s, {len(load.promised)} uploads, answers {load.history.statuses()}")
    assert stall <= STALL
    assert load.history.unexpected(200, 202) == []
