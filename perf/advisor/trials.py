"""An index held against the statement that it is for: measured without it and with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from perf.advisor import catalogue, gains, plans
from perf.advisor.building import BuildError
from perf.advisor.measuring import (
    BUILD_MS,
    BUILT_ROWS,
    LOCK_MS,
    RUNS,
    UnmeasuredError,
    measure,
    measure_with,
    typical_values,
)
from perf.advisor.spec import IndexSpec


def attempt(statement: str, spec: IndexSpec) -> dict[str, Any]:
    """Times and planner's costs without the index and with one that is built and taken back.

    Keys: ``before_ms``, ``after_ms``, ``runs``, ``is_used``, ``cost_before``, ``cost_after``; ``reason`` says why
    there are no times (kind, values, slow, large, or an SQLSTATE). Raises ``BuildError`` when the index
    is not one of known columns.
    """
    if not catalogue.is_known(spec):
        raise BuildError("unknown")
    if catalogue.tables()[spec.table].rows > BUILT_ROWS:
        return _timed(statement) | {"reason": "large"}
    result = _costs(statement, spec)
    try:
        values = typical_values(statement)
        before, after = measure(statement, values), measure_with(statement, values, spec)
    except UnmeasuredError as error:
        return result | {"reason": error.reason}
    times = {"before_ms": before.median_ms, "after_ms": after.median_ms, "runs": RUNS}
    return result | times | {"is_used": spec.name in after.indexes}


@contextmanager
def around(statement: str, spec: IndexSpec) -> Iterator[dict[str, Any]]:
    """Measures before and after what is done inside, with the same values; the result is filled in at the end."""
    result: dict[str, Any] = {}
    values: list[str] | None = None
    cost = _cost(statement)
    try:
        values = typical_values(statement) if statement else None
        result |= {"before_ms": measure(statement, values).median_ms, "runs": RUNS} if values is not None else {}
    except UnmeasuredError as error:
        result["reason"] = error.reason
    yield result
    result |= {"cost_before": cost, "cost_after": _cost(statement)}
    if values is not None and "before_ms" in result:
        result |= _after(statement, values, spec)


def _after(statement: str, values: list[str], spec: IndexSpec) -> dict[str, Any]:
    try:
        timing = measure(statement, values)
    except UnmeasuredError as error:
        return {"reason": error.reason}
    return {"after_ms": timing.median_ms, "is_used": spec.name in timing.indexes}


def _timed(statement: str) -> dict[str, Any]:
    try:
        timing = measure(statement, typical_values(statement))
    except UnmeasuredError:
        return {}
    return {"before_ms": timing.median_ms, "runs": RUNS}


def _cost(statement: str) -> float | None:
    try:
        return plans.explain(statement).cost if statement else None
    except plans.UnexplainedError:
        return None


def _costs(statement: str, spec: IndexSpec) -> dict[str, Any]:
    try:
        root = plans.explain(statement)
    except plans.UnexplainedError:
        return {}
    gain = gains.tried(statement, root, spec, build_ms=BUILD_MS, lock_ms=LOCK_MS)
    return {"cost_before": gain.before, "cost_after": gain.after} if gain else {}
