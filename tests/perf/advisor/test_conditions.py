"""Conditions and sort keys, as PostgreSQL prints them in plans, are read into columns."""

from __future__ import annotations

import pytest

from perf.advisor.conditions import Condition, read, sort_column
from perf.advisor.spec import Column


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("(t.a = $1)", [Condition("equal", "t", "a", (1,))]),
        ("((t.a)::text = ($2)::text)", [Condition("equal", "t", "a", (2,))]),
        (
            "((t.a >= $1) AND (t.a < $2) AND (u.b = 4))",
            [Condition("above", "t", "a", (1,)), Condition("below", "t", "a", (2,)), Condition("equal", "u", "b")],
        ),
        ("(t.a = ANY (ARRAY[$1, $3]))", [Condition("equal", "t", "a", (1, 3))]),
        (
            "(t.is_current AND (NOT t.is_old))",
            [Condition("true", "t", "is_current"), Condition("false", "t", "is_old")],
        ),
        ("((t.a IS NULL) AND (t.b IS NOT NULL))", [Condition("null", "t", "a"), Condition("filled", "t", "b")]),
        ("(t.a ~~ $1)", [Condition("pattern", "t", "a", (1,))]),
        ('("T x"."a""b" = $1)', [Condition("equal", "T x", 'a"b', (1,))]),
        ("(t.id = u.t_id)", [Condition("equal", "t", "id")]),
        ("(((t.a = $1) OR (t.b = $2)) AND (t.c = $3))", [Condition("other"), Condition("equal", "t", "c", (3,))]),
    ],
)
def test_a_conjunction_is_read_part_by_part(text: str, conditions: list[Condition]) -> None:
    assert read(text) == conditions


@pytest.mark.parametrize(
    "text",
    [
        "(upper((t.a)::text) = upper($1))",
        "((t.at)::date = $1)",
        "(t.a = (t.b + 1))",
        "(t.a <> $1)",
        "(t.a !~~ $1)",
        "(hashed SubPlan 1)",
        "(t.a = 'x OR y'::text) OR (t.b = $1)",
    ],
)
def test_what_no_plain_index_knows_of_is_other(text: str) -> None:
    assert {each.kind for each in read(text)} == {"other"}


def test_words_within_texts_split_nothing() -> None:
    assert read("((t.a)::text = 'x) AND (y'::text)") == [Condition("equal", "t", "a")]


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("t.a", ("t", Column("a"))),
        ("t.a DESC", ("t", Column("a", descends=True))),
        ("t.a DESC NULLS LAST", None),
        ("(lower((t.a)::text))", None),
        ("t.a NULLS FIRST", None),
    ],
)
def test_sort_keys_are_columns_or_nothing(key: str, column: tuple[str, Column] | None) -> None:
    assert sort_column(key) == column
