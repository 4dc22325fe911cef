"""``GET /metrics``: for a scraper with the token, and for staff who may see the measures; for others there is none."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from perf.prometheus.collector import SharedSums

_registry = CollectorRegistry(auto_describe=False)
_registry.register(SharedSums())


@require_safe
@never_cache
def scrape(request: HttpRequest) -> HttpResponse:
    """In the format that the scraper prefers: text or OpenMetrics."""
    if not (_has_token(request) or _may_see(request)):
        raise Http404(_("There is no such page."))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry), content_type=content_type)


def _has_token(request: HttpRequest) -> bool:
    """Compared in constant time; without METRICS_TOKEN no token opens the page."""
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())


def _may_see(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_active and user.is_staff and user.has_perm("perf.view_operationminute"))
