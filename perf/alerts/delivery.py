"""Notices are sent: each claimed by a conditional statement, outside of any transaction, with bounded tries.

A thread of the sweeper's process does it, so that a mail server that does not answer holds up no sweep.
"""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import structlog
from django.db import close_old_connections, connection
from django.db.models import F
from django.utils import timezone

from perf.alerts.channels import ChannelError, send_mail, send_webhook
from perf.metrics import count
from perf.models import Notice

#: Before the second try, the third ...
PAUSES = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
MOST_TRIES = len(PAUSES) + 1
_AT_ONCE = 50
_SENDERS: dict[Notice.Channel, Callable[[Notice], None]] = {
    Notice.Channel.MAIL: send_mail,
    Notice.Channel.WEBHOOK: send_webhook,
}
_log = structlog.get_logger(__name__)
_running = threading.Lock()


def deliver(now: datetime | None = None) -> int:
    """Send what is due; returns how many notices arrived. One that fails stops none of the others."""
    now = now or timezone.now()
    due = Notice.objects.filter(state=Notice.State.WAITING, next_try_at__lte=now).select_related("alert__rule")
    return sum(_try(notice, now) for notice in due.order_by("made_at")[:_AT_ONCE])


def deliver_aside() -> bool:
    """Send what is due in a thread of its own, unless one is at it; False when there was nothing to start."""
    due = Notice.objects.filter(state=Notice.State.WAITING, next_try_at__lte=timezone.now())
    if not due.exists() or not _running.acquire(blocking=False):
        return False
    threading.Thread(target=_deliver_and_let_go, name="notices", daemon=True).start()
    return True


def _deliver_and_let_go() -> None:
    close_old_connections()
    try:
        deliver()
    except Exception:  # noqa: BLE001 -- the next round tries again
        _log.exception("notices_not_sent")
    finally:
        connection.close()
        _running.release()


def _try(notice: Notice, now: datetime) -> bool:
    if not _claim(notice, now):
        return False
    try:
        _SENDERS[Notice.Channel(notice.channel)](notice)
    except (ChannelError, OSError, smtplib.SMTPException, httpx.HTTPError) as error:
        _failed(notice, error)
        return False
    Notice.objects.filter(pk=notice.pk).update(state=Notice.State.SENT, sent_at=now, error="")
    count("notices.sent")
    return True


def _claim(notice: Notice, now: datetime) -> bool:
    """It is ours until its next try is due; whoever dies with it loses one try."""
    pause = PAUSES[min(notice.tries, len(PAUSES) - 1)]
    mine = Notice.objects.filter(pk=notice.pk, state=Notice.State.WAITING, tries=notice.tries)
    return bool(mine.update(tries=F("tries") + 1, next_try_at=now + pause))


def _failed(notice: Notice, error: Exception) -> None:
    """Kept with its reason; the text of an error may quote an address with a secret, its kind does not."""
    reason = str(error) if isinstance(error, ChannelError) else type(error).__name__
    is_last = notice.tries + 1 >= MOST_TRIES or (isinstance(error, ChannelError) and error.is_permanent)
    state = Notice.State.FAILED if is_last else Notice.State.WAITING
    Notice.objects.filter(pk=notice.pk).update(state=state, error=reason[:200])
    count("notices.failed")
    _log.warning("notice_failed", channel=notice.channel, alert=str(notice.alert_id), error=reason, is_last=is_last)
