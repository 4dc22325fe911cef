"""The embedded engine, loaded once, and ways to ask it, or its rules alone, about one text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analysis.engines.base import Item, Verdict
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.embedded.findings import Findings, RuleReader

Read = Callable[[str], Verdict]
Hear = Callable[[str], Findings]


@pytest.fixture(scope="session")
def engine() -> EmbeddedEngine:
    return EmbeddedEngine()


@pytest.fixture(scope="session")
def read(engine: EmbeddedEngine) -> Read:
    """Label one text."""

    def _read(text: str) -> Verdict:
        return engine.label([Item("1", text)])["1"]

    return _read


@pytest.fixture(scope="session")
def hear() -> Hear:
    """What the rules find in one text, before a model decides."""
    return RuleReader().read
