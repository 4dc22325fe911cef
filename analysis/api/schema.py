"""The OpenAPI document: what drf-spectacular reads off the views, and what all our operations share.

Refusals are written once under ``components.responses`` and referred to by every operation that may give them.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.utils import translation
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import ListField, ListSerializer

from analysis.api.idempotency import HEADER as KEY_HEADER
from analysis.api.problems import KINDS
from analysis.api.shapes.problems import ProblemShape
from analysis.api.strict import StrictSerializer

if TYPE_CHECKING:
    from analysis.api.views import ApiView

_ROOT = "/api/v1/"
_ALWAYS = (400, 401, 403, 406, 429, 500, 503)
_WITH_BODY = (411, 413, 415)
_WITH_KEY = (409, 422)
_HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "X-Request-ID": ("The caller's id of the request, or ours; the logs know it.", {"type": "string"}),
    "RateLimit-Limit": ("Requests allowed in a window.", {"type": "integer"}),
    "RateLimit-Remaining": ("Requests left in this window.", {"type": "integer"}),
    "RateLimit-Reset": ("Seconds until the window ends.", {"type": "integer"}),
    "Retry-After": ("Seconds after which to ask again.", {"type": "integer"}),
}
_RETRY = (409, 429, 503)
_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="An `ETag` you have; 304 when it still holds."
)
_IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The `ETag` you changed; 412 when it no longer holds."
)
_KEY = OpenApiParameter(
    KEY_HEADER,
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "Yours to choose. The same key and request within 24 hours are answered alike and done once; the repeated "
        "answer has the header `Idempotency-Replayed: true`."
    ),
)


class ProblemAutoSchema(AutoSchema):
    """Adds to each operation what ``ApiView`` does for it."""

    view: ApiView  # type: ignore[override]

    def get_override_parameters(self) -> list[Any]:
        """Query parameters the view declares, and the headers it heeds."""
        given = list(super().get_override_parameters())
        if query := self.view.queries.get(self.method):
            given.append(query)
        if self._takes_key():
            given.append(_KEY)
        if self.method == "GET" and self.view.is_conditional:
            given.append(_IF_NONE_MATCH)
        if 412 in self._declared():
            given.append(_IF_MATCH)
        return given

    def get_tags(self) -> list[str]:
        """The first part of the path after the version."""
        return [self.path.removeprefix(_ROOT).split("/")[0]]

    def get_extensions(self) -> dict[str, Any]:
        """The right that the operation needs."""
        scope = self.view.scopes.get(self.method)
        return {"x-required-scope": scope} if scope else {}

    def get_auth(self) -> list[dict[str, Any]]:
        """Everything but the explanation of the problems needs a caller."""
        return list(super().get_auth()) if self.view.scopes else [{}]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code, body in bodies.items():
            names = ["X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
            headers = body.setdefault("headers", {})
            headers.update({name: _header_ref(name) for name in names if self.view.scopes or name == "X-Request-ID"})
            if not body.get("description"):
                body["description"] = HTTPStatus(int(code)).phrase
        self.resolve_serializer(ProblemShape, "response")
        for status in sorted(self._refusals() - {int(code) for code in bodies}):
            bodies[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
        return dict(sorted(bodies.items()))

    def _refusals(self) -> set[int]:
        statuses = {status for status in self._declared() if status >= 400}
        if self.view.scopes:
            statuses |= set(_ALWAYS)
        if "{" in self.path:
            statuses.add(404)
        if self.method in ("POST", "PUT", "PATCH"):
            statuses |= set(_WITH_BODY)
        if self._takes_key():
            statuses |= set(_WITH_KEY)
        return statuses

    def _declared(self) -> tuple[int, ...]:
        return tuple(self.view.answers.get(self.method, ()))

    def _takes_key(self) -> bool:
        handler = getattr(type(self.view), self.method.lower(), None)
        return bool(getattr(handler, "takes_idempotency_key", False))

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if getattr(field, "allow_empty", True) is False and isinstance(field, ListField | ListSerializer):
            schema = {**schema, "minItems": 1}
        longest = getattr(field, "max_length", None)
        if longest is not None and isinstance(field, ListSerializer):
            schema = {**schema, "maxItems": longest}
        return schema

    def _postprocess_serializer_schema(self, schema: Any, serializer: Any, direction: Any) -> Any:
        schema = super()._postprocess_serializer_schema(schema, serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, StrictSerializer) and schema.get("type") == "object":
            schema["additionalProperties"] = False
        return schema


def finish(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular: the shared responses and headers, and 304 where it may come."""
    components = result.setdefault("components", {})
    components["headers"] = {
        name: {"description": description, "schema": schema} for name, (description, schema) in _HEADERS.items()
    }
    statuses = sorted({kind.status for kind in KINDS.values()})
    components["responses"] = {_name(status): _refusal(status) for status in statuses}
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            heeds = {parameter["name"] for parameter in operation.get("parameters", [])}
            if "If-None-Match" in heeds:
                operation["responses"]["304"] = {"description": "You have it already."}
            _require_body(operation, components["schemas"])
    _drop(result, "x-spec-enum-id")
    return result


def _require_body(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A body with required members is required itself, whatever the method."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        name = content["schema"].get("$ref", "").rsplit("/", 1)[-1]
        if name in schemas and schemas[name].get("required"):
            operation["requestBody"]["required"] = True


def _drop(value: Any, name: str) -> None:
    """Take what drf-spectacular notes for itself out of the document."""
    if isinstance(value, dict):
        value.pop(name, None)
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            _drop(one, name)


def _refusal(status: int) -> dict[str, Any]:
    with translation.override("en"):
        kinds = [f"- `{code}`: {kind.title}" for code, kind in KINDS.items() if kind.status == status]
    names = ["X-Request-ID", *(["Retry-After"] if status in _RETRY else [])]
    return {
        "description": "\n".join(kinds),
        "headers": {name: _header_ref(name) for name in names},
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _header_ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _name(status: int) -> str:
    return re.sub(r"\W", "", HTTPStatus(status).phrase.title())
