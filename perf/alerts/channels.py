"""The two ways out: e-mail by Django's mail, and a signed webhook (https://www.standardwebhooks.com)."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from standardwebhooks import Webhook

from perf.alerts.words import because, title
from perf.models import Notice

_SECONDS = 5.0
_REDIRECT, _TIMEOUT, _TOO_MANY, _SERVER = 300, 408, 429, 500


class ChannelError(Exception):
    """A notice that could not be delivered; ``is_permanent``: nor will it be."""

    def __init__(self, message: str, *, is_permanent: bool = False) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent


def send_mail(notice: Notice) -> None:
    """To everybody in ALERT_RECIPIENTS; raises what Django's mail raises."""
    alert = notice.alert
    with translation.override(settings.LANGUAGE_CODE):
        event = Notice.Event(notice.event).label
        lines = [because(alert.rule.kind, alert.latest), _("Rule: %(rule)s.") % {"rule": alert.rule}]
        subject = f"[{_('Performance')}] {title(alert)}: {event}"
        body = "\n\n".join([*lines, _("More in the admin, under Alerts.")])
    message = EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, settings.ALERT_RECIPIENTS)
    message.send(fail_silently=False)


def send_webhook(notice: Notice) -> None:
    """To ALERT_WEBHOOK_URL, signed under ALERT_WEBHOOK_SECRET; a second try has the id of the first.

    Raises ``ChannelError`` for an address that may not be called and for an answer that is no 2xx.
    """
    url = settings.ALERT_WEBHOOK_URL
    body = orjson.dumps(payload(notice))
    now = timezone.now()
    signature = Webhook(settings.ALERT_WEBHOOK_SECRET).sign(str(notice.pk), now, body.decode())
    signed = {
        "content-type": "application/json",
        "webhook-id": str(notice.pk),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    _check(_post(url, _address_of(url), body, signed))


def payload(notice: Notice) -> dict[str, object]:
    """What the webhook says."""
    alert = notice.alert
    return {
        "type": f"alert.{notice.event}",
        "timestamp": notice.made_at.isoformat(),
        "data": {
            "alert": str(alert.pk),
            "rule": alert.rule.name,
            "kind": alert.rule.kind,
            "subject": alert.subject,
            "evidence": alert.latest,
            "opened_at": alert.opened_at.isoformat(),
            "closed_at": alert.closed_at.isoformat() if alert.closed_at else None,
        },
    }


def _address_of(url: str) -> str:
    """The address to connect to, looked up once, so that the one that was checked is the one that is called."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not settings.ALERT_WEBHOOK_PRIVATE:
        raise ChannelError("a webhook is called by https", is_permanent=True)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise ChannelError("its name is not known") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not settings.ALERT_WEBHOOK_PRIVATE and not all(_is_public(address) for address in addresses):
        raise ChannelError("its address is private; ALERT_WEBHOOK_PRIVATE=1 allows that", is_permanent=True)
    return addresses[0]


def _is_public(address: str) -> bool:
    """Whether it is an address of the internet; one that is wrapped in IPv6 is looked at inside."""
    known = ipaddress.ip_address(address)
    inside = getattr(known, "ipv4_mapped", None) or getattr(known, "sixtofour", None)
    return (inside or known).is_global and known.is_global and not known.is_multicast


def _post(url: str, address: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer, whose body is not read. Redirects are not followed, proxies not asked."""
    asked = httpx.URL(url)
    host = asked.netloc.decode()
    pinned = asked.copy_with(host=address)
    extensions = {"sni_hostname": asked.host}
    with (
        httpx.Client(timeout=_SECONDS, trust_env=False) as client,
        client.stream("POST", pinned, content=body, headers=headers | {"host": host}, extensions=extensions) as answer,
    ):
        return answer.status_code


def _check(status: int) -> None:
    if status < _REDIRECT:
        return
    is_permanent = _REDIRECT <= status < _SERVER and status not in {_TIMEOUT, _TOO_MANY}
    raise ChannelError(f"it answered {status}", is_permanent=is_permanent)
