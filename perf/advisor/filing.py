"""One look at everything: what was slow is explained, diagnosed, weighed and filed; what went is closed."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.utils import timezone

from perf.advisor import catalogue, health, hints, plans, rules, sources
from perf.advisor.alone import Lock, alone
from perf.advisor.catalogue import TableFacts
from perf.advisor.documented import all_documented
from perf.advisor.gains import Gain, expected
from perf.advisor.rules import Diagnosis, Limits
from perf.advisor.sources import LOOK_BACK, Observed, Repeated
from perf.advisor.spec import IndexSpec
from perf.models import Finding, FindingKind, FindingStatus

#: Statements that take less on average are not called slow, however often they run.
SLOW_MS = 1.0
#: A look stops explaining after so many seconds; the costliest statements come first, the rest next time.
LONGEST_LOOK = 30.0
_TREND_STEP, _TREND_LENGTH = timedelta(hours=1), 48
_OF_STATEMENTS = (
    FindingKind.FULL_SCAN,
    FindingKind.SORT,
    FindingKind.NESTED_LOOPS,
    FindingKind.LARGE_RESULT,
    FindingKind.N_PLUS_ONE,
)
_STANDING = (FindingStatus.OPEN, FindingStatus.TRIED)
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Look:
    """What one look came to: statements explained and not, and the keys of what was found."""

    explained: set[str] = field(default_factory=set)
    unexplained: dict[str, int] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    closed: int = 0


def look(now: datetime | None = None) -> Look | None:
    """Find, file, close; None when somebody else is at it."""
    now = now or timezone.now()
    with alone(Lock.LOOK) as is_alone:
        if not is_alone:
            return None
        tables = catalogue.tables()
        done = Look()
        _look_at_statements(done, tables, now)
        _look_at_repeats(done, now)
        _look_at_indexes(done, tables, now)
        done.closed = _close(done, now)
    _log.info("query_advice", explained=len(done.explained), found=len(done.found), closed=done.closed)
    return done


def _look_at_statements(done: Look, tables: dict[str, TableFacts], now: datetime) -> None:
    limits = Limits(work_mem=int(catalogue.setting("work_mem") * 1024))
    deadline = time.monotonic() + LONGEST_LOOK
    for each in sources.observed(now):
        if each.mean_ms < SLOW_MS or time.monotonic() > deadline:
            continue
        try:
            root = plans.explain(each.statement)
        except plans.UnexplainedError as error:
            done.unexplained[error.reason] = done.unexplained.get(error.reason, 0) + 1
            continue
        done.explained.add(each.fingerprint)
        for diagnosis in rules.diagnose(root, tables, limits):
            gain = expected(each.statement, root, diagnosis, tables[diagnosis.table]) if diagnosis.index else None
            if diagnosis.index is None or gain is not None:
                _file_statement(done, each, diagnosis, gain, plans.excerpt(root), now)


def _file_statement(
    done: Look, seen: Observed, diagnosis: Diagnosis, gain: Gain | None, plan: list[str], now: datetime
) -> None:
    if not seen.is_current:
        return
    index = diagnosis.index
    values = _of(seen) | {
        "table": diagnosis.table,
        "details": diagnosis.details | {"counted": seen.counted},
        "plan": plan,
        "index": index.as_json() if index else None,
        "fix": index.create(concurrently=True).as_string() if index else _code(diagnosis),
        "cost_before": gain.before if gain else None,
        "cost_after": gain.after if gain else None,
        "is_tried": bool(gain and gain.is_tried),
    }
    _file(done, diagnosis.kind, (seen.fingerprint, diagnosis.table, index.name if index else ""), values, now)


def _code(diagnosis: Diagnosis) -> str:
    return "[:50]" if diagnosis.kind == rules.LARGE_RESULT else ""


def _of(seen: Observed) -> dict[str, Any]:
    return {
        "statement": seen.statement,
        "fingerprint": seen.fingerprint,
        "place": seen.place,
        "source": seen.source,
        "requests": list(seen.requests),
        "calls": seen.calls,
        "mean_ms": seen.mean_ms,
        "lost_ms": seen.total_ms,
    }


def _look_at_repeats(done: Look, now: datetime) -> None:
    for each in sources.repeats(now):
        done.explained.add(each.observed.fingerprint)
        if each.observed.is_current:
            _file_repeated(done, each, now)


def _file_repeated(done: Look, each: Repeated, now: datetime) -> None:
    hint = hints.instead_of_repeating(each.observed.statement)
    details = {"times": each.times, "path": each.path, "way": hint.way, "names": list(hint.names)}
    values = _of(each.observed) | {"table": hint.table, "details": details, "fix": hint.code}
    _file(done, FindingKind.N_PLUS_ONE, (each.observed.fingerprint,), values, now)


def _look_at_indexes(done: Look, tables: dict[str, TableFacts], now: datetime) -> None:
    indexes, documented = catalogue.all_indexes(), all_documented()
    for missing in health.missing_documented(documented, indexes, tables):
        values: dict[str, Any] = {"table": missing.table, "fix": missing.fix, "details": {"name": missing.name}}
        _file(done, FindingKind.MISSING_DOCUMENTED, (missing.name,), values, now)
    for spec in health.missing_for_keys(catalogue.foreign_keys(), tables):
        _file(done, FindingKind.MISSING_KEY_INDEX, (spec.name,), _of_key(spec), now)
    watched = health.watched_for(catalogue.counted_since(), now)
    for verdict in health.judge(indexes, tables, documented, watched):
        if verdict.code == "broken" or tables[verdict.index.table].rows >= health.SOME_ROWS:
            _file_index(done, verdict, now)


def _of_key(spec: IndexSpec) -> dict[str, Any]:
    fix = spec.create(concurrently=True).as_string()
    return {"table": spec.table, "index": spec.as_json(), "fix": fix, "details": {"name": ", ".join(spec.names)}}


_KINDS = {
    "unused": FindingKind.UNUSED_INDEX,
    "duplicate": FindingKind.DUPLICATE_INDEX,
    "covered": FindingKind.DUPLICATE_INDEX,
    "broken": FindingKind.INVALID_INDEX,
}


def _file_index(done: Look, verdict: health.Verdict, now: datetime) -> None:
    kind = _KINDS.get(verdict.code)
    if kind is None:
        return
    index = verdict.index
    details = {"name": index.name, "other": verdict.other, "bytes": index.bytes}
    values = {"table": index.table, "details": details, "fix": f'DROP INDEX CONCURRENTLY "{index.name}"'}
    _file(done, kind, (index.name,), values, now)


def _file(done: Look, kind: str, names: tuple[str, ...], values: dict[str, Any], now: datetime) -> None:
    """Make the finding, or bring it up to date; what a person decided about it stays."""
    key = hashlib.sha256("\n".join((kind, *names)).encode()).hexdigest()
    done.found.add(key)
    finding, is_new = Finding.objects.get_or_create(
        key=key, defaults=values | {"kind": kind, "first_seen": now, "last_seen": now}
    )
    if not is_new:
        _renew(finding, values, now)
    finding.trend = _continued(finding.trend, finding.lost_ms, now)
    finding.save()


def _renew(finding: Finding, values: dict[str, Any], now: datetime) -> None:
    counted = values["details"].get("counted")
    has_run = not counted or counted != finding.details.get("counted")
    for name, value in values.items():
        setattr(finding, name, value)
    if has_run:
        finding.last_seen = now
    if has_run and finding.status in (FindingStatus.GONE, FindingStatus.APPLIED):
        finding.status = FindingStatus.OPEN


def _continued(trend: list[list[Any]], lost_ms: float, now: datetime) -> list[list[Any]]:
    if trend and now - datetime.fromisoformat(trend[-1][0]) < _TREND_STEP:
        return [*trend[:-1], [trend[-1][0], lost_ms]]
    return [*trend, [now.isoformat(), lost_ms]][-_TREND_LENGTH:]


def _close(done: Look, now: datetime) -> int:
    """Findings whose statement was looked at and is well now, or did not run for a day; of indexes, those not found."""
    standing = Finding.objects.filter(status__in=_STANDING)
    of_statements = standing.filter(kind__in=_OF_STATEMENTS)
    mended = of_statements.filter(fingerprint__in=done.explained).exclude(key__in=done.found)
    silent = of_statements.filter(last_seen__lt=now - LOOK_BACK)
    others = standing.exclude(kind__in=_OF_STATEMENTS).exclude(key__in=done.found)
    return sum(each.update(status=FindingStatus.GONE) for each in (mended, silent, others))
