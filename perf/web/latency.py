"""How long answers take, and where the time goes."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perf.history import Moment, Operation, latency, operation_names, operations
from perf.models import Baseline
from perf.panels import Body, Cell, Chart, Choice, Panel, Scope, Series, Table, Tone, register
from perf.web.links import links_to
from perf.web.load import FAILED_BAD, FAILED_WARN, REQUESTS, tone_of
from perf.web.marks import marks
from perf.words import NOTHING, labels, milliseconds, number, share, twin, width

#: Times the usual, from which an operation is called slow: as the alerts do.
SLOW = 1.5
_SHOWN = 15


def build_latency(scope: Scope) -> Body:
    """p50, p95 and p99 of one operation, or of all requests."""
    period = scope.period
    moments = latency(period, scope.operation)
    choice = _choice(scope)
    if not any(one.calls for one in moments):
        return Body(choice=choice, empty=_("It was not called in this period."))
    series = [
        Series(_("median (p50)"), _rounded(one.p50_ms for one in moments), 1),
        Series(_("95 of 100 (p95)"), _rounded(one.p95_ms for one in moments), 2),
        Series(_("99 of 100 (p99)"), _rounded(one.p99_ms for one in moments), 3),
    ]
    columns = [[milliseconds(value) for value in one.values] for one in series]
    columns += [[number(one.calls) for one in moments]]
    headers = [_("Time"), *(one.name for one in series), _("Calls")]
    tone, says = _verdict(scope.operation, moments)
    return Body(
        says=says,
        tone=tone,
        choice=choice,
        chart=Chart("lines", labels(period), series, unit="ms", marks=marks(period)),
        table=Table(headers, twin(period, columns)),
    )


def build_operations(scope: Scope) -> Body:
    """Those that took most time in all."""
    found = operations(scope.period)[:_SHOWN]
    if not found:
        return Body(empty=_("Nothing was clocked in this period."))
    usual = dict(Baseline.objects.filter(operation__in=[one.name for one in found]).values_list("operation", "p95_ms"))
    whole, most = sum(one.total_ms for one in found), found[0].total_ms
    headers = [
        _("Operation"), _("Share of the time"), _("Calls"), _("Errors"), "p50", "p95", "p99", _("usual p95"),
    ]  # fmt: skip
    rows = [_row(one, usual.get(one.name), whole, most, scope) for one in found]
    slow = [one.name for one in found if _is_slow(one.p95_ms, usual.get(one.name))]
    return Body(
        says=_("Slower than usual: %(names)s.") % {"names": ", ".join(slow)} if slow else "",
        tone="bad" if slow else "",
        table=Table(headers, rows),
        links=links_to("bottlenecks", scope.user),
    )


def _row(one: Operation, usual: float | None, whole: float, most: float, scope: Scope) -> list[Cell]:
    query = urlencode({"period": scope.period.name, "operation": one.name})
    slow: Tone = "bad" if _is_slow(one.p95_ms, usual) else ""
    failing = tone_of(one.errors / one.calls, FAILED_WARN, FAILED_BAD) if one.errors else ""
    return [
        Cell(one.name, href=f"{reverse('performance')}?{query}#panel-latency"),
        Cell(share(one.total_ms / whole) if whole else NOTHING, bar=width(one.total_ms, most)),
        Cell(number(one.calls)),
        Cell(number(one.errors), tone=failing),
        Cell(milliseconds(one.p50_ms)),
        Cell(milliseconds(one.p95_ms), tone=slow, note=_("slower than usual") if slow else ""),
        Cell(milliseconds(one.p99_ms)),
        Cell(milliseconds(usual)),
    ]


def _is_slow(p95_ms: float | None, usual: float | None) -> bool:
    return bool(usual and p95_ms and p95_ms > SLOW * usual)


def _choice(scope: Scope) -> Choice:
    names = {*operation_names(scope.period), *([scope.operation] if scope.operation != REQUESTS else [])}
    options = [(REQUESTS, _("all requests")), *((name, name) for name in sorted(names))]
    return Choice("operation", _("Operation"), options, scope.operation)


def _verdict(operation: str, moments: list[Moment]) -> tuple[Tone, str]:
    """Against what is usual, by the last bucket that had calls."""
    usual = Baseline.objects.filter(operation=operation).values_list("p95_ms", flat=True).first()
    latest = next(one for one in reversed(moments) if one.calls)
    told = {"p95": milliseconds(latest.p95_ms), "usual": milliseconds(usual)}
    if usual is None:
        return "", _("At last, 95 of 100 took at most %(p95)s.") % {"p95": told["p95"]}
    if _is_slow(latest.p95_ms, usual):
        return "bad", _("At last, 95 of 100 took up to %(p95)s; %(usual)s is usual.") % told
    return "good", _("At last, 95 of 100 took at most %(p95)s, about as usual (%(usual)s).") % told


def _rounded(values: object) -> list[float | None]:
    return [None if value is None else round(value, 3) for value in values]  # type: ignore[attr-defined]


register(
    Panel(
        key="latency",
        question=gettext_lazy("How long do answers take?"),
        meaning=gettext_lazy(
            "Half of the calls took at most the median; 95 and 99 of 100 took at most the upper lines, which show "
            "what the unlucky wait. Time in the server, without the network. Percentiles are those of all calls "
            "of all processes, off by 2 % at most. Upright lines are turns of knobs."
        ),
        remedy=gettext_lazy(
            "Choose the operation that rose. If only the upper lines rise, look for locks, a busy pool or rare "
            "large requests; if the median rises too, the work itself became slower: look at its slow statements, "
            "and at what was changed when it began."
        ),
        build=build_latency,
        place=10,
        wide=True,
    )
)
register(
    Panel(
        key="operations",
        question=gettext_lazy("Where does the time go?"),
        meaning=gettext_lazy(
            "The operations that took most time in all in this period: calls times duration. Operations contain "
            "each other (a request contains its queries), so that shares may count time twice."
        ),
        remedy=gettext_lazy(
            "Begin at the top: making the first one a little faster brings more than making a rare one much "
            "faster. Open it to see when it became slow."
        ),
        build=build_operations,
        place=15,
        wide=True,
    )
)
