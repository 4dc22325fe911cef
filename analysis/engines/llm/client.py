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

#: The most tokens that an answer may have: so many, and so many more for each text.
ANSWER_TOKENS, ANSWER_TOKENS_EACH = 200, 400
_TOO_MANY = 429
_NO_ACCESS = frozenset({401, 402, 403, 404})
_SERVER = 500
_OVERHEAD = 100


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
        }
        try:
            made = await self._client.chat.completions.create(**asked)
        except openai.OpenAIError as error:
            raise _trouble(error) from None  # its text may quote what was sent
        except ValueError:  # a body that is no JSON
            raise ProviderError(Trouble.SERVER) from None
        usage = made.usage
        tokens_in, tokens_out = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        choice = made.choices[0] if made.choices else None
        if choice is None or choice.finish_reason == "length" or choice.message.content is None:
            raise ProviderError(Trouble.CUT_OFF, tokens_in=tokens_in, tokens_out=tokens_out)
        try:
            answers = read_answers(choice.message.content, texts, dict(themes))
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
