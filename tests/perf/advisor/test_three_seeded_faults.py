"""Three faults in real requests that silk recorded: found, ranked, mended as advised, and the gain measured."""

from __future__ import annotations

import json
import os

from django.contrib.auth.models import User
from django.test import Client, override_settings
from silk.models import Request

from perf.advisor import catalogue, filing, steps
from perf.advisor.spec import PREFIX
from perf.models import Finding, FindingKind, FindingStatus, StepKind
from tests.perf.advisor.faulty import DECISIONS, ERRORS, ROWS
from tests.perf.sampling import sampled

PAGES = ("/slow/", "/repeating/", "/list/")


def open_pages(urls: str, times: int) -> dict[str, float]:
    """Each page so often, recorded by silk; the median time of each in milliseconds, as silk has it."""
    with sampled(100.0), override_settings(ROOT_URLCONF=urls):
        for page in PAGES * times:
            assert Client().get(page).status_code == 200
    latest = {page: Request.objects.filter(path=page).order_by("-start_time")[:times] for page in PAGES}
    return {page: sorted(one.time_taken for one in ones)[times // 2] for page, ones in latest.items()}


def do(finding: Finding, kind: StepKind, actor: User) -> None:
    """Ask, and be the worker."""
    steps.run_step(steps.ask(finding=finding, kind=kind, actor=actor).pk)
    finding.refresh_from_db()


def own_indexes() -> list[str]:
    """The adviser's own."""
    return [each.name for each in catalogue.all_indexes() if each.name.startswith(PREFIX)]


def test_three_faults_are_found_ranked_first_and_mended_by_their_own_advice(seeded: None, superuser: User) -> None:
    before = open_pages("tests.perf.advisor.faulty", 5)
    assert filing.look()
    open_findings = Finding.objects.filter(status=FindingStatus.OPEN)
    first = {finding.kind: finding for finding in open_findings[:3]}
    assert set(first) == {FindingKind.FULL_SCAN, FindingKind.N_PLUS_ONE, FindingKind.LARGE_RESULT}

    scan = first[FindingKind.FULL_SCAN]
    assert scan.fix.endswith('ON "operation_minutes" ("errors", "minute")')
    assert "tests/perf/advisor/faulty.py" in scan.place
    assert str(ERRORS) not in scan.statement
    assert first[FindingKind.N_PLUS_ONE].fix == '.select_related("tunable")'
    assert first[FindingKind.N_PLUS_ONE].details["times"] == DECISIONS
    assert first[FindingKind.LARGE_RESULT].place.startswith("tests/perf/advisor/faulty.py")

    do(scan, StepKind.TRY, superuser)
    assert scan.status == FindingStatus.TRIED
    assert scan.measured[StepKind.TRY]["is_used"]
    assert not own_indexes()

    do(scan, StepKind.APPLY, superuser)
    assert scan.status == FindingStatus.APPLIED
    assert own_indexes()
    applied = scan.measured[StepKind.APPLY]
    assert applied["is_used"]
    assert applied["cost_after"] < applied["cost_before"] / 10

    after = open_pages("tests.perf.advisor.mended", 5)
    assert filing.look()
    assert not open_findings.filter(pk__in=[each.pk for each in first.values()]).exists()
    assert Finding.objects.get(pk=first[FindingKind.N_PLUS_ONE].pk).status == FindingStatus.GONE
    assert Finding.objects.get(pk=first[FindingKind.LARGE_RESULT].pk).status == FindingStatus.GONE

    do(scan, StepKind.UNDO, superuser)
    assert scan.status == FindingStatus.UNDONE
    assert not own_indexes()
    report = {"rows": ROWS, "before": before, "after": after, "tried": scan.measured[StepKind.TRY], "applied": applied}
    if os.environ.get("FIGURES"):
        print(json.dumps(report))  # noqa: T201 -- asked for
