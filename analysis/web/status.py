"""Status, for operators: who works, what waits, whether the services answer."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.db.models.functions import Now
from django.http import HttpResponse
from django.shortcuts import render

from analysis import access
from analysis.models import ACTIVE_STATES, Chunk, ChunkState, Session, Worker
from analysis.processing.heartbeat import workers_alive
from analysis.web.health import cache_answers, database_answers
from analysis.web.pages import PageRequest, page

_SHOWN = 50


@page(access.OPERATE)
def status(request: PageRequest) -> HttpResponse:
    """Counts of the whole installation; no comment and no name of a session is shown."""
    gone = Now() - timedelta(seconds=settings.WORKER_GONE_SECONDS)
    chunks = Chunk.objects.filter(state__in=(ChunkState.OPEN, ChunkState.LEASED)).aggregate(
        open=Count("pk", filter=Q(state=ChunkState.OPEN)),
        leased=Count("pk", filter=Q(state=ChunkState.LEASED)),
        size=Sum("size", default=0),
        progress=Sum("progress", default=0),
    )
    waiting = Session.objects.filter(state__in=ACTIVE_STATES)
    context = {
        "alive": workers_alive(),
        "workers": Worker.objects.order_by("-heartbeat_at")[:_SHOWN],
        "gone_names": set(Worker.objects.filter(heartbeat_at__lt=gone).values_list("name", flat=True)),
        "chunks": chunks,
        "texts_waiting": max(0, chunks["size"] - chunks["progress"]),
        "by_queue": waiting.order_by().values("priority").annotate(n=Count("pk")).order_by("priority"),
        "by_state": Session.objects.order_by().values("state").annotate(n=Count("pk")).order_by("-n"),
        "active": waiting.count(),
        "database": database_answers(),
        "cache": cache_answers(),
    }
    return render(request, "web/parts/status.html" if request.htmx else "web/status.html", context)
