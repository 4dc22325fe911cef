"""The call itself, through the official client, with its own retries off: whoever calls decides what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import openai

from analysis.engines.llm.prompt import answer_format, messages

_TOO_MANY = 429
_SERVER = 500
_MOST_WAIT = 600.0


class Trouble(StrEnum):
    """What went wrong, as the caller must tell it apart."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    RATE_LIMITED = "rate_limited"
    SERVER = "server"
    CUT_OFF = "cut_off"
    REFUSED = "refused"


#: Trouble that the same call may not meet again, here or at another endpoint.
PASSING = frozenset({Trouble.TIMEOUT, Trouble.UNREACHABLE, Trouble.RATE_LIMITED, Trouble.SERVER})


class ProviderError(Exception):
    """A call without a usable answer; `retry_after` are seconds in which the provider wants no other call."""

    def __init__(self, trouble: Trouble, *, retry_after: float = 0.0) -> None:
        super().__init__(trouble.value)
        self.trouble, self.retry_after = trouble, retry_after


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers. `key` is a secret: it is in no message, log or repr."""

    base_url: str
    model: str
    key: str
    timeout: float = 30.0

    def __repr__(self) -> str:
        return f"Endpoint({self.base_url!r}, {self.model!r})"


@dataclass(frozen=True, slots=True)
class Reply:
    """The text of an answer and the tokens it was billed for."""

    content: str
    tokens_in: int
    tokens_out: int


class Client:
    """One endpoint with its pool of kept connections; belongs to one event loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._client = openai.AsyncOpenAI(
            base_url=endpoint.base_url, api_key=endpoint.key or "none", timeout=endpoint.timeout, max_retries=0
        )

    async def ask(self, texts: Mapping[str, str], themes: Mapping[str, str]) -> Reply:
        """Have a batch labelled; raise ProviderError when there is no answer."""
        asked: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": messages(texts, themes),
            "response_format": answer_format(list(themes)),
            "temperature": 0,
        }
        try:
            made = await self._client.chat.completions.create(**asked)
        except openai.APITimeoutError:
            raise ProviderError(Trouble.TIMEOUT) from None
        except openai.APIConnectionError:
            raise ProviderError(Trouble.UNREACHABLE) from None
        except openai.APIStatusError as error:
            raise _by_status(error) from None  # its text may quote what was sent
        except openai.OpenAIError:
            raise ProviderError(Trouble.SERVER) from None
        choice = made.choices[0] if made.choices else None
        if choice is None or choice.finish_reason == "length" or choice.message.content is None:
            raise ProviderError(Trouble.CUT_OFF)
        usage = made.usage
        return Reply(
            choice.message.content, usage.prompt_tokens if usage else 0, usage.completion_tokens if usage else 0
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()


def _by_status(error: openai.APIStatusError) -> ProviderError:
    status = error.status_code
    if status == _TOO_MANY:
        return ProviderError(Trouble.RATE_LIMITED, retry_after=_seconds(error.response.headers.get("retry-after")))
    if status >= _SERVER:
        return ProviderError(Trouble.SERVER, retry_after=_seconds(error.response.headers.get("retry-after")))
    return ProviderError(Trouble.REFUSED)


def _seconds(header: str | None) -> float:
    """The header in seconds; a date or nonsense counts as none."""
    try:
        return min(max(float(header or 0), 0.0), _MOST_WAIT)
    except ValueError:
        return 0.0
