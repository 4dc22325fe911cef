"""Tests of what is measured begin, and leave, with nothing measured."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from perf.metrics import buffer
from perf.metrics.store import client  # as it is before a test takes it away


@pytest.fixture(autouse=True)
def no_measures() -> Iterator[None]:
    empty()
    yield
    empty()


def empty() -> None:
    if buffer._buffer.timer is not None:
        buffer._buffer.timer.cancel()
        if buffer._buffer.timer.is_alive():
            buffer._buffer.timer.join()
    buffer._forget()
    client().flushdb()
