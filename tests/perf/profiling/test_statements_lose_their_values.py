"""A statement is kept with numbers for its values, whether they came apart from it or within it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from perf.profiling.capture import plain
from perf.profiling.statements import masked, numbered


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a = %s AND b LIKE '10%%' AND c = %s", "a = $1 AND b LIKE '10%' AND c = $2"),
        ("a = %(x)s OR b = %(x)s OR c = %(y)s", "a = $1 OR b = $1 OR c = $2"),
    ],
)
def test_parameters_become_numbers(given: str, kept: str) -> None:
    assert numbered(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("SELECT 'it''s' FROM \"it's\" WHERE n = 42", 'SELECT $1 FROM "it\'s" WHERE n = $2'),
        (r"SELECT 'a\', 'secret'", "SELECT $1, $2"),
        (r"SELECT E'a\', secret'", "SELECT $1"),
        ("SELECT $tag$a ' b$tag$, t1.c2", "SELECT $1, t1.c2"),
        ("SELECT 1 -- of Ana\n, 2.5 /* or 'Eva */", "SELECT $1  \n, $2  "),
    ],
)
def test_values_within_a_statement_become_numbers_and_remarks_go(given: str, kept: str) -> None:
    assert masked(given) == kept


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1))
def test_no_quoted_text_survives(word: str) -> None:
    canary = f"canary{word}"
    assert "canary" not in masked(f"SELECT {sql.quote(canary)} AS x")


def test_a_composed_statement_loses_the_values_it_was_composed_with(db: None) -> None:
    statement = sql.SQL("SELECT {} FROM {} WHERE a = %s").format(sql.Literal("canary"), sql.Identifier("t"))
    assert plain(statement, has_parameters=True) == 'SELECT $1 FROM "t" WHERE a = $2'
