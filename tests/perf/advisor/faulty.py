"""Three pages with the faults that the adviser is there for, and the same pages as its advice would have them."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path

from perf.models import GaugeMinute, OperationMinute, TuningDecision

ROWS, LISTED, DECISIONS = 200_000, 12_000, 40
ERRORS = 4321


def missing_index(_request: HttpRequest) -> JsonResponse:
    """The minutes of operations with so many errors: no index knows their errors."""
    return _answer(OperationMinute.objects.filter(errors=ERRORS).order_by("minute").values_list("pk", flat=True)[:50])


def repeating(_request: HttpRequest) -> JsonResponse:
    """The knob of each decision, asked for one by one."""
    return _answer(decision.tunable.name for decision in TuningDecision.objects.order_by("pk")[:DECISIONS])


def repeating_mended(_request: HttpRequest) -> JsonResponse:
    """The same, with what the advice says behind the queryset."""
    decisions = TuningDecision.objects.select_related("tunable").order_by("pk")[:DECISIONS]
    return _answer(decision.tunable.name for decision in decisions)


def unbounded(_request: HttpRequest) -> JsonResponse:
    """All rows of a table."""
    return _answer(GaugeMinute.objects.order_by("pk").values_list("name", "mean"))


def unbounded_mended(_request: HttpRequest) -> JsonResponse:
    """A page of them."""
    return _answer(GaugeMinute.objects.order_by("pk").values_list("name", "mean")[:50])


def _answer(rows: object) -> JsonResponse:
    return JsonResponse({"rows": len(list(rows))})  # type: ignore[call-overload]


urlpatterns = [path("slow/", missing_index), path("repeating/", repeating), path("list/", unbounded)]
