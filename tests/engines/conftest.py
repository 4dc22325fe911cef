"""The embedded engine, loaded once, and a way to ask it about one text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analysis.engines.base import Item, Verdict
from analysis.engines.embedded.engine import EmbeddedEngine

Read = Callable[[str], Verdict]


@pytest.fixture(scope="session")
def engine() -> EmbeddedEngine:
    return EmbeddedEngine()


@pytest.fixture(scope="session")
def read(engine: EmbeddedEngine) -> Read:
    """Label one text."""

    def _read(text: str) -> Verdict:
        return engine.label([Item("1", text)])["1"]

    return _read
