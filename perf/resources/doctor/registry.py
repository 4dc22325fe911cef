"""The sections of the doctor's report, and the examination."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

import structlog
from django.conf import settings

from perf.resources.doctor.findings import Finding, Reading, Rule, Severity, Words

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Part:
    label: Words
    rules: Sequence[Rule]
    read: Callable[[], Reading]


@dataclass(frozen=True, slots=True)
class Section:
    """The findings about one thing; ``trouble`` says why it could not be looked at, by the name of the error."""

    key: str
    label: Words
    findings: list[Finding]
    trouble: str = ""


_parts: dict[str, _Part] = {}


def register(key: str, label: Words, rules: Sequence[Rule], read: Callable[[], Reading]) -> None:
    """Have ``read`` looked at and ``rules`` applied in each examination, in the order of registration."""
    _parts[key] = _Part(label, rules, read)


def examine() -> list[Section]:
    """Look at everything now; takes a second or two. What cannot be read stops nothing else."""
    for module in settings.DOCTOR:
        import_module(module)
    return [_section(key, part) for key, part in _parts.items()]


def tally(sections: Sequence[Section]) -> Mapping[Severity, int]:
    """How many findings there are of each severity."""
    counted = Counter(finding.severity for section in sections for finding in section.findings)
    return {severity: counted[severity] for severity in Severity}


def _section(key: str, part: _Part) -> Section:
    trouble = ""
    reading: Reading = {}
    try:
        reading = part.read()
    except Exception as error:  # noqa: BLE001 -- whatever ails one server, the others are looked at
        _log.warning("doctor_cannot_see", section=key, error=type(error).__name__)
        trouble = type(error).__name__
    return Section(key, part.label, [rule.judge(reading) for rule in part.rules], trouble)
