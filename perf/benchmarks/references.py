"""What a run is compared with: the last one like it, one that is named by its id, or one of a file."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from perf.benchmarks.machine import same_machine
from perf.models import BenchmarkRun

_LOOK_BACK = 50
_HISTORY = 20


class NoReferenceError(LookupError):
    """There is nothing of that name to compare with; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Figures to compare with, from where they are (``label``), and the medians of runs like it, the oldest first."""

    figures: Mapping[str, dict[str, Any]]
    machine: dict[str, Any]
    label: str
    run: BenchmarkRun | None = None
    history: Mapping[str, Sequence[float]] = field(default_factory=dict)


def last_like(name: str, options: dict[str, object], machine: dict[str, object]) -> Reference | None:
    """The last run of equal options on an equal machine."""
    found = like(name, options, machine)
    return _reference(found[0], found) if found else None


def like(name: str, options: dict[str, object], machine: dict[str, object]) -> list[BenchmarkRun]:
    """The latest runs of equal options on an equal machine, the last one first."""
    latest = BenchmarkRun.objects.filter(name=name, options=options).order_by("-created_at")[:_LOOK_BACK]
    return [each for each in latest if same_machine(each.machine, machine)][:_HISTORY]


def named(what: str, name: str) -> Reference | None:
    """The run of benchmark ``name`` that ``what`` says: the id of a run, or a file that ``--json`` wrote.

    None where that run, or every run of the file, is of another benchmark. Raises ``NoReferenceError``.
    """
    if Path(what).is_file():
        return _of_file(Path(what), name)
    try:
        run = BenchmarkRun.objects.get(pk=uuid.UUID(what))
    except (ValueError, BenchmarkRun.DoesNotExist):
        raise NoReferenceError(f"There is neither a run nor a file {what!r}.") from None
    return _reference(run, like(name, run.options, run.machine)) if run.name == name else None


def _reference(run: BenchmarkRun, alike: Sequence[BenchmarkRun]) -> Reference:
    older = [each for each in reversed(alike) if each.created_at <= run.created_at]
    history = {
        name: [each.figures[name]["median"] for each in older if name in each.figures] or [figure["median"]]
        for name, figure in run.figures.items()
    }
    return Reference(run.figures, run.machine, f"{run.created_at:%Y-%m-%d %H:%M}", run, history)


def _of_file(path: Path, name: str) -> Reference | None:
    try:
        runs = orjson.loads(path.read_bytes())
        one = next((each for each in runs if each["name"] == name), None)
        return Reference(one["figures"], one["machine"], path.name) if one else None
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise NoReferenceError(f"{path} holds no runs that --json wrote ({type(error).__name__}).") from error
