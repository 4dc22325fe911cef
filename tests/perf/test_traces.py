"""Ids of a request: taken from the caller where they make sense, made where not, and handed on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf.tracing.context import Trace, begin, carried, current, headers, resumed, within

TRACE_ID, PARENT_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_callers_trace_is_gone_on_with_under_a_span_of_our_own() -> None:
    trace = begin(traceparent=f"00-{TRACE_ID}-{PARENT_ID}-01")
    assert (trace.trace_id, trace.flags) == (TRACE_ID, "01")
    assert trace.span_id != PARENT_ID
    assert trace.traceparent == f"00-{TRACE_ID}-{trace.span_id}-01"


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "x",
        f"00-{TRACE_ID}-{PARENT_ID}",
        f"00-{TRACE_ID.upper()}-{PARENT_ID}-01",
        f"ff-{TRACE_ID}-{PARENT_ID}-01",
        f"00-{'0' * 32}-{PARENT_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID}-{PARENT_ID}-01-more",
    ],
)
def test_what_is_no_trace_begins_a_new_one(nonsense: str) -> None:
    trace = begin(traceparent=nonsense)
    assert len(trace.trace_id) == 32
    assert trace.trace_id != TRACE_ID


def test_a_later_version_may_say_more() -> None:
    trace = begin(traceparent=f"01-{TRACE_ID}-{PARENT_ID}-03-more")
    assert (trace.trace_id, trace.flags) == (TRACE_ID, "01")


@given(st.text(max_size=80))
def test_an_id_of_any_caller_is_one_printable_line_of_at_most_64(given_id: str) -> None:
    used = begin(request_id=given_id).request_id
    assert 0 < len(used) <= 64
    assert used.isascii()
    assert used.isprintable()


@given(st.text(max_size=80))
def test_no_header_breaks_the_trace(traceparent: str) -> None:
    trace = begin(traceparent=traceparent)
    assert begin(traceparent=trace.traceparent).trace_id == trace.trace_id


def test_a_job_goes_on_with_the_trace_of_whoever_asked_for_it() -> None:
    with within(begin(request_id="mine")) as asked:
        along = carried()
        assert headers() == {"traceparent": asked.traceparent, "X-Request-ID": "mine"}
    goes_on = resumed(along)
    assert (goes_on.request_id, goes_on.trace_id) == ("mine", asked.trace_id)
    assert goes_on.span_id != asked.span_id


def test_inside_a_block_its_trace_counts_and_after_it_the_one_before() -> None:
    before = current()
    with within(Trace("outer", TRACE_ID, PARENT_ID)) as outer:
        with within(begin()):
            assert current() != outer
        assert current() == outer
    assert current() == before


def test_a_job_that_nobody_asked_for_has_a_trace_of_its_own() -> None:
    assert len(resumed({}).trace_id) == 32
    assert len(resumed({"traceparent": 7, "request_id": None}).trace_id) == 32
