"""Statements lose their values and comments, equal ones share a fingerprint, and two are never taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf.advisor.statements import fingerprint, is_single, masked, parameters, shape, tokens, verb


@pytest.mark.parametrize(
    ("statement", "without_values"),
    [
        ("SELECT a FROM t WHERE b = 'Ñandú'", "SELECT a FROM t WHERE b = $1"),
        ("SELECT 'it''s', E'it\\'s', $x$it's$x$, $1", "SELECT $1, $2, $3, $4"),
        ("SELECT a -- 'secret'\n FROM t /* $9 */ LIMIT 21", "SELECT a FROM t LIMIT 21"),
        ("SELECT $2, $1, $2;", "SELECT $1, $2, $1"),
        ("SELECT a FROM t LIMIT $3 OFFSET $4", "SELECT a FROM t LIMIT 50 OFFSET 0"),
        ('SELECT "it\'s" FROM t', 'SELECT "it\'s" FROM t'),
        ("SELECT 'never closed", "SELECT $1"),
    ],
)
def test_values_become_parameters_that_are_counted_anew(statement: str, without_values: str) -> None:
    assert masked(statement) == without_values


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE b = $1 LIMIT 21", "SELECT a FROM t\nWHERE b = $1 LIMIT $2"),
        ("SELECT a FROM t WHERE b IN ($1, $2, $3)", "SELECT a FROM t WHERE b IN ($1 /*, ... */)"),
        ("INSERT INTO t VALUES ($1, $2), ($3, $4)", "INSERT INTO t VALUES ($1, $2)"),
        ("SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = 17"),
    ],
)
def test_statements_of_one_shape_share_a_fingerprint(one: str, other: str) -> None:
    assert shape(one) == shape(other)
    assert fingerprint(one) == fingerprint(other)


def test_statements_of_two_shapes_do_not() -> None:
    assert fingerprint("SELECT a FROM t WHERE b = $1") != fingerprint("SELECT a FROM t WHERE c = $1")


@given(st.text())
def test_tokens_are_the_whole_statement(text: str) -> None:
    assert "".join(piece for _kind, piece in tokens(text)) == text


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Z"])))
def test_no_text_of_anybody_stays(text: str) -> None:
    literal = "'" + text.replace("'", "''") + "'"
    assert masked(f"b = {literal} AND c") == "b = $1 AND c"


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("SELECT 1", True),
        ("SELECT ';'; ", True),
        ('SELECT ";" -- ;', True),
        ("SELECT 1; DROP TABLE t", False),
        ("COMMIT; DROP TABLE t;", False),
    ],
)
def test_two_statements_are_not_one(statement: str, answer: bool) -> None:
    assert is_single(statement) is answer


def test_the_verb_and_the_parameters_are_read_past_comments() -> None:
    assert verb("/* page */ ( select $2, '$3', $1 )") == "SELECT"
    assert parameters("/* $7 */ SELECT $2, '$3', $1") == [1, 2]
    assert verb("") == ""
