"""``/healthz/live``: the process answers. ``/healthz/ready``: it can do its work."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from analysis.processing.heartbeat import workers_alive


@require_safe
@never_cache
def live(_request: HttpRequest) -> HttpResponse:
    """200 as long as the process runs; asks nobody."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """200 when PostgreSQL answers, 503 when not; a lost cache or missing workers are named but do not unready."""
    database = database_answers()
    checks = {
        "database": "ok" if database else "unavailable",
        "cache": "ok" if cache_answers() else "unavailable",
        "workers": workers_alive() if database else None,
        "environment": settings.ENVIRONMENT,
    }
    response = JsonResponse(
        {"status": "ok" if database else "unavailable", "checks": checks}, status=200 if database else 503
    )
    if not database:
        response["Retry-After"] = "2"
    return response


def database_answers() -> bool:
    """Whether PostgreSQL runs a statement."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except (DatabaseError, PoolTimeout):
        return False


def cache_answers() -> bool:
    """Whether the cache gives back what was put in."""
    cache.set("healthz", 1, 10)
    return bool(cache.get("healthz") == 1)
