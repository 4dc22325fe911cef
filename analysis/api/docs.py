"""``/openapi.json``, ``/openapi.yaml`` and ``/docs``: the API described, for programs and for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.conditional import lasting, not_modified, tag_of
from analysis.api.views import ApiView


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, in English whatever the asker's language; made once in a process, not to be changed."""
    with translation.override("en"):
        generator = SchemaGenerator(api_version=None)  # type: ignore[no-untyped-call]
        return dict(generator.get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


class _OpenApi(ApiView):
    scopes = {"GET": access.READ}

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """The whole document."""
        tag = tag_of(self.renderer_classes[0].format, document())
        return lasting(not_modified(request, tag) or Response(document(), headers={"ETag": tag}))


class OpenApiJson(_OpenApi):
    """As JSON."""

    renderer_classes = [OpenApiJsonRenderer2]


class OpenApiYaml(_OpenApi):
    """As YAML, equal to ``docs/openapi.yaml``."""

    renderer_classes = [OpenApiYamlRenderer2]


@require_safe
@login_required
def explore(request: HttpRequest) -> HttpResponse:
    """The page that lists every operation and tries it out with the reader's own rights."""
    return render(request, "api/docs.html")
