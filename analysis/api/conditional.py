"""Not sending what the caller has, and not changing what somebody else changed (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from analysis.api.problems import Fault, Problem
from analysis.api.renderers import to_json


def tag_of(*parts: object) -> str:
    """A strong tag of what an answer depends on; a new version of the API makes new tags."""
    content = to_json([settings.SPECTACULAR_SETTINGS["VERSION"], *parts])
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def not_modified(request: Request, tag: str) -> Response | None:
    """304 when the caller's ``If-None-Match`` has this tag."""
    given = parse_etags(request.headers.get("If-None-Match", "")) if settings.CONDITIONAL_GET else []
    if tag in (one.removeprefix("W/") for one in given) or given == ["*"]:
        return Response(status=304, headers={"ETag": tag})
    return None


def require_match(request: Request, tag: str) -> None:
    """Raise 412 when the caller names a version (``If-Match``) that is not this one."""
    header = request.headers.get("If-Match")
    given = parse_etags(header or "")
    if header is not None and tag not in given and given != ["*"]:
        detail = _("Fetch it again and repeat the change on what you find.")
        raise Problem("changed_meanwhile", detail, faults=[Fault("changed_meanwhile", detail, header="If-Match")])


def tagged(request: Request, data: Any) -> Response:
    """The answer under the tag of its own content, or 304."""
    tag = tag_of(data)
    return not_modified(request, tag) or Response(data, headers={"ETag": tag})


def lasting(response: Response) -> Response:
    """Let the caller's own cache answer for ``API_MAX_AGE`` seconds: for what may be that old without harm."""
    if settings.RESPONSE_CACHE and settings.API_MAX_AGE:
        response.headers["Cache-Control"] = f"private, max-age={settings.API_MAX_AGE}"
    return response
