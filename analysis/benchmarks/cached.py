"""What a cached answer costs: a whole request against a view that does nothing, and each tier by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from statistics import median

from django.test import override_settings

from analysis.api.analyze import ROUTE_HEADER
from analysis.benchmarks.bare import ADDRESS, API_ADDRESS
from analysis.benchmarks.caller import Caller, caller, timed
from analysis.benchmarks.files import distinct_texts
from analysis.benchmarks.network import Network, network
from analysis.benchmarks.web import LIVE, web
from analysis.engines.registry import LLM
from analysis.routing import answers
from analysis.routing.answers import Kept, key_of
from analysis.routing.cache import VerdictCache
from analysis.routing.remote import Terms
from analysis.routing.router import engine_version, label_stream, label_texts
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark, milliseconds

_TIMES, _TEXTS = 200, 200
_BATCH, _TURNS, _WARM = 20, 4, 20
_ANALYZE = "/api/v1/analyze"


@benchmark(
    "cache_performance",
    "a cached answer against a bare view; each tier; a second session",
    repeats=5,
    quick_rows=100,
    quick_repeats=3,
    first=True,
)
@contextmanager
def cache_performance(options: Options) -> Iterator[Measure]:
    """Yield the measurement of so many requests of each kind, in turns; ``options.rows`` if given."""
    texts = {str(place): text for place, text in enumerate(distinct_texts(options.rows or _TEXTS))}
    with caller() as program, network(0.0) as ground:
        yield lambda: {**_requests(program, options.rows or _TIMES), **_tiers(texts), **_two_sessions(ground, texts)}


def _requests(program: Caller, times: int) -> Figures:
    """Over HTTP, in turns, so that both meet the same machine; and what the API does for every request, in process."""
    body = {"items": [{"text": "El internet anda mal desde ayer"}]}
    bare, cached = list[float](), list[float]()
    with web(program.secret) as client:
        for _ in range(_WARM):
            client.post(_ANALYZE, json=body)
            client.get(LIVE)
        if client.post(_ANALYZE, json=body).headers.get(ROUTE_HEADER) != "cache":
            raise RuntimeError("The answer did not come from the cache; measured nothing.")
        for _ in range(_TURNS):
            bare += [timed(partial(client.get, LIVE)) for _ in range(times // _TURNS)]
            cached += [timed(partial(client.post, _ANALYZE, json=body)) for _ in range(times // _TURNS)]
    return {
        "bare view, p50": milliseconds(median(bare)),
        "analyze, cached, p50": milliseconds(median(cached)),
        "cached / bare": Figure(median(cached) / median(bare), "ratio", Better.LOWER),
        **_in_process(program, times),
    }


def _in_process(program: Caller, times: int) -> Figures:
    """Without a network: a view that does nothing, one of the API that does nothing, and the cached answer."""
    text = "El internet anda mal desde ayer"
    body = {"items": [{"text": text}]}
    program.post(_ANALYZE, body)
    bare: dict[str, list[float]] = {ADDRESS: [], API_ADDRESS: []}
    cached: list[float] = []
    for _ in range(_TURNS):
        with override_settings(ROOT_URLCONF="analysis.benchmarks.bare"):
            for address, seconds in bare.items():
                program.post(address, body)  # the first one finds nothing prepared
                seconds += [timed(partial(program.post, address, body)) for _ in range(times // _TURNS)]
        program.analyze(text, "cache")
        cached += [program.analyze(text, "cache") for _ in range(times // _TURNS)]
    return {
        "in process: bare view, p50": milliseconds(median(bare[ADDRESS])),
        "in process: bare view of the API, p50": milliseconds(median(bare[API_ADDRESS])),
        "in process: analyze, cached, p50": milliseconds(median(cached)),
    }


def _tiers(texts: dict[str, str]) -> Figures:
    """One text in memory; a batch of texts in Redis."""
    memory, version, label = VerdictCache(len(texts)), "benchmark", "benchmark"
    verdicts = label_texts(texts, engine="embedded")
    memory.keep(texts, verdicts, engine="embedded", version=version)
    keys = [key_of(text) for text in texts.values()]
    answers.keep(
        label, {key: Kept.of(text, {"score": 0.5}, Decimal(0)) for key, text in zip(keys, texts.values(), strict=True)}
    )
    batches = [keys[place : place + _BATCH] for place in range(0, len(keys), _BATCH)]
    ones = [{name: text} for name, text in texts.items()]

    def in_memory(version: str) -> float:
        return median(timed(partial(memory.find, one, engine="embedded", version=version)) for one in ones)

    def in_redis(label: str) -> float:
        return median(timed(partial(answers.find, label, some)) for some in batches)

    figures = {
        "memory, hit, one text": milliseconds(in_memory(version)),
        "memory, miss, one text": milliseconds(in_memory("other")),
        f"Redis, hit, {_BATCH} texts": milliseconds(in_redis(label)),
        f"Redis, miss, {_BATCH} texts": milliseconds(in_redis("other")),
    }
    answers.forget(label)
    return figures


def _two_sessions(ground: Network, texts: dict[str, str]) -> Figures:
    """Calls that the same texts cost the first and the second time."""
    ground.forget()
    version, calls = engine_version(LLM), []
    for _ in range(2):
        before = ground.provider.seen()
        for _some in label_stream(texts, engine=LLM, version=version, terms=Terms(may_leave=True)):
            pass
        calls.append((ground.provider.seen() - before).calls)
    return {
        "first session: provider calls": Figure(calls[0], "calls"),
        "second session: provider calls": Figure(calls[1], "calls", Better.LOWER),
    }
