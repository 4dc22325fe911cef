"""The call itself, through the official client, with its own retries off: whoever calls decides what happens next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import openai

from analysis.engines.checking import Malformed
from analysis.engines.llm.answers import read_answers
from analysis.engines.llm.prompt import answer_format, messages
from analysis.engines.provider import Endpoint, Health, ProviderError, Reply, Themes, Trouble, wait_of
from perf.tracing.context import current

#: The most tokens that an answer may have: so many, and so many more for each text.
ANSWER_TOKENS, ANSWER_TOKENS_EACH = 200, 400
_TOO_MANY = 429
_NO_ACCESS = frozenset({401, 402, 403, 404})
_SERVER = 500
_OVERHEAD = 100
_MOST_TOKENS = 1_000_000_000


class Client:
    """A provider that speaks chat completions, with its pool of kept connections."""

    most_texts = 50

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._client = openai.AsyncOpenAI(
            base_url=endpoint.base_url, api_key=endpoint.key or "none", timeout=endpoint.timeout, max_retries=0
        )

    async def ask(self, texts: Mapping[str, str], themes: Themes) -> Reply:
        """Have a batch labelled; raise ProviderError when there is no answer."""
        asked: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": messages(texts, dict(themes)),
            "response_format": answer_format([code for code, _name in themes]),
            "temperature": 0,
            "max_completion_tokens": self.most_tokens(texts, themes)[1],
            "extra_headers": _trace(),
        }
        try:
            made = await self._client.chat.completions.with_raw_response.create(**asked)
            body = made.http_response.json()  # the client's own classes hold whatever they are given
        except openai.OpenAIError as error:
            raise _trouble(error) from None  # its text may quote what was sent
        except (ValueError, RecursionError):  # a body that is no JSON
            raise ProviderError(Trouble.SERVER) from None
        tokens_in, tokens_out = _billed(body)
        try:
            content = _content(body)
            if content is None:
                raise ProviderError(Trouble.CUT_OFF, tokens_in=tokens_in, tokens_out=tokens_out)
            answers = read_answers(content, texts, dict(themes))
        except Malformed:
            raise ProviderError(Trouble.MALFORMED, tokens_in=tokens_in, tokens_out=tokens_out) from None
        return Reply(answers.results, answers.retry, answers.invented, tokens_in, tokens_out)

    def most_tokens(self, texts: Mapping[str, str], themes: Themes) -> tuple[int, int]:
        """A token is never shorter than a byte; what is written is bounded by the call itself."""
        said = sum(len(message["content"].encode()) for message in messages(texts, dict(themes)))
        form = len(json.dumps(answer_format([code for code, _name in themes])).encode())
        return said + form + _OVERHEAD, ANSWER_TOKENS + ANSWER_TOKENS_EACH * len(texts)

    async def check(self) -> Health:
        """Ask which models there are: it needs the key, and costs nothing."""
        try:
            await self._client.models.list()
        except openai.OpenAIError as error:
            raise _trouble(error) from None
        except ValueError:
            raise ProviderError(Trouble.SERVER) from None
        return Health()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()


def _trace() -> dict[str, str]:
    """Numbers that mean something to us alone, by which a server of one's own can tell which call was whose."""
    trace = current()
    return {"traceparent": trace.traceparent} if trace else {}


def _billed(body: Any) -> tuple[int, int]:
    """Tokens in and out; what makes no sense counts as none."""
    usage = body.get("usage") if isinstance(body, dict) else None
    said = [usage.get(name) if isinstance(usage, dict) else 0 for name in ("prompt_tokens", "completion_tokens")]
    tokens_in, tokens_out = (one if type(one) is int and 0 < one < _MOST_TOKENS else 0 for one in said)
    return tokens_in, tokens_out


def _content(body: Any) -> str | None:
    """What the model wrote; None where it was cut off; raise Malformed for what is no chat completion."""
    try:
        choice = body["choices"][0]
        content = None if choice["finish_reason"] == "length" else choice["message"]["content"]
    except (KeyError, TypeError, IndexError) as error:
        raise Malformed(type(error).__name__) from error
    if content is not None and not isinstance(content, str):
        raise Malformed("no text")
    return content


def _trouble(error: openai.OpenAIError) -> ProviderError:
    if isinstance(error, openai.APITimeoutError):
        return ProviderError(Trouble.TIMEOUT)
    if isinstance(error, openai.APIConnectionError):
        return ProviderError(Trouble.UNREACHABLE)
    if not isinstance(error, openai.APIStatusError):
        return ProviderError(Trouble.SERVER)
    status, wait = error.status_code, wait_of(error.response.headers.get("retry-after"))
    if status == _TOO_MANY:
        return ProviderError(Trouble.RATE_LIMITED, retry_after=wait)
    if status >= _SERVER:
        return ProviderError(Trouble.SERVER, retry_after=wait)
    return ProviderError(Trouble.NO_ACCESS if status in _NO_ACCESS else Trouble.REFUSED)
