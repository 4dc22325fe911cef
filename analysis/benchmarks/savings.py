"""What the bundled sample costs to have labelled by a language model, and what each way of sparing calls is worth.

The sample is analysed twice, as two sessions would be. One way at a time is switched off; the last case is without
any: a call for each comment and each kind of label (sentiment, themes, emotions).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from analysis.benchmarks.network import Network, network
from analysis.benchmarks.provider import Seen
from analysis.engines.base import Verdict
from analysis.engines.registry import AUTO, LLM
from analysis.intake.cleaning import clean_text
from analysis.routing.answers import key_of
from analysis.routing.ledger import Price
from analysis.routing.remote import Terms
from analysis.routing.router import engine_version, label_remotely, label_texts, local_part
from analysis.sample.build import read_source
from analysis.text.pii import mask_pii
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark

LATENCY = 0.02  # seconds; no figure depends on it
KINDS = 3
PRICE = Price(Decimal("0.15"), Decimal("0.60"))
"""US dollars a million tokens in and out: a small hosted model."""
_BATCH = 20


@dataclass(frozen=True, slots=True)
class Case:
    """The ways that are on. ``engine`` ``auto`` has the cascade, ``llm`` has not."""

    name: str
    engine: str = AUTO
    folds: bool = True
    spares_trivial: bool = True
    caches: bool = True
    batch_size: int = _BATCH


CASES = (
    Case("all on"),
    Case("without folding repeats", folds=False),
    Case("without sparing trivial texts", spares_trivial=False),
    Case("without the cascade (llm)", engine=LLM),
    Case("without the cache", caches=False),
    Case("without batches", batch_size=1),
)
NOTHING = Case("one call a comment and kind", LLM, folds=False, spares_trivial=False, caches=False, batch_size=1)


@benchmark(
    "savings",
    "what a language model is paid for the sample, each saving off in turn",
    repeats=1,
    warmups=0,
    quick_rows=200,
)
@contextmanager
def savings(options: Options) -> Iterator[Measure]:
    """Yield the measurement of the sample's first ``options.rows`` comments, or of all."""
    texts = {
        str(place): mask_pii(clean_text(row.comment))[0] for place, row in enumerate(read_source()[: options.rows])
    }
    with network(LATENCY) as ground:

        def measure() -> Figures:
            naive = _times(_first(ground, texts, NOTHING), KINDS)
            figures: dict[str, Figure] = {"comments": Figure(len(texts), "comments")}
            for case in CASES:
                first = _first(ground, texts, case)
                second = _session(ground, texts, case) if case.folds else Seen()
                figures |= _figures(case.name, first, second)
                if case.folds and case.spares_trivial and case.caches and case.batch_size > 1:
                    below = 100 * (1 - first.items / naive.items)
                    figures[f"{case.engine}: texts sent below {NOTHING.name}"] = Figure(below, "%", Better.HIGHER)
            return figures | _figures(NOTHING.name, naive, naive)

        yield measure


def _figures(name: str, first: Seen, second: Seen) -> dict[str, Figure]:
    tokens_in, tokens_out = first.tokens_in + second.tokens_in, first.tokens_out + second.tokens_out
    return {
        f"{name}: texts sent": Figure(first.items + second.items, "texts", Better.LOWER),
        f"{name}: calls": Figure(first.calls + second.calls, "calls", Better.LOWER),
        f"{name}: cost": Figure(float(PRICE.of(tokens_in, tokens_out)), "USD", Better.LOWER),
    }


def _first(ground: Network, texts: Mapping[str, str], case: Case) -> Seen:
    """What the provider saw of the first session; unfolded, every repeat is asked as if it were the first."""
    ground.use(batch_size=case.batch_size)
    ground.forget()
    if case.folds:
        return _session(ground, texts, case)
    before = ground.provider.seen()
    for layer in _layers(texts):
        ground.forget()
        _session(ground, layer, case)
    return ground.provider.seen() - before


def _session(ground: Network, texts: Mapping[str, str], case: Case) -> Seen:
    """What the provider saw of one session."""
    if not case.caches:
        ground.forget()
    before = ground.provider.seen()
    version = engine_version(case.engine)
    local = label_texts(texts, engine="embedded", version=local_part(version))
    if not case.spares_trivial:
        local = {name: _taken_seriously(verdict) for name, verdict in local.items()}
    labelled = 0
    for some in label_remotely(texts, local, engine=case.engine, version=version, terms=Terms(may_leave=True)):
        labelled += len(some.verdicts) - len(some.fallbacks)
    if labelled != len(texts):
        raise RuntimeError(f"{len(texts) - labelled} texts were not labelled; measured nothing.")
    return ground.provider.seen() - before


def _taken_seriously(verdict: Verdict) -> Verdict:
    return replace(verdict, is_uninformative=False, is_company_reply=False)


def _layers(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """Parts in none of which a text comes twice."""
    layers: list[dict[str, str]] = []
    times: dict[str, int] = {}
    for name, text in texts.items():
        key = key_of(text)
        place = times[key] = times.get(key, -1) + 1
        if place == len(layers):
            layers.append({})
        layers[place][name] = text
    return layers


def _times(seen: Seen, number: int) -> Seen:
    return Seen(seen.calls * number, seen.items * number, seen.tokens_in * number, seen.tokens_out * number)
