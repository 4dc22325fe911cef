"""Addresses of views that do nothing, for requests to be measured against."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.views import ApiView

ADDRESS, API_ADDRESS = "/bare", "/bare/api"


@csrf_exempt
def bare(request: HttpRequest) -> JsonResponse:
    """As little as a view can do with a body of JSON."""
    return JsonResponse({"bytes": len(request.body)})


class BareApi(ApiView):
    """As little as a view of the API can do: whoever asks is known, and counted."""

    scopes = {"POST": access.ANALYZE}
    bucket = "analyze"

    def post(self, request: Request) -> Response:
        """As `bare`."""
        return Response({"bytes": request.headers["Content-Length"]})


urlpatterns = [path(ADDRESS[1:], bare), path(API_ADDRESS[1:], BareApi.as_view())]
