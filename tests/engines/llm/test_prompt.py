"""A comment is data in the prompt, whatever it says; and whatever changes an answer changes the version."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from analysis.engines.base import THEMES
from analysis.engines.llm import prompt
from tests.provider.answers import result_for

NAMES = {code: code.capitalize() for code in THEMES}
SCHEMA: dict[str, Any] = prompt.answer_format(THEMES)["json_schema"]["schema"]


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=80), min_size=1, max_size=5))
def test_the_user_message_is_the_texts_and_nothing_else(texts: dict[str, str]) -> None:
    first, second = prompt.messages(texts, NAMES)
    assert (first["role"], second["role"]) == ("system", "user")
    assert json.loads(second["content"]) == texts


def test_what_is_the_same_in_every_call_comes_first() -> None:
    one, other = prompt.messages({"a": "x"}, NAMES)[0], prompt.messages({"b": "y"}, NAMES)[0]
    assert one == other
    assert all(code in one["content"] for code in THEMES)


def test_the_schema_is_strict_and_takes_a_right_answer_only() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    right = {"results": [{"id": "a"} | result_for("Malo", THEMES)]}
    check = Draft202012Validator(SCHEMA)
    assert check.is_valid(right)
    for key in right["results"][0]:
        assert not check.is_valid({"results": [{k: v for k, v in right["results"][0].items() if k != key}]})
    assert not check.is_valid({"results": [right["results"][0] | {"more": 1}]})
    assert not check.is_valid({"results": [right["results"][0] | {"sentiment": "great"}]})


def test_another_model_or_taxonomy_is_another_version() -> None:
    own = prompt.digest("m", NAMES)
    assert own == prompt.digest("m", dict(NAMES))
    assert len({own, prompt.digest("n", NAMES), prompt.digest("m", NAMES | {"weather": "Clima"})}) == 3
