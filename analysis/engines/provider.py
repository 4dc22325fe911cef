"""Who is asked over the network: a batch of texts goes out, results come back by id, or a reason why not.

Whoever calls decides what happens next; nothing here tries twice. Every call may cost money, so that what it was billed
for is told even when its answer is of no use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from analysis.engines.base import Verdict

Themes = tuple[tuple[str, str], ...]
"""The themes that texts may be about: code and name of each."""


class Trouble(StrEnum):
    """What went wrong, as the caller must tell it apart."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    RATE_LIMITED = "rate_limited"
    SERVER = "server"
    NO_ACCESS = "no_access"
    OTHER_VERSION = "other_version"
    CUT_OFF = "cut_off"
    MALFORMED = "malformed"
    REFUSED = "refused"


#: Trouble of the endpoint's, whatever it is asked: the same call may be answered later, or elsewhere.
PASSING = frozenset(
    {
        Trouble.TIMEOUT,
        Trouble.UNREACHABLE,
        Trouble.RATE_LIMITED,
        Trouble.SERVER,
        Trouble.NO_ACCESS,
        Trouble.OTHER_VERSION,
    }
)
#: Trouble that a caller cannot tell whether the call was billed.
UNKNOWN_BILL = frozenset({Trouble.TIMEOUT})


_MOST_WAIT = 600.0


class ProviderError(Exception):
    """A call without a usable answer.

    ``retry_after`` are seconds in which the provider wants no other call; the tokens are those billed all the same.
    """

    def __init__(self, trouble: Trouble, *, retry_after: float = 0.0, tokens_in: int = 0, tokens_out: int = 0) -> None:
        super().__init__(trouble.value)
        self.trouble, self.retry_after = trouble, retry_after
        self.tokens_in, self.tokens_out = tokens_in, tokens_out


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where somebody answers. ``key`` is a secret: it is in no message, log or repr."""

    base_url: str
    key: str
    model: str = ""
    timeout: float = 30.0

    def __repr__(self) -> str:
        return f"Endpoint({self.base_url!r}, {self.model!r})"


@dataclass(frozen=True, slots=True)
class Reply:
    """Checked results by id, plain data that JSON can hold and that quotes no text; ``retry`` are the ids that have
    none, and why. ``invented`` counts results that nobody asked for.
    """

    results: dict[str, dict[str, Any]]
    retry: dict[str, str] = field(default_factory=dict)
    invented: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


class Provider(Protocol):
    """One endpoint; belongs to one event loop. It takes ``most_texts`` at a time."""

    most_texts: int

    async def ask(self, texts: Mapping[str, str], themes: Themes) -> Reply:
        """Have texts labelled, by opaque id; raise ProviderError when there is no answer."""

    def most_tokens(self, texts: Mapping[str, str], themes: Themes) -> tuple[int, int]:
        """The most tokens, in and out, that ``ask`` can be billed for."""

    async def check(self) -> Health:
        """See whether it answers, at no cost; raise ProviderError when it does not."""

    async def close(self) -> None:
        """Let go of the connections."""


@dataclass(frozen=True, slots=True)
class Health:
    """What an endpoint says of itself, where it does: shares of processor and memory in use, version of its labels."""

    cpu: float | None = None
    memory: float | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Usable results by id; `retry` are the ids that have none and why: missing, repeated or malformed.

    `invented` is the number of results for ids that nobody asked about.
    """

    results: dict[str, dict[str, Any]]
    retry: dict[str, str]
    invented: int


def wait_of(header: str | None) -> float:
    """``Retry-After`` in seconds, ten minutes at most; a date or nonsense counts as none."""
    try:
        return min(max(float(header or 0), 0.0), _MOST_WAIT)
    except ValueError:
        return 0.0


def answered_once(listed: Sequence[Any], asked: Collection[str]) -> tuple[dict[str, Any], dict[str, str], int]:
    """Of things with an ``id``, those that were asked for and came once; why others did not, by id; how many invented.

    An id that comes twice is not used at all: nobody knows which of the two is right.
    """
    ids = [_id_of(one) for one in listed]
    times = Counter(ids)
    found = {
        name: one
        for name, one in zip(ids, listed, strict=True)
        if name is not None and name in asked and times[name] == 1
    }
    retry = {name: "repeated" if times[name] else "missing" for name in asked if name not in found}
    return found, retry, sum(number for name, number in times.items() if name not in asked)


def _id_of(one: Any) -> str | None:
    name = one.get("id") if isinstance(one, dict) else None
    return name if isinstance(name, str) else None


class Reader(Protocol):
    """Makes the verdict of a checked result."""

    def __call__(self, local: Verdict, result: Mapping[str, Any], *, same_text: bool) -> Verdict:
        """``local`` is the embedded engine's; places hold only for the ``same_text`` that was asked about."""
