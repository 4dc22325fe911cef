"""Each kind of rule finds its subjects in the measures and has them judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from perf.alerts.judging import Calls, Judgement, Terms, Usually, above, failing, silent, slower
from perf.alerts.services import away_minutes
from perf.metrics.sketch import from_row
from perf.models import AlertRule, Baseline, GaugeMinute, OperationMinute, RuleKind

Judgements = dict[str, Judgement]
#: What the rule of the missing minutes speaks of.
ROLL_UP = "roll-up"


def judge(rule: AlertRule, now: datetime) -> Judgements:
    """What the rule has to say of each of its subjects; nothing of those that were not measured lately."""
    return _KINDS[RuleKind(rule.kind)](rule, now)


def _slower(rule: AlertRule, now: datetime) -> Judgements:
    bases = {
        name: Usually(p50_ms, p95_ms)
        for name, p50_ms, p95_ms in Baseline.objects.order_by().values_list("operation", "p50_ms", "p95_ms")
    }
    series = _operations(rule, now).items()
    return {name: slower(minutes, bases[name], _terms(rule)) for name, minutes in series if name in bases}


def _failing(rule: AlertRule, now: datetime) -> Judgements:
    return {name: failing(minutes, _terms(rule)) for name, minutes in _operations(rule, now).items()}


def _above(rule: AlertRule, now: datetime) -> Judgements:
    rows = GaugeMinute.objects.filter(**_lately(rule, now)).order_by("minute").values_list("name", "mean")
    series: dict[str, list[float]] = defaultdict(list)
    for name, mean in _wanted(rule, rows):
        series[name].append(mean)
    return {name: above(means, _terms(rule)) for name, means in series.items()}


def _silent(rule: AlertRule, now: datetime) -> Judgements:
    """The sweeper gauges the machine all the time: a minute without gauges was not rolled up."""
    last = GaugeMinute.objects.order_by("-minute").values_list("minute", flat=True).first()
    if last is None:
        return {}
    missing = (now - last - timedelta(minutes=2)) / timedelta(minutes=1)  # its own minute, and that of its roll-up
    return {ROLL_UP: silent(max(0.0, missing), _terms(rule))}


def _away(rule: AlertRule, now: datetime) -> Judgements:
    return {name: silent(minutes, _terms(rule)) for name, minutes in _wanted(rule, away_minutes(now).items())}


_KINDS: dict[RuleKind, Callable[[AlertRule, datetime], Judgements]] = {
    RuleKind.SLOWER: _slower,
    RuleKind.ERRORS: _failing,
    RuleKind.GAUGE: _above,
    RuleKind.SILENCE: _silent,
    RuleKind.AWAY: _away,
}


def _operations(rule: AlertRule, now: datetime) -> dict[str, list[Calls]]:
    rows = OperationMinute.objects.filter(**_lately(rule, now)).order_by("minute")
    series: dict[str, list[Calls]] = defaultdict(list)
    for row in rows.values_list("operation", "calls", "errors", "p50_ms", "p95_ms", "bins"):
        if fnmatchcase(row[0], rule.subjects):
            series[row[0]].append(Calls(*row[1:5], bins=from_row(row[5])))
    return series


def _lately(rule: AlertRule, now: datetime) -> dict[str, datetime]:
    """The last minutes that are over, as a filter."""
    this_minute = now.replace(second=0, microsecond=0)
    return {"minute__gte": this_minute - timedelta(minutes=rule.of_minutes), "minute__lt": this_minute}


def _wanted(rule: AlertRule, rows: Iterable[tuple[str, float]]) -> Iterable[tuple[str, float]]:
    return (row for row in rows if fnmatchcase(row[0], rule.subjects))


def _terms(rule: AlertRule) -> Terms:
    return Terms(rule.limit, rule.bad_minutes, rule.of_minutes, rule.least_calls)
