"""Texts are cut where evidence begins and ends, and nothing of them is lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.web.evidence import mark_name, quotes, segments

LABELS = ("sentiment:negative", "theme:speed", "urgency:p1", "churn_risk:high", "something:new")
spans = st.lists(
    st.fixed_dictionaries({"label": st.sampled_from(LABELS), "start": st.integers(-3, 40), "end": st.integers(-3, 40)}),
    max_size=6,
)


@settings(deadline=None)
@given(st.text(max_size=30), spans)
def test_the_pieces_joined_are_the_text(text: str, given_spans: list[dict[str, object]]) -> None:
    assert "".join(piece.text for piece in segments(text, given_spans)) == text


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30), spans)
def test_each_character_carries_the_marks_of_the_spans_around_it(text: str, given_spans: list[dict[str, Any]]) -> None:
    position = 0
    for piece in segments(text, given_spans):
        for _character in piece.text:
            around = {
                span["label"] for span in given_spans if 0 <= span["start"] <= position < span["end"] <= len(text)
            }
            assert set(piece.marks) == around
            position += 1


def test_a_piece_is_coloured_by_what_matters_most() -> None:
    evidence = [
        {"label": "theme:stability", "start": 0, "end": 8},
        {"label": "sentiment:negative", "start": 3, "end": 8},
        {"label": "urgency:p1", "start": 6, "end": 8},
    ]
    pieces = segments("se corta", evidence)
    assert [(piece.text, piece.css) for piece in pieces] == [
        ("se ", "theme"), ("cor", "negative"), ("ta", "urgency"),
    ]  # fmt: skip
    assert pieces[1].title == "Negativo, Estabilidad"


def test_spans_of_another_version_of_the_text_are_left_out() -> None:
    evidence = [{"label": "theme:speed", "start": 2, "end": 99}, {"label": "theme:price", "start": 3, "end": 3}]
    assert [piece.marks for piece in segments("lento", evidence)] == [()]
    assert quotes("lento", evidence) == []


def test_what_speaks_for_a_label_is_quoted_once() -> None:
    evidence = [{"label": "theme:price", "start": start, "end": start + 4} for start in (0, 5)]
    assert quotes("caro caro", evidence) == [("Precio", ["caro"])]


def test_a_mark_of_a_newer_engine_is_its_own_name() -> None:
    assert mark_name("sarcasm:strong") == "strong"
