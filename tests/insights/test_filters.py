"""A filter is read strictly and written back the same."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from analysis.insights.filters import FIELDS, CommentFilter, FilterError
from tests.insights.strategies import filters


def refused(params: Mapping[str, str | list[str]]) -> FilterError:
    with pytest.raises(FilterError) as caught:
        CommentFilter.parse(params)
    return caught.value


@given(filters())
def test_a_filter_survives_its_url(chosen: CommentFilter) -> None:
    assert CommentFilter.parse(chosen.to_params()) == chosen
    assert CommentFilter.parse(parse_qs(chosen.query_string())) == chosen
    assert CommentFilter.parse(QueryDict(chosen.query_string())) == chosen


@given(st.dictionaries(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=3), max_size=5))
def test_anything_else_is_refused_with_the_name_of_the_parameter(params: dict[str, list[str]]) -> None:
    given_names = {name for name, values in params.items() if any(value.strip() for value in values)}
    refusal: FilterError | None = None
    try:
        chosen = CommentFilter.parse(params)
    except FilterError as error:
        refusal = error
    if refusal is None:
        assert set(chosen.to_params()) == given_names
    else:
        assert refusal.field in given_names
        assert refusal.message


def test_every_field_of_the_filter_can_be_asked_for() -> None:
    assert [field.name for field in FIELDS] == list(CommentFilter.__slots__)


def test_values_in_any_order_make_one_canonical_filter() -> None:
    one = CommentFilter.parse({"sentiment__in": "negative, mixed,negative"})
    two = CommentFilter.parse({"sentiment__in": ["mixed", "negative"]})
    assert one == two
    assert one.query_string() == two.query_string() == "sentiment__in=mixed%2Cnegative"
    assert CommentFilter.parse({"sentiment__in": "mixed"}) == CommentFilter.parse({"sentiment": "mixed"})


def test_regions_may_hold_commas() -> None:
    chosen = CommentFilter.parse({"region__in": ["Luque, centro", "Asunción"]})
    assert chosen.region == ("Asunción", "Luque, centro")
    assert CommentFilter.parse({"region": "Luque, centro"}).region == ("Luque, centro",)


def test_a_misspelt_filter_is_named_with_the_one_that_was_meant() -> None:
    error = refused({"sentimnet": "negative"})
    assert error.field == "sentimnet"
    assert "sentiment" in error.hint


def test_a_misspelt_value_is_named_with_the_one_that_was_meant() -> None:
    error = refused({"sentiment": "negativ"})
    assert error.field == "sentiment"
    assert "negative" in error.hint
    assert "positive" in refused({"sentiment": "x"}).hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rating__gte", "11"),
        ("rating__gte", "nan"),
        ("rating__lte", "muy alto"),
        ("confidence__lt", "-0.1"),
        ("created_at__gte", "31/12/2026"),
        ("created_at__lt", "0001-01-01T00:00:00+14:00"),
        ("created_at__lt", "9999-12-31"),
        ("is_duplicate", "yes"),
        ("row_number", "0"),
        ("row_number", "99999999999"),
        ("row_number", "²"),
        ("session", "7"),
        ("q", "a\x00b"),
        ("q", "a" * 201),
        ("region", "a\x00b"),
        ("theme__all", "speed:angry"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(name: str, value: str) -> None:
    assert refused({name: value}).field == name


def test_a_parameter_given_twice_is_refused() -> None:
    assert "sentiment__in" in refused({"sentiment": ["negative", "mixed"]}).hint
    assert refused({"session": ["01990f3e-7b1c-7c4a-9d2e-0123456789ab"] * 2}).field == "session"
    assert refused({"sentiment": "negative", "sentiment__in": "mixed"}).field == "sentiment__in"


def test_blank_values_of_a_form_count_as_not_given() -> None:
    assert CommentFilter.parse(QueryDict("q=&sentiment=&rating__gte=+")) == CommentFilter()


def test_the_callers_own_parameters_are_left_to_it() -> None:
    params = {"ordering": "score", "cursor": "x", "sentiment": "mixed"}
    assert CommentFilter.parse(params, besides=("ordering", "cursor")).sentiment == ("mixed",)
    assert refused(params).field == "ordering"


def test_a_date_begins_at_midnight_in_paraguay() -> None:
    chosen = CommentFilter.parse({"created_at__gte": "2026-03-01"})
    assert chosen.to_params() == {"created_at__gte": ["2026-03-01T03:00:00Z"]}


def test_a_group_is_a_discovery_and_a_number() -> None:
    known = "01990f3e-7b1c-7c4a-9d2e-0123456789ab"
    chosen = CommentFilter.parse({"group": f"{known.upper()}:007"})
    assert chosen.group == f"{known}:7"
    assert CommentFilter.parse(chosen.to_params()) == chosen
    for wrong in ("7", f"{known}", f"{known}:", f"{known}:-1", f"{known}:1234567", f"{known}:x", "x:1"):
        with pytest.raises(FilterError) as refused:
            CommentFilter.parse({"group": wrong})
        assert refused.value.field == "group"
