"""The work of a side: a process that measures once for each line it reads (``analysis.benchmarks.layers.sides``)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from statistics import mean
from typing import Any

from django.db import connection
from django.test import Client

from analysis.benchmarks.caller import HOST, timed
from analysis.benchmarks.files import distinct_texts
from analysis.benchmarks.layers.plain import plain_queries, product_queries
from analysis.benchmarks.layers.sides import MARK
from analysis.benchmarks.network import Network, ask_all, network
from analysis.benchmarks.savings import PRICE
from analysis.intake.additions import add_comments
from analysis.intake.uploads import create_empty_session
from analysis.models import Session, SessionState, Team
from analysis.processing import verbs
from analysis.processing.inline import work_until_done
from analysis.routing import cache, nodes
from analysis.routing.answers import key_of
from perf.benchmarks.pairs import Turns

Measured = dict[str, float]
_LATENCY, _TURNS, _WARM = 0.3, 3, 20
_AT_ONCE = 16  # as many as threads of two web processes
_MILLION = 1_000_000


@contextmanager
def labelling(given: dict[str, Any]) -> Iterator[Callable[[], Measured]]:
    """The sample, stored, then labelled and written: seconds of the latter."""
    team = Team.objects.get(pk=given["team"])

    def label(texts: list[str]) -> float:
        cache.verdicts.forget()
        session = create_empty_session(team=team, user=None, name="benchmark")
        add_comments(session=session, records=[{"comment": text} for text in texts])
        started = time.perf_counter()
        session = work_until_done(verbs.start_analysis(session=session, actor=None))
        seconds = time.perf_counter() - started
        verbs.delete_session(session=session, actor=None)
        if session.state != SessionState.COMPLETED:
            raise RuntimeError(f"The session ended {session.state}.")
        return seconds

    label(given["texts"][:_WARM])
    yield lambda: {"seconds": label(given["texts"])}


@contextmanager
def queries(given: dict[str, Any]) -> Iterator[Callable[[], Measured]]:
    """Queries, each with a connection as a request gets it: milliseconds, and connections opened."""
    session = Session.objects.get(pk=given["session"])
    asked = (plain_queries if given["plain"] else product_queries)(session)
    for ask in asked:
        ask()

    def measure() -> Measured:
        seconds, backends = list[float](), set[int]()
        for ask in asked * _TURNS:
            connection.close()  # a request ends, another one begins
            started = time.perf_counter()
            ask()
            seconds.append(time.perf_counter() - started)
            backends.add(connection.connection.info.backend_pid)
        return {"ms": 1000 * mean(seconds), "connections": 100 * len(backends) / len(seconds)}

    yield measure


@contextmanager
def asking(given: dict[str, Any]) -> Iterator[Callable[[], Measured]]:
    """Each text of the sample by a request of its own, 16 at once, twice: mean milliseconds, US dollars a million."""

    texts = [text for _ in range(2) for text in given["texts"]]
    headers = {"Authorization": f"Bearer {given['secret']}", "Host": HOST}

    def ask(text: str) -> float:
        client, body = Client(headers=headers), {"items": [{"text": text}], "engine": "llm", "sends_abroad": True}
        started = time.perf_counter()
        try:
            answer = client.post("/api/v1/analyze", body, content_type="application/json")
        finally:
            connection.close()  # as at the end of a request, which the test client leaves open
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code}: {answer.content[:200]!r}")
        return time.perf_counter() - started

    with network(_LATENCY) as ground:

        def measure() -> Measured:
            ask(texts[0])
            ground.forget()
            before = ground.provider.seen()
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                seconds = list(pool.map(ask, texts))
            seen = ground.provider.seen() - before
            if not seen.calls:
                raise RuntimeError("The provider was never asked; measured nothing.")
            cost = float(PRICE.of(seen.tokens_in, seen.tokens_out))
            return {"ms": 1000 * mean(seconds), "cost": _MILLION * cost / len(texts)}

        yield measure


@contextmanager
def calling(_given: dict[str, Any]) -> Iterator[Callable[[], Measured]]:
    """Texts sent to one node and to three, each of which takes two calls at once: seconds of each, in turns."""
    texts, turns = {key_of(text): text for text in distinct_texts(120)}, Turns()

    def seconds(ground: Network, number: int) -> float:
        alone = ground.use(batch_size=10, at_once=2).nodes[0]
        pool = replace(ground.pool, nodes=tuple(replace(alone, name=f"{alone.name} {n}") for n in range(number)))
        nodes.use(pool)
        return timed(partial(ask_all, pool, texts))

    with network(_LATENCY) as ground:

        def measure() -> Measured:
            told = turns.round({"one": partial(seconds, ground, 1), "three": partial(seconds, ground, 3)})
            return {"texts": len(texts), **told}

        seconds(ground, 1)
        yield measure


WORKS = {"labelling": labelling, "queries": queries, "asking": asking, "calling": calling}


def main(work: str, given: str) -> None:
    """Say that all is ready, then measure once a line."""
    with WORKS[work](json.loads(given)) as measure:
        print(MARK + "{}", flush=True)  # noqa: T201
        for _line in sys.stdin:
            print(MARK + json.dumps(measure()), flush=True)  # noqa: T201
