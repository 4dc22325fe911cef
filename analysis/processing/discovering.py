"""The work on a discovery: claimed by a conditional update, held by a lease, written only by whoever holds it.

As with chunks a hint may be lost or come twice; unlike a chunk a discovery is one piece: a lost one begins anew.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now

from analysis.insights.filters import FilterError
from analysis.models import Discovery, DiscoveryState
from analysis.processing.pulse import pulse
from perf.metrics import track

#: Seconds that the largest sessions take at most, on top of what a silent worker is allowed anyway.
_PATIENCE = 600.0
_log = structlog.get_logger(__name__)


def discover(discovery_id: uuid.UUID) -> bool:
    """Find what the discovery asks for; False when there is nothing to claim. Only a lost database leaves this."""
    token = uuid.uuid4()
    claimed = Discovery.objects.filter(pk=discovery_id, state=DiscoveryState.OPEN).update(
        state=DiscoveryState.LEASED,
        lease_token=token,
        lease_until=Now() + timedelta(seconds=settings.LEASE_SECONDS),
        attempts=F("attempts") + 1,
    )
    if not claimed:
        return False
    with pulse.holding(token):
        pulse.progress(_PATIENCE)
        _work(discovery_id, token)
        pulse.progress()
    return True


def free_lost() -> int:
    """Open again what dead workers held; give up what killed one after the other. Returns how many were opened."""
    lost = Discovery.objects.filter(state=DiscoveryState.LEASED, lease_until__lt=Now())
    with transaction.atomic():
        free = dict(lost.select_for_update(skip_locked=True).values_list("pk", "attempts"))
        hopeless = [pk for pk, attempts in free.items() if attempts >= settings.MAX_ATTEMPTS]
        _end(hopeless)
        return Discovery.objects.filter(pk__in=free.keys() - {*hopeless}).update(
            state=DiscoveryState.OPEN, lease_token=None, lease_until=None
        )


def _end(hopeless: list[uuid.UUID]) -> None:
    Discovery.objects.filter(pk__in=hopeless).update(
        state=DiscoveryState.FAILED, error="worker_died", lease_token=None, lease_until=None, finished_at=Now()
    )


def _work(discovery_id: uuid.UUID, token: uuid.UUID) -> None:
    # Here, so that numpy is loaded by the workers that need it and by nobody else.
    from analysis.processing.finding import find

    mine = Discovery.objects.filter(pk=discovery_id, lease_token=token, state=DiscoveryState.LEASED)
    ended = {"lease_token": None, "lease_until": None, "finished_at": Now()}
    discovery = mine.first()
    if discovery is None:
        return
    try:
        with track("analysis.discover"):
            found = find(discovery)
    except (OperationalError, InterfaceError):
        raise
    except (ArithmeticError, FilterError, MemoryError, RuntimeError, ValueError) as error:
        _log.error("discovery_failed", discovery=str(discovery_id), error=type(error).__name__)
        mine.update(state=DiscoveryState.FAILED, error=f"{type(error).__name__}: {error}"[:500], **ended)
        return
    if not mine.update(state=DiscoveryState.DONE, error="", result=found.result, members=found.members, **ended):
        _log.warning("lease_lost", discovery=str(discovery_id))
