"""Fifty programs send one request with one Idempotency-Key at the same moment."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from tests.drills.client import Call, busy
from tests.drills.load import Load
from tests.drills.stage import SMALL_CHUNKS, Stage
from tests.drills.texts import csv_of, texts

pytestmark = pytest.mark.drill

WORKERS, AT_ONCE = 4, 50


def test_fifty_uploads_with_one_key_are_one_session(stage: Stage) -> None:
    stage.start(WORKERS, **SMALL_CHUNKS)
    load, key = Load(stage), "the same key for all"
    comments = texts(80, seed=6)
    together, answers = threading.Barrier(AT_ONCE), list[Call]()

    def upload(_stopped: threading.Event) -> None:
        client = load.client()
        together.wait(timeout=20)
        call = client.upload(key, csv_of(comments), key)
        while call.status == 409:  # the first of them is still at work
            call = client.upload(key, csv_of(comments), key)
        answers.append(call)

    with busy(*[upload] * AT_ONCE):
        pass
    session = answers[0].json["id"]
    load.promised[session] = comments
    load.keys.append(key)
    load.settle()

    made = stage.ask("SELECT count(*) FROM sessions WHERE name = %s", key)[0][0]
    stage.say(f"{made} session, answers {load.history.statuses()}")
    assert made == 1
    assert Counter((call.status, call.body) for call in answers) == {(202, answers[0].body): AT_ONCE}
    assert load.client().upload(key, csv_of(comments[:-1]), key).status == 422, "another body under this key"
    assert load.history.unexpected(202, 409, 422) == []
