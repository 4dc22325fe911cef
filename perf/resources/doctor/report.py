"""The report as text for a terminal, and as plain data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from perf.resources.doctor.findings import Finding, Severity
from perf.resources.doctor.registry import Section, tally

_MARKS = {Severity.BAD: "BAD", Severity.ADVICE: "advice", Severity.UNSEEN: "?", Severity.GOOD: "ok"}
_WIDTHS = (34, 20)
_INDENT = " " * 8


def as_json(sections: Sequence[Section]) -> dict[str, Any]:
    """Everything, with the counts first."""
    return {
        "counts": {str(severity): n for severity, n in tally(sections).items()},
        "sections": [
            {
                "key": each.key,
                "label": str(each.label),
                "trouble": each.trouble,
                "findings": [_plain(finding) for finding in each.findings],
            }
            for each in sections
        ],
    }


def as_table(sections: Sequence[Section], *, everything: bool = False) -> str:
    """A line a finding; for what is not as it should be also why and how. Good ones in full with ``everything``."""
    lines: list[str] = []
    for section in sections:
        trouble = f" (cannot be looked at: {section.trouble})" if section.trouble else ""
        lines += ["", f"{section.label}{trouble}"]
        for finding in section.findings:
            lines += _lines(finding, everything)
    counts = tally(sections)
    lines += ["", ", ".join(f"{counts[severity]} {_MARKS[severity]}" for severity in Severity)]
    return "\n".join(lines).strip()


def _lines(finding: Finding, everything: bool) -> Iterator[str]:
    name, value = _WIDTHS
    seen = finding.value or "not seen here"
    mark = _MARKS[finding.severity]
    yield f"  {mark:<7} {finding.name:<{name}} {seen:<{value}} wanted: {finding.wanted}".rstrip()
    if finding.fix or everything:
        yield from textwrap.wrap(str(finding.why), 110, initial_indent=_INDENT, subsequent_indent=_INDENT)
    if finding.fix:
        yield from (f"{_INDENT}> {line}" for line in finding.fix.splitlines())


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "value": finding.value,
        "wanted": finding.wanted,
        "why": str(finding.why),
        "fix": finding.fix,
        "severity": str(finding.severity),
    }
