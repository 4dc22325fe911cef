"""Silk, tamed: only superusers see it, no bodies are kept, and it records only while an operator samples.

Silk at its own defaults answers strangers and costs several times the CPU of the request it watches; here a
request is watched only with the probability ``SILKY_SAMPLE_PERCENT``, and silk's tables are pruned by a timer.
"""

from __future__ import annotations

import random

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest

_OWN_PATHS = ("/silk/", "/static/", "/healthz/", "/metrics")
_dice = random.SystemRandom()


def may_see_silk(user: User | AnonymousUser) -> bool:
    """Silk shows SQL and timings of everybody: superusers only."""
    return bool(user.is_active and user.is_superuser)


def should_intercept(request: HttpRequest) -> bool:
    """Whether silk watches this request."""
    share = float(settings.SILKY_SAMPLE_PERCENT)
    return share > 0 and not request.path.startswith(_OWN_PATHS) and _dice.random() * 100 < share


def prune(keep: int | None = None) -> int:
    """Delete all but the newest ``keep`` recorded requests; returns how many went."""
    from silk.models import Request

    keep = settings.SILKY_KEEP_REQUESTS if keep is None else keep
    newest = Request.objects.order_by("-start_time").values_list("pk", flat=True)
    edge = newest[keep : keep + 1]
    if not edge:
        return 0
    oldest_kept = Request.objects.get(pk=newest[keep - 1]).start_time if keep else None
    doomed = Request.objects.filter(start_time__lt=oldest_kept) if oldest_kept else Request.objects.all()
    return int(doomed.delete()[1].get("silk.Request", 0))
