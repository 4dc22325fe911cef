"""The page of the doctor: what is set on the machine and the servers, what should be, why, and how."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from perf.pages import show, staff_page
from perf.resources.doctor.findings import Severity
from perf.resources.doctor.registry import Section, examine, tally

TONES = {Severity.BAD: "bad", Severity.ADVICE: "warn", Severity.UNSEEN: "", Severity.GOOD: "good"}


@staff_page("perf.view_benchmarkrun")
def doctor(request: HttpRequest) -> HttpResponse:
    """For superusers and operators; for others there is no such page (404). It looks anew each time."""
    sections = examine()
    counts = tally(sections)
    context = {
        "title": _("Doctor"),
        "words": [(TONES[each], word, counts[each]) for each, word in _words().items()],
        "worst": next((each for each in (Severity.BAD, Severity.ADVICE) if counts[each]), Severity.GOOD),
        "sections": [_shown(section) for section in sections],
    }
    return show(request, "perf/doctor.html", context)


def _shown(section: Section) -> dict[str, Any]:
    """What is to be done, the worst first, and what asks for nothing; each with its severity in words and its tone."""
    words, worst_first = _words(), list(Severity)
    found = sorted(section.findings, key=lambda one: worst_first.index(one.severity))
    told = [(words[one.severity], TONES[one.severity], one) for one in found]
    return {
        "section": section,
        "wrong": [each for each in told if each[2].fix],
        "rest": [each for each in told if not each[2].fix],
    }


def _words() -> dict[Severity, str]:
    return {
        Severity.BAD: _("To be put right"),
        Severity.ADVICE: _("Worth doing"),
        Severity.UNSEEN: _("Not seen here"),
        Severity.GOOD: _("As it should be"),
    }
