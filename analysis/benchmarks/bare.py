"""Addresses of a view that does nothing, for requests to be measured against."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

ADDRESS = "/bare"


@csrf_exempt
def bare(request: HttpRequest) -> JsonResponse:
    """As little as a view can do with a body of JSON."""
    return JsonResponse({"bytes": len(request.body)})


urlpatterns = [path(ADDRESS[1:], bare)]
