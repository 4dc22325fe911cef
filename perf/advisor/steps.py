"""Try, apply, undo: a superuser asks, a worker does it, the row is the job.

One step runs at a time in the whole installation: it holds a lock in PostgreSQL, which goes when its process dies, and
then the step is begun again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from perf.advisor import trials
from perf.advisor.alone import Lock, alone
from perf.advisor.building import BuildError, build, clear_broken, drop
from perf.advisor.spec import IndexSpec
from perf.jobs.queue import send
from perf.models import Finding, FindingStatus, FindingStep, StepKind, StepState
from perf.trail import note

MOST_ATTEMPTS = 3
FORGOTTEN = timedelta(seconds=15)
_UNFINISHED = (StepState.WAITING, StepState.RUNNING)
_BEFORE_APPLIED = (FindingStatus.OPEN, FindingStatus.TRIED, FindingStatus.UNDONE)
_FROM = {
    StepKind.TRY: _BEFORE_APPLIED,
    StepKind.APPLY: _BEFORE_APPLIED,
    StepKind.UNDO: (FindingStatus.APPLIED,),
}
_log = structlog.get_logger(__name__)


class NotNowError(Exception):
    """The finding is not in a state for this, or another step of it is on its way."""


def may(finding: Finding, kind: str) -> bool:
    """Whether this can be asked for: steps are about advised indexes; to try one, a statement is needed too."""
    is_about = finding.index is not None and (kind != StepKind.TRY or bool(finding.statement))
    return is_about and finding.status in _FROM[StepKind(kind)]


def ask(*, finding: Finding, kind: str, actor: User) -> FindingStep:
    """Have a worker do it; raises ``NotNowError``."""
    if not may(finding, kind):
        raise NotNowError
    try:
        with transaction.atomic():
            step = FindingStep.objects.create(finding=finding, kind=kind, actor=actor)
            note(actor, finding, kind)
            transaction.on_commit(partial(hint, step.pk))
    except IntegrityError as error:
        raise NotNowError from error
    return step


def dismiss(*, finding: Finding, actor: User) -> None:
    """Say that this is meant to be so: it is not listed as open again."""
    _set_status(finding, actor, _BEFORE_APPLIED, FindingStatus.DISMISSED)


def reopen(*, finding: Finding, actor: User) -> None:
    """Take a dismissal back."""
    _set_status(finding, actor, (FindingStatus.DISMISSED,), FindingStatus.OPEN)


def _set_status(finding: Finding, actor: User, before: tuple[str, ...], after: str) -> None:
    with transaction.atomic():
        if not Finding.objects.filter(pk=finding.pk, status__in=before).update(status=after):
            raise NotNowError
        note(actor, finding, after)


def hint(step_id: uuid.UUID) -> bool:
    """Tell a worker; what is lost is told again by ``sweep``."""
    return send("advice.run_step", "advice_step", str(step_id))


def hint_look() -> bool:
    """Have a worker look for slow queries."""
    return send("advice.look", "advice_look")


def sweep() -> int:
    """Tell the workers again of steps that nobody finished; returns of how many."""
    forgotten = FindingStep.objects.filter(state__in=_UNFINISHED, asked_at__lt=timezone.now() - FORGOTTEN)
    return sum(hint(pk) for pk in forgotten.values_list("pk", flat=True))


def run_step(step_id: uuid.UUID) -> None:
    """Do it, unless another step is being done (then it waits on) or it is done already."""
    with alone(Lock.STEP) as is_alone:
        if not is_alone:
            return
        unfinished = FindingStep.objects.filter(pk=step_id, state__in=_UNFINISHED)
        now = timezone.now()
        if unfinished.update(state=StepState.RUNNING, started_at=now, attempts=F("attempts") + 1):
            step = FindingStep.objects.select_related("finding").get(pk=step_id)
            _finish(step, *_run(step))


def clear() -> int:
    """Drop broken indexes of ours, unless a step is being done; returns how many went."""
    with alone(Lock.STEP) as is_alone:
        return clear_broken() if is_alone else 0


def _run(step: FindingStep) -> tuple[dict[str, Any], str]:
    """What came of it, and the trouble that stopped it (empty: none)."""
    if step.attempts > MOST_ATTEMPTS:
        return {}, "gave_up"
    try:
        return _WORK[step.kind](step.finding), ""
    except BuildError as error:
        return {}, error.reason
    except Exception as error:  # noqa: BLE001 -- the step must not stay open
        _log.error("advice_step_crashed", kind=step.kind, error=type(error).__name__)
        return {}, type(error).__name__


def _finish(step: FindingStep, result: dict[str, Any], trouble: str) -> None:
    finding = step.finding
    step.state = StepState.FAILED if trouble else StepState.DONE
    step.result, step.trouble, step.finished_at = result, trouble[:60], timezone.now()
    with transaction.atomic():
        step.save(update_fields=["state", "result", "trouble", "finished_at"])
        if not trouble:
            finding.status = _AFTER[step.kind]
            finding.measured = finding.measured | {step.kind: result}
            finding.save(update_fields=["status", "measured"])
    if not trouble and step.kind != StepKind.TRY:
        hint_look()


def _try(finding: Finding) -> dict[str, Any]:
    return trials.attempt(finding.statement, _spec(finding))


def _apply(finding: Finding) -> dict[str, Any]:
    spec = _spec(finding)
    with trials.around(finding.statement, spec) as result:
        build(spec)
    return result


def _undo(finding: Finding) -> dict[str, Any]:
    drop(_spec(finding))
    return {}


def _spec(finding: Finding) -> IndexSpec:
    if finding.index is None:
        raise BuildError("unknown")
    return IndexSpec.from_json(finding.index)


_WORK: dict[str, Callable[[Finding], dict[str, Any]]] = {
    StepKind.TRY: _try,
    StepKind.APPLY: _apply,
    StepKind.UNDO: _undo,
}
_AFTER: dict[str, FindingStatus] = {
    StepKind.TRY: FindingStatus.TRIED,
    StepKind.APPLY: FindingStatus.APPLIED,
    StepKind.UNDO: FindingStatus.UNDONE,
}
