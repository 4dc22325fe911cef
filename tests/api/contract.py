"""A client of the API that holds every answer against the OpenAPI document."""

from __future__ import annotations

import copy
import re
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from django.contrib.auth.models import User
from django.http.response import HttpResponseBase
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from analysis import access, tokens
from analysis.api.docs import document

ROOT = "/api/v1"
FORMATS = FormatChecker(formats=["uuid", "date"])
_PROBLEM = "application/problem+json"


class Api:
    """Requests as one caller: with a token of their own, as a person logged in to the pages, or as a stranger to all.

    Every answer must be one that the document promises for that operation: status, content type and body, with no
    member that the document does not name.
    """

    def __init__(self, user: User | None = None, *, scopes: tuple[str, ...] | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.user = user
        self.headers: dict[str, str] = {}
        if user is not None:
            granted = access.scopes_of(user)
            _token, self.secret = tokens.create_token(
                user=user, name="test", scopes=granted if scopes is None else scopes, granted=granted
            )
            self.headers["Authorization"] = f"Bearer {self.secret}"

    def get(self, path: str, **params: Any) -> Answer:
        return self.send("GET", path, params=params)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.send("DELETE", path, **options)

    def upload(self, path: str, **form: Any) -> Answer:
        headers = form.pop("headers", {})
        response = self.client.post(f"{ROOT}{path}", form, headers={**self.headers, **headers})
        return _checked("POST", path, response)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        address = path if path.startswith(ROOT) else f"{ROOT}{path}"
        response = self.client.generic(
            method,
            address,
            content,
            content_type if content else "",
            query_params=params or {},
            headers={**self.headers, **(headers or {})},
        )
        return _checked(method, address.removeprefix(ROOT), response)


class Answer:
    """A response that the document promised."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response
        self.status = response.status_code
        self.content = _content(response)
        self.headers = response.headers

    @property
    def json(self) -> Any:
        return orjson.loads(self.content)

    @property
    def code(self) -> str:
        """The code of a problem."""
        return str(self.json["code"])

    def __repr__(self) -> str:
        return f"<{self.status} {self.content[:300]!r}>"


def _content(response: HttpResponseBase) -> bytes:
    if response.streaming:
        return b"".join(response)
    return bytes(response.content)  # type: ignore[attr-defined]


def _checked(method: str, path: str, response: HttpResponseBase) -> Answer:
    answer = Answer(response)
    operation = operation_for(method, path)
    if operation is None:
        assert answer.status in (404, 405, 401, 403), answer
        return answer
    promised = _resolved(operation["responses"].get(str(answer.status)))
    assert promised is not None, f"{method} {path} answered {answer}, which the document does not promise"
    for name in promised.get("headers", {}):
        if name != "Retry-After" and answer.status < 400:
            assert name in answer.headers, f"{method} {path}: no {name}"
    if not promised.get("content"):
        assert answer.content == b"", answer
        return answer
    kind = answer.headers["Content-Type"].split(";")[0]
    assert kind in promised["content"], f"{method} {path}: {kind} was not promised"
    if kind in ("application/json", _PROBLEM):
        faults = list(
            validator(kind, orjson.dumps(promised["content"][kind]["schema"]).decode()).iter_errors(answer.json)
        )
        assert not faults, f"{method} {path}: {faults[0].json_path}: {faults[0].message}"
    return answer


@FORMATS.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator]
def _is_moment(value: object) -> bool:
    """ISO 8601 in UTC, as all our times are."""
    return not isinstance(value, str) or (value.endswith("Z") and datetime.fromisoformat(value) is not None)


@cache
def openapi() -> dict[str, Any]:
    """The document."""
    return document()


def operation_for(method: str, path: str) -> dict[str, Any] | None:
    """What the document says of a request; None for what it does not know."""
    for template, operations in openapi()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), f"{ROOT}{path}".split("?")[0]):
            return operations.get("get" if method == "HEAD" else method.lower())  # type: ignore[no-any-return]
    return None


@cache
def validator(kind: str, schema: str) -> Draft202012Validator:
    """Of a schema, with all objects closed."""
    components = copy.deepcopy(openapi()["components"])
    _close(components["schemas"])
    return Draft202012Validator({**orjson.loads(schema), "components": components}, format_checker=FORMATS)


def _close(value: Any) -> None:
    if isinstance(value, dict):
        if "properties" in value and isinstance(value["properties"], dict):
            value.setdefault("additionalProperties", False)
        for one in value.values():
            _close(one)


def _resolved(response: dict[str, Any] | None) -> dict[str, Any] | None:
    if response and "$ref" in response:
        return dict(openapi()["components"]["responses"][response["$ref"].rsplit("/", 1)[1]])
    return response
