"""The call to another instance: ``POST /analyze`` of its REST API, with its own way of saying no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from analysis.engines.checking import Malformed, number_of
from analysis.engines.provider import Endpoint, Health, ProviderError, Reply, Themes, Trouble, wait_of
from analysis.engines.remote.answers import read_answers
from perf.tracing.context import headers

_TOO_MANY, _SERVER = 429, 500
_NO_ACCESS = frozenset({401, 403, 404})
_KEPT_SECONDS = 30.0
_LONGEST_VERSION = 80


class RemoteClient:
    """Another instance with a pool of kept connections; ``endpoint.model`` is the version that it must label with."""

    most_texts = 20

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._client = httpx.AsyncClient(
            base_url=endpoint.base_url.rstrip("/"),
            # As bytes: a key that is no key must be refused by the other side, not break the line to all nodes.
            headers={b"Authorization": f"Bearer {endpoint.key}".strip().encode(), b"Accept": b"application/json"},
            timeout=endpoint.timeout,
            limits=httpx.Limits(keepalive_expiry=_KEPT_SECONDS),
        )

    async def ask(self, texts: Mapping[str, str], themes: Themes) -> Reply:
        """Have a batch labelled; raise ProviderError when there is no answer. Themes of its own are ``other`` here."""
        items = [{"id": name, "text": text} for name, text in texts.items()]
        body = await self._call("POST", "/analyze", json={"items": items, "fallback": False})
        if body.get("engine_version") != self.endpoint.model:
            raise ProviderError(Trouble.OTHER_VERSION)
        try:
            answers = read_answers(body, texts, {code for code, _name in themes})
        except Malformed:
            raise ProviderError(Trouble.MALFORMED) from None
        return Reply(answers.results, answers.retry, answers.invented)

    def most_tokens(self, texts: Mapping[str, str], themes: Themes) -> tuple[int, int]:
        """One's own machines send no bills."""
        return 0, 0

    async def check(self) -> Health:
        """Ask which engine it labels with, and how busy it is."""
        body, load = await self._call("GET", "/engines"), await self._call("GET", "/load")
        try:
            default = next(one for one in body["engines"] if one["is_default"])
            version = default["version"]
        except (KeyError, TypeError, StopIteration):
            raise ProviderError(Trouble.MALFORMED) from None
        if not isinstance(version, str) or not 0 < len(version) <= _LONGEST_VERSION:
            raise ProviderError(Trouble.MALFORMED)
        return Health(_share(load.get("cpu")), _share(load.get("memory")), version)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        try:
            response = await self._client.request(method, path, headers=headers(), **content)
        except httpx.TimeoutException:
            raise ProviderError(Trouble.TIMEOUT) from None
        except httpx.HTTPError:
            raise ProviderError(Trouble.UNREACHABLE) from None
        if response.is_success:
            try:
                body = response.json()
            except (ValueError, RecursionError):
                raise ProviderError(Trouble.MALFORMED) from None
            if isinstance(body, dict):
                return body
            raise ProviderError(Trouble.MALFORMED)
        raise _trouble(response)


def _share(said: Any) -> float | None:
    """0 to 1; None where it is not told."""
    try:
        return number_of(said, 0.0)
    except Malformed:
        return None


def _trouble(response: httpx.Response) -> ProviderError:
    status, wait = response.status_code, wait_of(response.headers.get("Retry-After"))
    if status == _TOO_MANY:
        return ProviderError(Trouble.RATE_LIMITED, retry_after=wait)
    if status >= _SERVER:
        return ProviderError(Trouble.SERVER, retry_after=wait)
    return ProviderError(Trouble.NO_ACCESS if status in _NO_ACCESS else Trouble.REFUSED)
