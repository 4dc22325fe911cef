"""A knob that somebody turns in the admin is followed by every running process; the tuner heeds its switch, soon."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx
import orjson
import pytest
import redis

from tests.drills.client import busy
from tests.drills.load import Load
from tests.drills.stage import SMALL_CHUNKS, Stage, wait_for

pytestmark = pytest.mark.drill

WITHIN = 5.0  # seconds
WORKERS, WEB = 1, 2
SETTINGS = SMALL_CHUNKS | {
    "WEB_CONCURRENCY": str(WEB), "DB_POOL_MIN": "6", "DB_POOL_BUDGET": "30", "SWEEP_SECONDS": "0.5",
    "TUNER_SAMPLE_SECONDS": "1", "TUNER_SETTLE_SECONDS": "1", "TUNER_INTERVAL_SECONDS": "3",
}  # fmt: skip
_BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fibercomments-web'"
_ROW = "SELECT id, value, low, high, step, mode FROM tunables WHERE name = %s"
_TURNS = "SELECT count(*) FROM tuning_decisions WHERE source = 'tuner' AND state <> 'suggested'"


class Person:
    """A superuser's browser."""

    def __init__(self, stage: Stage) -> None:
        name, value = stage.account["cookie"].split("=", 1)
        self.stage = stage
        self._browser = httpx.Client(base_url=f"http://127.0.0.1:{stage.port}", cookies={name: value}, timeout=30)

    def turn(self, name: str, **changes: str) -> None:
        """Save the knob's form."""
        self._browser.get("/perf/tuner/")  # rows that are missing are made
        pk, *row = self.stage.ask(_ROW, name)[0]
        values = dict(zip(("value", "low", "high", "step", "mode"), map(str, row), strict=True))
        self._post(f"/admin/perf/tunable/{pk}/change/", values | changes)

    def tell_the_tuner(self, action: str) -> None:
        """Press a button of its page."""
        self._post("/perf/tuner/", {"action": action})

    def close(self) -> None:
        self._browser.close()

    def _post(self, path: str, values: dict[str, str]) -> None:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self._browser.get(path).text)
        assert token
        answer = self._browser.post(path, data=values | {"csrfmiddlewaretoken": token[1]})
        assert answer.status_code == 302, answer.text


@pytest.fixture
def person(stage: Stage) -> Iterator[Person]:
    stage.start(WORKERS, **SETTINGS)
    own = Person(stage)
    yield own
    own.close()
    stage.ask("DELETE FROM tuning_decisions")
    stage.ask("DELETE FROM tunables")
    stage.ask("DELETE FROM tuner")
    stage.stop()


def followers(stage: Stage, name: str, value: float) -> list[str]:
    """The roles of the processes that told within the last seconds that they see this value."""
    with redis.Redis.from_url(stage.environment({})["REDIS_METRICS_URL"]) as client:
        told = {key.decode(): orjson.loads(seen) for key, seen in client.hgetall("perf:knobs:seen").items()}
    fresh = {key: seen for key, seen in told.items() if time.time() - seen["at"] < WITHIN}
    return sorted(key.split(":")[0] for key, seen in fresh.items() if seen["values"].get(name) == value)


def turns(stage: Stage) -> int:
    """How often the tuner has turned something."""
    return int(stage.ask(_TURNS)[0][0])


def test_every_process_follows_and_pools_shrink(stage: Stage, person: Person) -> None:
    everybody = ["sweeper", *["web"] * WEB, *["worker"] * WORKERS]
    wait_for(lambda: set(everybody) <= set(followers(stage, "batch_size", 20)), "all to follow")
    person.turn("batch_size", value="35")
    seconds = wait_for(lambda: followers(stage, "batch_size", 35) == everybody, "all to see it", pause=0.1)
    wait_for(lambda: stage.ask(_BACKENDS)[0][0] >= 12, "the pools to be full")
    person.turn("connection_pool", value="5")
    shrunk = wait_for(lambda: stage.ask(_BACKENDS)[0][0] <= 2 * WEB, "the pools to shrink", pause=0.1)
    stage.say(f"seen by {', '.join(everybody)} in {seconds:.1f} s; 12 connections became {2 * WEB} in {shrunk:.1f} s")
    assert seconds <= WITHIN
    assert shrunk <= WITHIN


def test_the_tuner_stops_when_it_is_told_to(stage: Stage, person: Person) -> None:
    person.turn("connection_pool", mode="auto")
    load = Load(stage)
    with busy(*(load.reading(pause=0.01) for _ in range(6))):
        wait_for(lambda: turns(stage) > 0, "the tuner to turn something")
        person.tell_the_tuner("stop")
        time.sleep(WITHIN)  # what it is given to hear of it
        stopped_at = turns(stage)
        time.sleep(2 * WITHIN)
        assert turns(stage) == stopped_at
        person.tell_the_tuner("start")
        seconds = wait_for(lambda: turns(stage) > stopped_at, "the tuner to go on")
    stage.say(f"{stopped_at} turns, none while it was stopped, the next {seconds:.1f} s after it was started")
    assert load.history.unexpected(200, 503) == []
