"""The request id and the trace that this thread, task or job works for; carried on with jobs and with HTTP calls.

Source of the trace: W3C Trace Context, https://www.w3.org/TR/trace-context/. No Django here: engines use it too.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import structlog

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_LONGEST_REQUEST_ID = 64


@dataclass(frozen=True, slots=True)
class Trace:
    """``span_id`` names our part of the trace: it is the parent of whatever we call."""

    request_id: str
    trace_id: str
    span_id: str
    flags: str = "00"

    @property
    def traceparent(self) -> str:
        """As it goes to whom we call."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def begin(*, request_id: str = "", traceparent: str = "") -> Trace:
    """Our part of the caller's trace; what is missing or makes no sense is made anew."""
    trace_id, flags = _read(traceparent) or (secrets.token_hex(16), "00")
    return Trace(_request_id(request_id), trace_id, secrets.token_hex(8), flags)


def enter(trace: Trace) -> None:
    """This thread or task works for ``trace`` from now on, and logs so; what it worked for before is forgotten."""
    _current.set(trace)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=trace.request_id, trace_id=trace.trace_id)


@contextmanager
def within(trace: Trace) -> Iterator[Trace]:
    """Work and log for ``trace`` inside the block."""
    token = _current.set(trace)
    try:
        with structlog.contextvars.bound_contextvars(request_id=trace.request_id, trace_id=trace.trace_id):
            yield trace
    finally:
        _current.reset(token)


def current() -> Trace | None:
    """What is being worked for; None for work that nobody asked for by a request."""
    return _current.get()


def carried() -> dict[str, str]:
    """What a job takes along, to go on with it by :func:`resumed`; nothing where there is no trace."""
    trace = _current.get()
    return {"request_id": trace.request_id, "traceparent": trace.traceparent} if trace else {}


def resumed(carried_along: Mapping[str, object]) -> Trace:
    """Our part of the trace that a job took along; a new one where it took nothing."""
    request_id, traceparent = (str(carried_along.get(name) or "") for name in ("request_id", "traceparent"))
    return begin(request_id=request_id, traceparent=traceparent)


def headers() -> dict[str, str]:
    """For a call to another instance of the product."""
    trace = _current.get()
    return {"traceparent": trace.traceparent, "X-Request-ID": trace.request_id} if trace else {}


def _request_id(given: str) -> str:
    usable = 0 < len(given) <= _LONGEST_REQUEST_ID and given.isascii() and given.isprintable()
    return given if usable else uuid.uuid4().hex


def _read(traceparent: str) -> tuple[str, str] | None:
    """Trace id and flags; None for what is no ``traceparent``. Later versions may append to what version 00 says."""
    found = _TRACEPARENT.fullmatch(traceparent.strip())
    if found is None:
        return None
    version, trace_id, parent_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not (int(trace_id, 16) and int(parent_id, 16)):
        return None
    return trace_id, flags if version == "00" else f"{int(flags, 16) & 1:02x}"
