"""Keeps silk's tables small, from the outside: silk's own collection inside a request deadlocked under load."""

from __future__ import annotations

from django.conf import settings
from silk.models import Request

_BATCH = 500


def recorded() -> int:
    """How many requests silk holds, counted up to what pruning leaves."""
    return int(Request.objects.order_by()[: settings.SILKY_KEEP_REQUESTS + 1].count())


def prune(keep: int | None = None) -> int:
    """Delete all but the newest ``keep`` (``SILKY_KEEP_REQUESTS``) recorded requests; returns how many went."""
    keep = settings.SILKY_KEEP_REQUESTS if keep is None else keep
    gone = 0
    newest_first = Request.objects.order_by("-start_time", "-pk").values_list("pk", flat=True)
    while doomed := list(newest_first[keep : keep + _BATCH]):
        gone += int(Request.objects.filter(pk__in=doomed).delete()[1].get("silk.Request", 0))
    return gone
