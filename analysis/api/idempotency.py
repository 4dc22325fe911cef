"""A POST that is sent twice with one ``Idempotency-Key`` happens once, and is answered twice alike.

The answer is kept in the transaction of the change itself: either both are there or neither is, whatever is killed
in between. While the first request runs it holds an advisory lock that a second one does not wait for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from analysis.api.problems import Fault, Problem
from analysis.api.renderers import to_json
from analysis.api.views import user_of
from analysis.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
_MAX_KEY_LENGTH = 255
_RETRY_SECONDS = "1"
_NOT_KEPT = {"content-type"}

Handler = Callable[..., HttpResponseBase]


def idempotent(handler: Handler) -> Handler:
    """Decorate a view's ``post``. ``view.without_secret(data)``, where there is one, says what may be kept."""

    @wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        return _once(view, request, _checked(key), lambda: handler(view, request, *args, **kwargs))

    once.takes_idempotency_key = True  # type: ignore[attr-defined]
    return once


def _once(view: Any, request: Request, key: str, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    digest = _digest(request)
    with transaction.atomic():
        _lock(request, key)
        kept = IdempotencyKey.objects.filter(user=user_of(request), key=key).first()
        if kept is not None and kept.created_at > timezone.now() - KEPT_FOR:
            return _replay(kept, digest)
        if kept is not None:
            kept.delete()
        response = answer()
        if isinstance(response, Response):
            _keep(view, request, key, digest, response)
        return response


def _lock(request: Request, key: str) -> None:
    """Held to the end of the transaction; whoever comes second is told so at once."""
    name = hashlib.blake2b(f"{request.user.pk}:{key}".encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(name, signed=True)])
        if not cursor.fetchone()[0]:
            raise Problem("key_in_flight", _("Ask again in a second."), headers={"Retry-After": _RETRY_SECONDS})


def _keep(view: Any, request: Request, key: str, digest: str, response: Response) -> None:
    keep = getattr(view, "without_secret", lambda data: data)
    IdempotencyKey.objects.create(
        user=user_of(request),
        key=key,
        request_digest=digest,
        status=response.status_code,
        headers={name: value for name, value in response.items() if name.lower() not in _NOT_KEPT},
        body=to_json(keep(response.data)),
    )


def _replay(kept: IdempotencyKey, digest: str) -> HttpResponse:
    if kept.request_digest != digest:
        fault = Fault("key_reused", _("Use a new key for a new request."), header=HEADER)
        raise Problem("key_reused", fault.detail, faults=[fault])
    response = HttpResponse(bytes(kept.body), status=kept.status, content_type="application/json")
    for name, value in kept.headers.items():
        response.headers[name] = value
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _checked(key: str) -> str:
    if 0 < len(key) <= _MAX_KEY_LENGTH and key.isascii() and key.isprintable():
        return key
    detail = _("An Idempotency-Key has 1 to %(length)d printable ASCII characters.") % {"length": _MAX_KEY_LENGTH}
    raise Problem("invalid", detail, faults=[Fault("invalid", detail, header=HEADER)])


def _digest(request: Request) -> str:
    """Equal for equal requests: address and content, whatever the order of fields or the boundary between parts."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    data = request.data
    if hasattr(data, "lists"):
        for name, values in sorted(data.lists()):
            for value in values:
                digest.update(name.encode() + b"=" + _part(value) + b"\n")
    else:
        digest.update(orjson.dumps(data, option=orjson.OPT_SORT_KEYS, default=_plain))
    return digest.hexdigest()


def _part(value: object) -> bytes:
    if not isinstance(value, UploadedFile):
        return str(value).encode()
    content = hashlib.sha256(str(value.name).encode())
    for block in value.chunks():
        content.update(block)
    value.seek(0)
    return content.digest()


def _plain(value: object) -> object:
    """What a parser may put besides plain values: a line that was none."""
    return dict(value) if isinstance(value, Mapping) else repr(value)
