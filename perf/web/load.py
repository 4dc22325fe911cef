"""How it is doing now, and how much was asked of it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perf import metrics
from perf.history import latency
from perf.metrics import Recent
from perf.metrics.sketch import merged, percentile
from perf.panels import Again, Body, Card, Chart, Panel, Scope, Series, Table, Tone, register
from perf.web.marks import marks
from perf.words import labels, milliseconds, number, per_minute, share, twin

REQUESTS = "web."
WINDOW_MINUTES = 5
#: Beyond these somebody should look: shares of requests that failed, of the processor and of the memory.
FAILED_WARN, FAILED_BAD = 0.001, 0.01
BUSY_WARN, BUSY_BAD = 0.7, 0.8


def build_now(scope: Scope) -> Body:
    """The last minutes, straight from Redis."""
    is_live, gauges = metrics.read().is_live, metrics.read_gauges()
    requests = [one for name, one in metrics.read_operations(WINDOW_MINUTES).items() if name.startswith(REQUESTS)]
    cards = [*_of_requests(requests), *_of_gauges(gauges)]
    tones = {card.tone for card in cards}
    tone = next((one for one in ("bad", "warn") if one in tones), "good")
    if not is_live:
        return Body(tone="bad", cards=cards, says=_(
            "Redis does not answer: counters wait in each process until it is back, and only this process's own "
            "are shown."
        ))  # fmt: skip
    if not gauges:
        return Body(tone="warn", cards=cards, says=_(
            "Nobody looks at the machine and the queues: the sweeper, which does, is not running."
        ))  # fmt: skip
    return Body(cards=cards, tone=tone, says=_SAYS[tone])


def build_load(scope: Scope) -> Body:
    """Requests a minute, those that failed apart."""
    period = scope.period
    moments = latency(period, REQUESTS)
    errors = [one.errors for one in moments]
    good = [one.calls - one.errors for one in moments]
    calls, failed = sum(good) + sum(errors), sum(errors)
    if not calls:
        return Body(
            empty=_("Nobody asked for anything in this period, or the sweeper, which writes it down, was not running.")
        )
    series = [
        Series(_("answered"), per_minute(period, good), 1),
        Series(_("failed"), per_minute(period, errors), 4),
    ]
    columns = [[number(value, 1) for value in one.values] for one in series]
    return Body(
        says=_("Requests: %(calls)s; failed: %(failed)s.") % {"calls": number(calls), "failed": number(failed)},
        tone=tone_of(failed / calls, FAILED_WARN, FAILED_BAD),
        chart=Chart("columns", labels(period), series, unit=_("a minute"), marks=marks(period)),
        table=Table([_("Time"), *(one.name for one in series)], twin(period, columns)),
    )


def tone_of(value: float, warn: float, bad: float) -> Tone:
    """How a value stands against two limits."""
    return "bad" if value > bad else "warn" if value > warn else "good"


def _of_requests(requests: list[Recent]) -> list[Card]:
    calls, errors = sum(one.calls for one in requests), sum(one.errors for one in requests)
    failed = errors / calls if calls else None
    p95 = percentile(merged(one.bins for one in requests), 0.95) if calls else None
    window = _("mean of the last %(minutes)d minutes") % {"minutes": WINDOW_MINUTES}
    return [
        Card(_("Requests a minute"), number(calls / WINDOW_MINUTES, 1), window),
        Card(_("95 of 100 requests take at most"), milliseconds(p95), _("in the server")),
        Card(
            _("Failed requests"), share(failed, 2), _("answered with a status of 500 or more"),
            tone_of(failed, FAILED_WARN, FAILED_BAD) if failed is not None else "",
        ),
    ]  # fmt: skip


def _of_gauges(gauges: Mapping[str, float]) -> list[Card]:
    cards = []
    for name, title in (("machine.cpu", _("Processor in use")), ("machine.memory", _("Memory in use"))):
        value = gauges.get(name)
        tone = tone_of(value, BUSY_WARN, BUSY_BAD) if value is not None else ""
        cards.append(Card(title, share(value), _("of this machine, or of the share of it that is ours"), tone))
    queues = [value for name, value in gauges.items() if name.startswith("queue.") and not name.endswith("_seconds")]
    if queues:
        note = _("the oldest for %(seconds)s s") % {"seconds": number(gauges.get("queue.wait_seconds"))}
        cards.append(Card(_("Waiting in the queues"), number(sum(queues)), note))
    if (workers := gauges.get("workers.alive")) is not None:
        cards.append(Card(_("Workers"), number(workers), _("alive"), "good" if workers else "bad"))
    return cards


_SAYS = {
    "good": gettext_lazy("Nothing looks wrong."),
    "warn": gettext_lazy("Something is near its limit."),
    "bad": gettext_lazy("Something is beyond its limit."),
}

register(
    Panel(
        key="now",
        question=gettext_lazy("How is it doing right now?"),
        meaning=gettext_lazy(
            "All processes of the product together, in the last five minutes. Processor, memory and queues are "
            "looked at every few seconds by the sweeper."
        ),
        remedy=gettext_lazy(
            "Failed requests: look for the operation with errors below, then into the log. Processor or memory "
            "near the limit: see what takes the time below, or add a machine. Waiting work without workers: start "
            "workers."
        ),
        build=build_now,
        place=0,
        again=Again.LIVE,
        wide=True,
    )
)
register(
    Panel(
        key="load",
        question=gettext_lazy("How much is asked of it?"),
        meaning=gettext_lazy(
            "Requests of people and programs a minute. Failed ones are those that the product answered with a "
            "status of 500 or more; a refusal (400 to 499) is no failure."
        ),
        remedy=gettext_lazy(
            "A sudden rise without a reason may be a program that asks in a loop: see which operation rose below. "
            "The limit of requests for each caller is a setting (API_RATE_LIMIT)."
        ),
        build=build_load,
        place=20,
    )
)
