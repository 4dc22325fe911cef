"""How often caches knew the answer. The names of counters are a convention: ``<cache>.hits`` and ``<cache>.misses``."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perf.history import counters
from perf.panels import Body, Card, Chart, Panel, Scope, Series, Table, register
from perf.words import labels, number, share, twin

_CACHES, _HITS, _MISSES = "cache.", ".hits", ".misses"
_COLOURS = 6


def build(scope: Scope) -> Body:
    """The hit ratio of each cache."""
    counted = counters(scope.period, [_CACHES])
    names = sorted({name.removesuffix(end) for name in counted for end in (_HITS, _MISSES) if name.endswith(end)})
    none = [0] * scope.period.buckets
    looked = {name: (counted.get(name + _HITS, none), counted.get(name + _MISSES, none)) for name in names}
    if not looked:
        return Body(empty=_("No cache was asked in this period."))
    series = [
        Series(_name(name), [_ratio(*pair) for pair in zip(*both, strict=True)], 1 + place % _COLOURS)
        for place, (name, both) in enumerate(looked.items())
    ]
    columns = [[share(value, 1) for value in one.values] for one in series]
    return Body(
        cards=[_card(name, sum(hits), sum(misses)) for name, (hits, misses) in looked.items()],
        chart=Chart("lines", labels(scope.period), series, share=True),
        table=Table([_("Time"), *(one.name for one in series)], twin(scope.period, columns)),
    )


def _card(name: str, hits: int, misses: int) -> Card:
    note = _("%(hits)s known, %(misses)s not") % {"hits": number(hits), "misses": number(misses)}
    return Card(_name(name), share(_ratio(hits, misses), 1), note)


def _ratio(hits: int, misses: int) -> float | None:
    return round(hits / (hits + misses), 4) if hits + misses else None


def _name(cache: str) -> str:
    return cache.removeprefix(_CACHES)


register(
    Panel(
        key="caches",
        question=gettext_lazy("How often is the answer known already?"),
        meaning=gettext_lazy(
            "Share of what was looked up in a cache and found there. Texts are new as long as they are new: the "
            "first session of an installation finds nothing, the same session again finds all."
        ),
        remedy=gettext_lazy(
            "A ratio that falls to zero: Redis was emptied or is away, or the model, the prompt or the taxonomy "
            "changed, which makes old answers unknown on purpose. It fills again by itself."
        ),
        build=build,
        place=35,
    )
)
