"""The domain's knobs: what each does in plain words, and how the tuner sees whether a turn of it was good."""

from __future__ import annotations

import random

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from perf import tunables
from perf.tunables import Knob, clamped, declare
from perf.tuning.hints import by_cpu, by_hits, by_latency
from perf.tuning.samples import Sample
from perf.tuning.signals import Measure, Stretch, measure

BATCH_SIZE, CALLS_AT_ONCE, CACHE_TTL = "batch_size", "worker_threads", "cache_ttl"
LATENCY_LIMIT_MS = 2000.0
"""Longer than this nobody likes to wait: a score is lessened by the share that a call takes longer."""
_FEWEST_CALLS, _FEWEST_LOOKUPS = 2, 10
_JITTER = 0.1


def register() -> None:
    """Declare them, and say how they are measured."""
    declare(
        Knob(
            BATCH_SIZE, _("Texts a call"),
            _("How many comments share one call to an engine of the network. More spare calls; each takes longer."),
            _("texts"), default=20, low=5, high=50, step=5, mode="suggest",
            otherwise=_("Until it is turned, or the tuner may turn it, each pool of nodes keeps to its own number, "
                        "which follows latency where the pool says so."),
        )
    )  # fmt: skip
    declare(
        Knob(
            CALLS_AT_ONCE, _("Calls at once"),
            _("How many calls each process makes to an engine of the network at the same time. More are faster, until "
              "the engine or the processor cannot keep up."),
            _("calls"), default=10, low=2, high=20, step=2, mode="suggest",
        )
    )  # fmt: skip
    declare(
        Knob(
            CACHE_TTL, _("Cache time"),
            _("For how long counted numbers, such as those of an overview, are kept to be shown again. Longer spares "
              "the database and takes more of Redis; what changed is never shown as it was."),
            _("seconds"), default=settings.CACHE_TTL, low=60, high=3600, step=300, mode="suggest",
        )
    )  # fmt: skip
    measure(Measure(BATCH_SIZE, read_batches, by_latency, _("texts answered in each second that calls take")))
    measure(Measure(CALLS_AT_ONCE, read_calls, by_cpu, _("texts answered a second"), cheaper=-1))
    measure(Measure(CACHE_TTL, read_cache, by_hits, _("share of numbers that were still kept"), cheaper=-1))


def cache_seconds() -> int:
    """How long to keep a counted number: the knob, give or take a tenth, so that not all lapse at once."""
    low, high = 60.0, 3600.0
    spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - jitter
    return int(clamped(tunables.value(CACHE_TTL) * spread, low, high))


def read_batches(stretch: Stretch) -> Sample | None:
    """Texts answered in each second that calls took: as many calls as one likes do not change it."""
    calls, texts, seconds = stretch.sum("provider.calls"), stretch.sum("provider.answered"), _calling(stretch)
    if calls < _FEWEST_CALLS or not texts or not seconds:
        return None
    full, sent = stretch.sum("batches.full"), stretch.sum("batches.sent")
    return _sample(stretch, texts / seconds, is_bound=sent > 0 and full >= sent / 2)


def read_calls(stretch: Stretch) -> Sample | None:
    """Texts answered a second; whether calls waited for each other."""
    calls, texts, seconds = stretch.sum("provider.calls"), stretch.sum("provider.answered"), _calling(stretch)
    if calls < _FEWEST_CALLS or not texts or not seconds:
        return None
    return _sample(stretch, texts / stretch.seconds, is_bound=_waiting(stretch) > seconds / 10)


def read_cache(stretch: Stretch) -> Sample | None:
    """The share of hits."""
    hits, misses = stretch.sum("cache.overview.hits"), stretch.sum("cache.overview.misses")
    if hits + misses < _FEWEST_LOOKUPS:
        return None
    ratio = hits / (hits + misses)
    return Sample(stretch.at, ratio, (hits + misses) / stretch.seconds, is_bound=True, figures={"hit_ratio": ratio})


def _sample(stretch: Stretch, speed: float, *, is_bound: bool) -> Sample:
    """``load`` is how many texts were on their way at a time, being asked about or waiting for their call."""
    calls, texts = stretch.sum("provider.calls"), stretch.sum("provider.answered")
    latency = 1000 * _calling(stretch) / calls
    over = max(0.0, latency - LATENCY_LIMIT_MS) / LATENCY_LIMIT_MS
    load = (_calling(stretch) + _waiting(stretch)) / stretch.seconds * texts / calls
    figures = {"latency_ms": latency, "texts_a_call": texts / calls, "cpu": stretch.cpu, "memory": stretch.memory}
    return Sample(stretch.at, speed / (1 + over), load, is_bound, figures)


def _calling(stretch: Stretch) -> float:
    return stretch.sum("provider.us") / 1e6


def _waiting(stretch: Stretch) -> float:
    return stretch.sum("pipeline.waiting.us") / 1e6
