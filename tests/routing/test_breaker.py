"""An endpoint that fails is left alone, by all processes, and tried again by one."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from analysis.routing import breaker as module
from analysis.routing.breaker import FAILURES, Breaker, State
from analysis.routing.scripts import CacheScript

BRIEF = 0.15


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def breaker(name: str) -> Breaker:
    return Breaker(name, open_seconds=BRIEF, probe_seconds=BRIEF)


def fail(breaker: Breaker, times: int = FAILURES) -> None:
    for _ in range(times):
        breaker.failed()


def test_closed_everybody_may_call(breaker: Breaker) -> None:
    assert [breaker.ask().state for _ in range(3)] == [State.CLOSED] * 3


def test_it_opens_after_failures_in_a_row_and_says_how_long(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    assert breaker.ask().granted
    breaker.failed()
    leave = breaker.ask()
    assert (leave.state, leave.granted) == (State.OPEN, False)
    assert 0 < leave.wait <= BRIEF


def test_a_success_in_between_begins_the_count_anew(breaker: Breaker) -> None:
    for _ in range(3):
        fail(breaker, FAILURES - 1)
        breaker.succeeded()
    assert breaker.ask().state is State.CLOSED


def test_calls_that_run_out_of_time_while_others_are_answered_are_no_outage(breaker: Breaker) -> None:
    breaker.succeeded()
    for _ in range(FAILURES):
        breaker.failed(took=1.0)
    assert breaker.ask().state is State.CLOSED


def test_calls_that_began_after_the_last_answer_are(breaker: Breaker) -> None:
    breaker.succeeded()
    time.sleep(0.02)
    for _ in range(FAILURES):
        breaker.failed(took=0.01)
    assert breaker.ask().state is State.OPEN


def test_a_probe_that_fails_opens_it_again_however_long_it_took(breaker: Breaker) -> None:
    fail(breaker)
    time.sleep(BRIEF)
    assert breaker.ask().granted
    breaker.failed(took=1.0)
    assert breaker.ask().state is State.OPEN


def test_half_open_one_caller_tries_and_the_others_wait(breaker: Breaker) -> None:
    fail(breaker)
    time.sleep(BRIEF)
    with ThreadPoolExecutor(8) as pool:
        leaves = list(pool.map(lambda _: breaker.ask(), range(40)))
    assert [leave.state for leave in leaves if leave.granted] == [State.HALF_OPEN]
    assert {leave.state for leave in leaves if not leave.granted} == {State.HALF_OPEN}


def test_the_try_closes_it_or_opens_it_again(breaker: Breaker) -> None:
    fail(breaker)
    time.sleep(BRIEF)
    assert breaker.ask().state is State.HALF_OPEN
    breaker.failed()
    assert breaker.ask().state is State.OPEN
    time.sleep(BRIEF)
    assert breaker.ask().state is State.HALF_OPEN
    breaker.succeeded()
    assert breaker.ask().state is State.CLOSED


def test_whoever_tries_and_is_never_heard_of_again_is_followed_by_another(breaker: Breaker) -> None:
    fail(breaker)
    time.sleep(BRIEF)
    assert breaker.ask().granted
    assert not breaker.ask().granted
    time.sleep(BRIEF)
    assert breaker.ask().granted


def test_whoever_only_looks_takes_no_try_away(breaker: Breaker) -> None:
    fail(breaker)
    time.sleep(BRIEF)
    assert [breaker.look().state for _ in range(2)] == [State.HALF_OPEN] * 2
    assert breaker.ask().granted


def test_quiet_is_kept_by_all_and_never_shortened(breaker: Breaker, name: str) -> None:
    breaker.keep_quiet(0.2)
    breaker.keep_quiet(0.01)
    leave = Breaker(name).ask()
    assert (leave.state, leave.granted) == (State.QUIET, False)
    assert 0.1 < leave.wait <= 0.2
    breaker.succeeded()
    assert not breaker.ask().granted
    time.sleep(0.2)
    assert breaker.ask().state is State.CLOSED


def test_endpoints_know_nothing_of_each_other(breaker: Breaker) -> None:
    fail(breaker)
    assert Breaker(uuid.uuid4().hex).ask().state is State.CLOSED


@pytest.fixture
def without_redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_CACHE_URL = "redis://127.0.0.1:9/0"
    monkeypatch.setattr(module, "_step", CacheScript("return 1"))


@pytest.mark.usefixtures("without_redis")
def test_without_redis_calls_go_through(breaker: Breaker) -> None:
    fail(breaker)
    breaker.keep_quiet(60)
    assert breaker.ask().state is State.CLOSED
