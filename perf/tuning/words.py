"""Why a knob was turned, and what came of it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

REASONS = {
    "slow_calls": gettext_lazy("Calls took %(latency_ms)s ms, more than a second: less at a time."),
    "fast_calls": gettext_lazy("Calls took %(latency_ms)s ms, less than a fifth of a second: more at a time."),
    "busy_cpu": gettext_lazy("The processor was %(cpu)s in use, more than 80 %%: less at once."),
    "idle_cpu": gettext_lazy("The processor was %(cpu)s in use, less than 30 %%: more at once."),
    "few_hits": gettext_lazy("Only %(hit_ratio)s of what was asked for was still kept: keep it longer."),
    "many_hits": gettext_lazy("%(hit_ratio)s of what was asked for was still kept: a shorter time will do."),
    "connections_awaited": gettext_lazy("Requests waited %(wait_ms)s ms for a connection: more connections."),
    "connections_idle": gettext_lazy("Only %(use)s of the connections were in use: fewer will do."),
    "went_well": gettext_lazy("The last step this way went well: one more."),
    "explore": gettext_lazy("No rule of thumb applies: tried whether a step this way is better."),
    "refine": gettext_lazy("A whole step was too much: tried half of one."),
    "over_ceiling": gettext_lazy("The machine bears no more than this at present."),
    "person": gettext_lazy("Turned by a person."),
    "applied": gettext_lazy("A suggestion that was applied."),
    "restored": gettext_lazy("A point of the history that was restored."),
    "defaults": gettext_lazy("Back to the default."),
    "took_worse": gettext_lazy("The value before did better."),
}
OUTCOMES = {
    "better": gettext_lazy("Better beyond noise (%(before)s before, %(after)s after): kept."),
    "likely_better": gettext_lazy("Rather better than before (%(before)s before, %(after)s after): kept."),
    "worse": gettext_lazy("Worse beyond noise (%(before)s before, %(after)s after)."),
    "cheaper": gettext_lazy("No clear difference (%(before)s before, %(after)s after), and it takes less: kept."),
    "no_difference": gettext_lazy("No clear difference (%(before)s before, %(after)s after)."),
    "no_traffic": gettext_lazy("Too little was going on to measure it."),
    "other_load": gettext_lazy("The load was another one than before: the two cannot be compared."),
    "nothing_before": gettext_lazy("Too little was going on before to compare with."),
    "overtaken": gettext_lazy("Another turn came before this one could be measured."),
    "tuner_stopped": gettext_lazy("The tuner was stopped before it could be measured."),
    "left_alone": gettext_lazy("The knob is left alone: it was not measured."),
}
_SHARES = ("cpu", "hit_ratio", "use", "memory")


def reason_of(code: str, evidence: Mapping[str, Any]) -> str:
    """Why, with the figures that it was decided on."""
    return _filled(REASONS.get(code, code), _figures(evidence.get("figures", {})))


def outcome_of(code: str, evidence: Mapping[str, Any]) -> str:
    """What came of it, with the scores before and after and their noise; "" while nothing has."""
    scores = {name: _score(evidence.get(name)) for name in ("before", "after")}
    return _filled(OUTCOMES.get(code, code), scores) if code else ""


def number(value: float) -> str:
    """Whole where it is, else with as many places as its size wants."""
    places = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return number_format(value, places)


def _score(told: Mapping[str, float] | None) -> str:
    return f"{number(told['score'])} ± {number(2 * told['noise'])}" if told else _("not known")


def _figures(figures: Mapping[str, float]) -> dict[str, str]:
    return {
        name: f"{number_format(100 * value, 0)} %" if name in _SHARES else number(value)
        for name, value in figures.items()
    }


class _Known(dict[str, str]):
    def __missing__(self, _name: str) -> str:
        return "?"


def _filled(text: Any, values: Mapping[str, str]) -> str:
    return str(text) % _Known(values)
