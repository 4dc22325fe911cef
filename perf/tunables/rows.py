"""Every declared knob has its row: made when it is missing, kept within what the code declares."""

from __future__ import annotations

from typing import Any

from django.db import ProgrammingError, transaction

from perf.models import Tunable, TuningMode
from perf.tunables.knobs import Knob, clamped, declared


def after_migration(**_signal: Any) -> None:
    """Make the rows; after a migration back to before there were such rows, there is nothing to do."""
    try:
        with transaction.atomic():
            ensure_rows()
    except ProgrammingError:
        return


def ensure_rows() -> int:
    """Make missing rows; bring those within the declared bounds that an earlier release left beyond them, and those
    that are not in force to the default, which the environment may have changed.

    After a migration, and before anything is shown or turned; returns how many rows were made or changed.
    """
    rows = {row.name: row for row in Tunable.objects.all()}
    missing = [_row(knob) for knob in declared() if knob.name not in rows]
    Tunable.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing) + sum(_brought_in(rows[knob.name], knob) for knob in declared() if knob.name in rows)


def _row(knob: Knob) -> Tunable:
    return Tunable(
        name=knob.name, value=knob.default, low=knob.low, high=knob.high, step=knob.step, mode=knob.mode
    )  # fmt: skip


def _brought_in(row: Tunable, knob: Knob) -> bool:
    low, high = clamped(row.low, knob.low, knob.high), clamped(row.high, knob.low, knob.high)
    value = row.value if row.is_set or row.mode == TuningMode.AUTO else knob.default
    within = {"low": low, "high": high, "value": clamped(value, low, high)}
    if all(getattr(row, name) == value for name, value in within.items()):
        return False
    return bool(Tunable.objects.filter(pk=row.pk).update(**within))
