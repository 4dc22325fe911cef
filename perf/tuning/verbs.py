"""What people and the tuner do to knobs: turn, apply, dismiss, restore, stop, back to the defaults.

Each is one transaction with its line in the history, and in Django's log where a person did it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from perf.models import Tunable, Tuner, TuningDecision, TuningMode
from perf.trail import Person, note
from perf.tunables.knobs import find
from perf.tuning.search import failed
from perf.tuning.signals import measures
from perf.tuning.standing import ceiling_of, memory_of, pace

Source, State = TuningDecision.Source, TuningDecision.State


class Refused(Exception):
    """The knob is not turned; ``reason`` is "frozen", "bounds", "ceiling" or "changed"."""

    def __init__(self, reason: str, most: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.most = reason, most


def turn(
    *, knob: str, value: float, source: str, reason: str, actor: Person | None = None,
    evidence: Mapping[str, Any] | None = None, state: str = State.WATCHED, expected: float | None = None,
) -> TuningDecision | None:  # fmt: skip
    """Set a knob and note it; None when it stood there already. Raises ``Refused``.

    ``expected``: the value that it is to be turned from; with another one in its place nothing is done ("changed").
    """
    with transaction.atomic():
        row = Tunable.objects.select_for_update().get(name=knob)
        if row.is_frozen:
            raise Refused("frozen")
        if expected is not None and row.value != expected:
            raise Refused("changed")
        return _set(row, value, source=source, reason=reason, actor=actor, evidence=evidence, state=state)


def adjust(*, knob: str, actor: Person, **fields: Any) -> TuningDecision | None:
    """What a person changed of a knob: ``value``, ``low``, ``high``, ``step``, ``mode``, ``is_frozen``, all at once.

    The turn, whose effect is measured, or None when the value stays. Raises ``Refused``.
    """
    with transaction.atomic():
        row = Tunable.objects.select_for_update().get(name=knob)
        value = fields.pop("value", row.value)
        if row.is_frozen and fields.get("is_frozen", True) and value != row.value:
            raise Refused("frozen")
        for name, wanted in fields.items():
            setattr(row, name, wanted)
        made = _set(row, value, source=Source.PERSON, reason="person", actor=actor)
        if made is None:
            row.save()
        if row.mode == TuningMode.OFF:
            _end_measuring("left_alone", tunable=row, source=Source.TUNER)
            TuningDecision.objects.filter(tunable=row, state=State.SUGGESTED).delete()
        return made


def _set(
    row: Tunable, value: float, *, source: str, reason: str, actor: Person | None,
    evidence: Mapping[str, Any] | None = None, state: str = State.WATCHED,
) -> TuningDecision | None:  # fmt: skip
    """The row is locked."""
    _check(row, value)
    if row.value == value:
        return None
    old, row.value, row.is_set, row.changed_at = row.value, value, True, timezone.now()
    row.save()
    if actor is not None:
        note(actor, row, f"{old:g} -> {value:g} ({reason})")
    evidence = dict(evidence or {})
    before = evidence.get("before")
    return TuningDecision.objects.create(
        tunable=row, source=source, state=state if row.name in measures() else State.KEPT,
        actor_id=actor.pk if actor else None, old=old, new=value, reason=reason, evidence=evidence,
        score_before=before["score"] if before else None, decided_at=row.changed_at,
    )  # fmt: skip


def apply(*, decision: uuid.UUID, actor: Person) -> TuningDecision:
    """Do what was suggested; its effect is measured. Raises ``Refused``: "changed" when the knob has moved since."""
    with transaction.atomic():
        row = _suggested(decision)
        made = turn(
            knob=row.tunable.name, value=row.new, source=Source.PERSON, reason="applied", actor=actor,
            evidence={name: row.evidence[name] for name in ("way", "figures") if name in row.evidence},
            expected=row.old,
        )  # fmt: skip
        row.delete()
        if made is None:
            raise Refused("changed")
        return made


def dismiss(*, decision: uuid.UUID, actor: Person) -> None:
    """Decline what was suggested; it is not suggested again for a while. Raises ``Refused``."""
    with transaction.atomic():
        row = _suggested(decision)
        row.state, row.actor_id, row.judged_at = State.DISMISSED, actor.pk, timezone.now()
        row.save(update_fields=["state", "actor", "judged_at"])
        knob, way = row.tunable, row.evidence.get("way", "")
        if way:
            rested = failed(memory_of(knob), way, now=timezone.now().timestamp(), cool_down=pace().cool_down)
            Tunable.objects.filter(pk=knob.pk).update(memory=rested.as_json())
        note(actor, row, "dismissed")


def restore(*, decision: uuid.UUID, actor: Person) -> int:
    """Set every knob to where it stood right after this decision; returns how many moved. Raises ``Refused``."""
    with transaction.atomic():
        point = TuningDecision.objects.get(pk=decision)
        moved = [
            turn(knob=name, value=value, source=Source.RESTORE, reason="restored", actor=actor)
            for name, value in values_at(point).items()
        ]
        return sum(each is not None for each in moved)


def values_at(point: TuningDecision) -> dict[str, float]:
    """Where each declared knob stood right after a decision: its last turn until then, or what its next was from."""
    turned = TuningDecision.objects.exclude(state__in=(State.SUGGESTED, State.DISMISSED))
    values = {}
    for row in Tunable.objects.all():
        if find(row.name) is None:
            continue
        mine = turned.filter(tunable=row)
        last = mine.filter(decided_at__lte=point.decided_at).order_by("-decided_at").first()
        following = mine.filter(decided_at__gt=point.decided_at).order_by("decided_at").first()
        values[row.name] = last.new if last else following.old if following else row.value
    return values


def to_defaults(*, actor: Person) -> int:
    """Set every knob that is not frozen to its default, as if nobody had ever turned it; returns how many moved."""
    moved = 0
    with transaction.atomic():
        for row in Tunable.objects.filter(is_frozen=False).order_by("name"):
            knob = find(row.name)
            if knob is None:
                continue
            value = min(max(knob.default, row.low), row.high)
            made = turn(
                knob=row.name, value=value, source=Source.PERSON, reason="defaults", actor=actor, state=State.KEPT
            )  # fmt: skip
            moved += made is not None
            Tunable.objects.filter(pk=row.pk).update(is_set=False, memory={})
        _end_measuring("left_alone")
    return moved


def switch(*, stopped: bool, actor: Person) -> bool:
    """Stop the tuner, or let it go on; False when it was so already. It heeds that at its next look."""
    with transaction.atomic():
        row, _new = Tuner.objects.select_for_update().get_or_create(pk=Tuner.ONLY)
        if row.is_stopped == stopped:
            return False
        row.is_stopped, row.changed_at, row.actor_id = stopped, timezone.now(), actor.pk
        row.save()
        if stopped:
            _end_measuring("tuner_stopped")
        note(actor, row, "stopped" if stopped else "started")
        return True


def is_stopped() -> bool:
    """Whether the tuner is to do nothing."""
    return Tuner.objects.filter(is_stopped=True).exists()


def _check(row: Tunable, value: float) -> None:
    if not row.low <= value <= row.high:
        raise Refused("bounds")
    most = ceiling_of(row.name)
    if most is not None and value > max(most, row.low) and value > row.value:
        raise Refused("ceiling", most)


def _suggested(decision: uuid.UUID) -> TuningDecision:
    open_ones = TuningDecision.objects.select_related("tunable").select_for_update(of=("self",))
    row = open_ones.filter(pk=decision, state=State.SUGGESTED).first()
    if row is None:
        raise Refused("changed")
    return row


def _end_measuring(outcome: str, **which: Any) -> None:
    measured = TuningDecision.objects.filter(state=State.WATCHED, **which)
    measured.update(state=State.KEPT, outcome=outcome, judged_at=timezone.now())
