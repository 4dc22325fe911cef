"""Keeps silk's tables small, from the outside: silk's own collection inside a request deadlocked under load."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet, Sum, Window
from django.utils import timezone
from silk.models import Request

_BATCH = 500


def recorded() -> int:
    """How many requests silk holds, counted up to what pruning leaves."""
    return int(Request.objects.order_by()[: settings.SILKY_KEEP_REQUESTS + 1].count())


def prune(keep: int | None = None) -> int:
    """Delete what is too old or too much, the oldest first; returns how many recordings went.

    Too old: more than ``SILKY_KEEP_DAYS``. Too much: beyond the newest ``keep`` (``SILKY_KEEP_REQUESTS``) recordings,
    or beyond those that hold the newest ``SILKY_KEEP_STATEMENTS`` statements.
    """
    keep = settings.SILKY_KEEP_REQUESTS if keep is None else keep
    oldest = timezone.now() - timedelta(days=settings.SILKY_KEEP_DAYS)
    gone = _delete(Request.objects.filter(start_time__lt=oldest))
    newest_first = Request.objects.order_by("-start_time", "-pk").values_list("pk", flat=True)
    while doomed := list(newest_first[keep : keep + _BATCH]):
        gone += _delete(Request.objects.filter(pk__in=doomed))
    return gone + _prune_statements(settings.SILKY_KEEP_STATEMENTS)


def forget(path: str, since: datetime) -> int:
    """Delete what was recorded of one path since then; returns how many recordings went."""
    return _delete(Request.objects.filter(path=path, start_time__gte=since))


def _prune_statements(most: int) -> int:
    """Delete the oldest recordings until no more than so many statements are left."""
    up_to_it = Window(Sum("num_sql_queries"), order_by=[F("start_time").desc(), F("pk").desc()])
    too_much = Request.objects.annotate(newer=up_to_it - F("num_sql_queries")).filter(newer__gte=most)
    return _delete(Request.objects.filter(pk__in=list(too_much.values_list("pk", flat=True))))


def _delete(doomed: QuerySet[Request]) -> int:
    """In batches, so that nobody's recording waits for long."""
    gone = 0
    while some := list(doomed.values_list("pk", flat=True)[:_BATCH]):
        gone += int(Request.objects.filter(pk__in=some).delete()[1].get("silk.Request", 0))
    return gone
