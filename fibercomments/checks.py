"""Rules between settings, as system checks: a wrong pair of figures is said at start and not found at night."""

from __future__ import annotations

import base64
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning

_LEAST_SECRET_BYTES = 24


@register(Tags.database)
def lease_rules(**_kwargs: Any) -> list[CheckMessage]:
    """A lease must outlive missed heartbeats, and a silent worker must be noticed within 15 s."""
    found: list[CheckMessage] = []
    if settings.LEASE_SECONDS < 3 * settings.HEARTBEAT_SECONDS:
        found.append(
            Error(
                "LEASE_SECONDS is less than three heartbeats: workers would lose chunks they still work on.",
                hint=f"Set LEASE_SECONDS to {3 * settings.HEARTBEAT_SECONDS:g} or more, or HEARTBEAT_SECONDS lower.",
                id="fibercomments.E001",
            )
        )
    if not 2 * settings.HEARTBEAT_SECONDS < settings.WORKER_GONE_SECONDS <= 15:
        found.append(
            Error(
                "WORKER_GONE_SECONDS must be more than two heartbeats and at most 15.",
                hint="Pages promise to say within 15 seconds that no worker is running.",
                id="fibercomments.E002",
            )
        )
    if settings.STALL_SECONDS < settings.LEASE_SECONDS:
        found.append(
            Error(
                "STALL_SECONDS is less than LEASE_SECONDS: workers that label slowly would be ended as if they hung.",
                hint=f"Set STALL_SECONDS to {settings.LEASE_SECONDS:g} or more; a batch must be done within it.",
                id="fibercomments.E004",
            )
        )
    return found


@register(Tags.caches)
def redis_rules(**_kwargs: Any) -> list[CheckMessage]:
    """Cache, queue and metrics are flushed and timed out apart, so they may not share a database."""
    addresses = [settings.REDIS_QUEUE_URL, settings.REDIS_CACHE_URL, settings.REDIS_METRICS_URL]
    if len(set(addresses)) == len(addresses):
        return []
    return [
        Error(
            "REDIS_QUEUE_URL, REDIS_CACHE_URL and REDIS_METRICS_URL must differ.",
            hint="Give each a database number of its own: redis://host:6379/0, /1 and /2.",
            id="fibercomments.E003",
        )
    ]


@register(Tags.compatibility)
def notice_rules(**_kwargs: Any) -> list[CheckMessage]:
    """A notice that cannot arrive is no notice."""
    found: list[CheckMessage] = []
    if settings.ALERT_WEBHOOK_URL and not _is_secret(settings.ALERT_WEBHOOK_SECRET):
        found.append(
            Error(
                "ALERT_WEBHOOK_URL is set, but ALERT_WEBHOOK_SECRET is no secret to sign with.",
                hint="Set it to whsec_ and at least 24 random bytes in base64: echo whsec_$(openssl rand -base64 32)",
                id="fibercomments.E005",
            )
        )
    if settings.ALERT_RECIPIENTS and settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        found.append(
            CheckWarning(
                "ALERT_RECIPIENTS is set, but no mail server: alerts are printed and reach nobody.",
                hint="Set EMAIL_URL, such as smtp://user:password@mail.example:587/?tls=True",
                id="fibercomments.W002",
            )
        )
    return found


def _is_secret(text: str) -> bool:
    try:
        return len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) >= _LEAST_SECRET_BYTES
    except ValueError:
        return False


@register(Tags.security, deploy=True)
def pseudonym_rule(**_kwargs: Any) -> list[CheckMessage]:
    """With a key of its own for pseudonyms, SECRET_KEY can be changed without breaking them."""
    if settings.PSEUDONYM_KEY != settings.SECRET_KEY or settings.LOCAL:
        return []
    return [
        CheckWarning(
            "PSEUDONYM_KEY is not set: customers' pseudonyms would change together with SECRET_KEY.",
            hint="Set PSEUDONYM_KEY to a random string and keep it.",
            id="fibercomments.W001",
        )
    ]
