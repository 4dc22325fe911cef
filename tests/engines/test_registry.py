"""Engines are found by name, and each process has one of each."""

from __future__ import annotations

import pytest

from analysis.engines.base import Item
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.registry import DEFAULT_ENGINE, engine_names, get_engine, local_engine_names


def test_the_embedded_engine_is_the_default_one() -> None:
    assert DEFAULT_ENGINE == engine_names()[0] == "embedded"
    assert get_engine() is get_engine("embedded")


@pytest.mark.parametrize("name", local_engine_names())
def test_every_engine_knows_its_name_and_answers(name: str) -> None:
    engine = get_engine(name)
    assert engine.name == name
    assert engine.version
    assert set(engine.label([Item("a", "bueno"), Item("b", "malo")])) == {"a", "b"}


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(ValueError, match="embedded"):
        get_engine("no such engine")


def test_the_version_changes_only_with_the_tables() -> None:
    assert EmbeddedEngine().version == EmbeddedEngine().version
