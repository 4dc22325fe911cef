"""What the product writes to its log, as the JSON lines of production."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from fibercomments.logs import json_formatter


class Lines:
    """The lines so far."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        """As they were written."""
        return self._stream.getvalue()

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of one kind."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["event"] == name]


@pytest.fixture
def logged() -> Iterator[Lines]:
    """Everything from level INFO on."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(json_formatter())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield Lines(stream)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
