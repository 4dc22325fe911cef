"""Where to go on from the page "Performance": the one list of the instruments' other pages."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy

from perf.panels import Link, Text

#: For pages that only superusers open.
SUPERUSERS = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: the name of its address, what it is called, the question it answers, who may open it."""

    address: str
    name: Text
    question: Text
    permission: str
    href: str = ""


PAGES = (
    Page("bottlenecks", gettext_lazy("Bottlenecks"),
         gettext_lazy("What costs most time, why, and what to do about it"), "perf.view_operationminute"),
    Page("admin:perf_alert_changelist", gettext_lazy("Alerts"),
         gettext_lazy("What was out of the ordinary, when, and whether it is over"), "perf.view_alert"),
    Page("admin:perf_finding_changelist", gettext_lazy("Advice on queries"),
         gettext_lazy("Which statements are slow, and which index or change would help"), "perf.view_finding"),
    Page("tuner", gettext_lazy("The tuner"),
         gettext_lazy("What it would turn and why, and how to stop it"), "perf.view_tunable"),
    Page("admin:perf_tunable_changelist", gettext_lazy("Knobs"),
         gettext_lazy("Live settings and their bounds"), "perf.view_tunable"),
    Page("admin:perf_tuningdecision_changelist", gettext_lazy("History of the knobs"),
         gettext_lazy("Every turn, with its evidence"), "perf.view_tuningdecision"),
    Page("admin:perf_layers", gettext_lazy("Layers"),
         gettext_lazy("Every optimisation: whether it is on, and what it brings"), "perf.view_benchmarkrun"),
    Page("admin:perf_benchmarkrun_changelist", gettext_lazy("Benchmarks"),
         gettext_lazy("How fast it was, run by run"), "perf.view_benchmarkrun"),
    Page("doctor", gettext_lazy("Doctor"),
         gettext_lazy("Settings of machine and services that should be otherwise"), "perf.view_benchmarkrun"),
    Page("admin:perf_operationminute_changelist", gettext_lazy("Minutes of operations"),
         gettext_lazy("The figures behind these charts, minute by minute"), "perf.view_operationminute"),
    Page("silk:summary", gettext_lazy("Slow requests (silk)"),
         gettext_lazy("Single requests with their statements"), SUPERUSERS),
    Page("django_rq:home", gettext_lazy("Queues"), gettext_lazy("Jobs one by one"), SUPERUSERS),
)  # fmt: skip


def links_for(user: Any) -> list[Page]:
    """Those that are there and that the person may open."""
    found = []
    for page in PAGES:
        allowed = user.is_superuser if page.permission == SUPERUSERS else user.has_perm(page.permission)
        with suppress(NoReverseMatch):  # not part of this installation
            if allowed:
                found.append(Page(page.address, page.name, page.question, page.permission, reverse(page.address)))
    return found


def links_to(address: str, user: Any) -> list[Link]:
    """One of them, for a panel; none where it is not there or not for the person."""
    return [Link(page.name, page.href) for page in links_for(user) if page.address == address]
