"""As if power failed, again and again: what a client was told to be taken is there, and is worked on to its end."""

from __future__ import annotations

import time

import pytest

from tests.drills.client import busy
from tests.drills.load import Load
from tests.drills.stage import SMALL_CHUNKS, Stage

pytestmark = pytest.mark.drill

WORKERS, ROUNDS, UPLOADS_A_ROUND = 2, 5, 4


def test_whatever_was_acknowledged_outlives_five_deaths_of_everything(stage: Stage) -> None:
    load = Load(stage)
    clients = [load.uploading(200, "espera-3", pause=0.1) for _ in range(2)] + [load.adding(100, "espera-3")]
    stage.start(WORKERS, **SMALL_CHUNKS)

    with busy(*clients, load.reading()):
        for number in range(1, ROUNDS + 1):
            load.wait_for_promises(UPLOADS_A_ROUND * number)
            time.sleep(0.1 * number)
            stage.kill_all()
            stage.start_servers()
            stage.start(WORKERS, **SMALL_CHUNKS)
    load.settle()

    stage.say(f"{len(load.promised)} sessions promised, all whole; answers {load.history.statuses()}")
    assert load.history.unexpected(0, 200, 201, 202, 409, 503) == []
