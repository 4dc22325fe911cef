"""The tuner on the rows: called every few seconds in the sweeper; one process at a time, under an advisory lock."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from django.db import connection, transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from perf.models import Tunable, TuningDecision, TuningMode
from perf.tuning.autopilot import Autopilot, Summaries, Tuned, Watched
from perf.tuning.rules import Judgement, Ruling
from perf.tuning.samples import Summary
from perf.tuning.search import Memory, Move
from perf.tuning.signals import LiveSignals, Signals, measures
from perf.tuning.standing import memory_of, pace, standing_of
from perf.tuning.verbs import Refused, Source, State, is_stopped, turn

_LOCK = 7_283_415_012
_live = LiveSignals()
_log = structlog.get_logger(__name__)


def tune(signals: Signals | None = None) -> bool:
    """One look; False when the tuner is stopped, or another process is looking."""
    stretches = (signals or _live).stretches()  # also while stopped: it goes on from what it saw
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0] or is_stopped():
            return False
        Autopilot(Rows(), pace(), measures()).look(stretches, time.time())
    return True


class Rows:
    """The desk that the product's processes share."""

    def knobs(self) -> Sequence[Tuned]:
        """Those with a mode, not frozen; the one that was turned longest ago first."""
        rows = (
            Tunable.objects.exclude(mode=TuningMode.OFF)
            .filter(is_frozen=False)
            .annotate(turned=Max("decisions__decided_at"))
            .order_by(F("turned").asc(nulls_first=True), "name")
        )
        return [Tuned(row.name, standing_of(row), row.mode == TuningMode.AUTO) for row in rows]

    def watched(self) -> Sequence[Watched]:
        """What is being measured, oldest first."""
        rows = TuningDecision.objects.filter(state=State.WATCHED).select_related("tunable").order_by("decided_at")
        return [_watched(row) for row in rows]

    def last_turn(self) -> float:
        """When any knob was turned last."""
        return _seconds(_turns().aggregate(last=Max("decided_at"))["last"])

    def turn(self, knob: str, move: Move, before: Summary | None) -> None:
        """Make a step."""
        state = State.WATCHED if move.way else State.KEPT
        evidence = _evidence(move, before)
        try:
            turn(knob=knob, value=move.new, source=Source.TUNER, reason=move.reason, evidence=evidence, state=state,
                 expected=move.old)  # fmt: skip
        except Refused as error:  # somebody was quicker, or the machine bears less by now
            _log.info("tuner_refused", knob=knob, reason=error.reason)
            return
        _log.info("tuner_turned", knob=knob, old=move.old, new=move.new, reason=move.reason)

    def suggest(self, knob: str, move: Move, before: Summary) -> None:
        """Say it once; an older suggestion that no longer starts where the knob stands goes."""
        row = Tunable.objects.get(name=knob)
        mine = TuningDecision.objects.filter(tunable=row, state=State.SUGGESTED)
        mine.exclude(old=move.old).delete()
        if not mine.exists():
            TuningDecision.objects.create(
                tunable=row, source=Source.TUNER, state=State.SUGGESTED, old=move.old, new=move.new,
                reason=move.reason, evidence=_evidence(move, before), score_before=before.score,
            )  # fmt: skip

    def rule(self, watched: Watched, judgement: Judgement, summaries: Summaries, memory: Memory) -> None:
        """Keep it or take it back, with what was measured."""
        row = TuningDecision.objects.select_related("tunable").get(pk=str(watched.key))
        before, after = summaries.before, summaries.after
        row.evidence |= {name: one.as_json() for name, one in (("before", before), ("after", after)) if one}
        row.score_before, row.score_after = before.score if before else None, after.score if after else None
        row.outcome, row.judged_at, row.state = judgement.outcome, timezone.now(), State.KEPT
        Tunable.objects.filter(pk=row.tunable_id).update(memory=memory.as_json())
        if judgement.ruling is Ruling.BACK and self._back(row):
            row.state = State.ROLLED_BACK
        row.save()
        _log.info("tuner_ruled", knob=watched.knob, value=watched.new, state=row.state, outcome=row.outcome)

    def _back(self, row: TuningDecision) -> bool:
        """Whether it was taken back. Of a knob that the tuner may not turn by itself it only says what it would do."""
        knob = row.tunable
        if knob.mode == TuningMode.SUGGEST and knob.value == row.new and not knob.is_frozen:
            self._say_back(row)
        if knob.mode != TuningMode.AUTO:
            return False
        try:
            turn(knob=knob.name, value=row.old, source=Source.ROLLBACK, reason="took_worse", state=State.KEPT,
                 evidence=_turned(row.evidence), expected=row.new)  # fmt: skip
        except Refused as error:
            _log.info("tuner_refused", knob=knob.name, reason=error.reason)
            return False
        return True

    def _say_back(self, row: TuningDecision) -> None:
        before = row.evidence.get("after")
        if before:
            self.suggest(row.tunable.name, Move(row.new, row.old, "", "took_worse"), Summary.from_json(before))


def _watched(row: TuningDecision) -> Watched:
    previous = _turns().filter(decided_at__lt=row.decided_at).aggregate(last=Max("decided_at"))["last"]
    before = row.evidence.get("before")
    return Watched(
        key=row.pk, knob=row.tunable.name, old=row.old, new=row.new, way=row.evidence.get("way", ""),
        since=_seconds(row.decided_at), previous=_seconds(previous),
        before=Summary.from_json(before) if before else None, by_person=row.source != Source.TUNER,
        memory=memory_of(row.tunable),
    )  # fmt: skip


def _turns() -> QuerySet[TuningDecision]:
    """All that really happened."""
    return TuningDecision.objects.exclude(state__in=(State.SUGGESTED, State.DISMISSED)).order_by()


def _evidence(move: Move, before: Summary | None) -> dict[str, object]:
    told = {"before": before.as_json(), "figures": dict(before.figures)} if before else {}
    return {"way": move.way, **told}


def _turned(evidence: dict[str, object]) -> dict[str, object]:
    """What led to taking back: the scores of the value that goes, and of the one that comes."""
    return {name: evidence[name] for name in ("before", "after") if name in evidence}


def _seconds(at: datetime | None) -> float:
    return at.astimezone(UTC).timestamp() if at else 0.0
