"""What does not change the meaning does not change the verdict."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from analysis.engines.base import Verdict
from analysis.engines.embedded.engine import EmbeddedEngine
from tests.engines.conftest import Read

COMMENTS = st.sampled_from(
    [
        "Muy lento",
        "no es malo",
        "excelente servicio, dos días sin internet",
        "Buen servicio pero muy caro",
        "nunca tuve problemas",
        "me paso a Tigo, estoy harto",
        "Iporã la servicio",
        "ndoikói mba'eve",
        "mejorar la señal",
        "sin comentarios",
        "el técnico vino rápido y solucionó todo",
        "muito bom o serviço",
        "Vivo en Luque",
    ]
)
LINK = "https://t.co/Ab1"


def essence(verdict: Verdict) -> tuple[object, ...]:
    """All labels that must not change; offsets and intensities may."""
    return (
        verdict.sentiment,
        verdict.score,
        verdict.language,
        tuple(emotion.code for emotion in verdict.emotions),
        verdict.themes,
        verdict.urgency,
        verdict.churn_risk,
        verdict.reasons,
    )


@given(text=COMMENTS, change=st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_changes_nothing(read: Read, text: str, change: object) -> None:
    assert callable(change)
    assert essence(read(change(text))) == essence(read(text))


@given(text=COMMENTS, blanks=st.sampled_from(["  ", "\t", "   ", " \u2003 "]))
def test_more_space_changes_nothing(read: Read, text: str, blanks: str) -> None:
    assert essence(read(f"{blanks}{text.replace(' ', blanks)}{blanks}")) == essence(read(text))


@given(text=COMMENTS, mark=st.sampled_from([".", "!", "!!!", "...", "…", ".!.", " .", "\n", ","]))
def test_a_mark_at_the_end_changes_nothing(read: Read, text: str, mark: str) -> None:
    assert essence(read(text + mark)) == essence(read(text))


@given(text=COMMENTS, before=st.booleans())
def test_a_link_changes_no_sentiment(read: Read, text: str, before: bool) -> None:
    linked = read(f"{LINK} {text}" if before else f"{text} {LINK}")
    plain = read(text)
    assert (linked.sentiment, linked.score, linked.language) == (plain.sentiment, plain.score, plain.language)


@given(text=COMMENTS, apostrophe=st.sampled_from("'’ʼ´`‘"))
def test_the_kind_of_apostrophe_changes_nothing(read: Read, text: str, apostrophe: str) -> None:
    assert essence(read(text.replace("'", apostrophe))) == essence(read(text))


@given(st.text(max_size=300))
def test_the_same_text_always_gets_the_same_verdict(engine: EmbeddedEngine, read: Read, text: str) -> None:
    first = read(text)
    engine._reader.vocabulary._words = {}
    assert read(text) == first


@given(st.text(max_size=120), COMMENTS, st.text(max_size=120))
def test_every_number_stays_in_its_range_and_every_offset_in_the_text(
    read: Read, before: str, comment: str, after: str
) -> None:
    text = f"{before} {comment} {after}"
    verdict = read(text)
    assert -1 <= verdict.score <= 1
    assert 0 <= verdict.confidence <= 1
    assert 0 <= verdict.guarani_share <= 1
    assert all(0 <= evidence.start < evidence.end <= len(text) for evidence in verdict.evidence)


@given(COMMENTS)
def test_evidence_points_at_the_words_themselves(read: Read, text: str) -> None:
    moved = "   " + text
    pieces = [(evidence.label, text[evidence.start : evidence.end]) for evidence in read(text).evidence]
    assert pieces == [(evidence.label, moved[evidence.start : evidence.end]) for evidence in read(moved).evidence]
    assert replace(read(moved), evidence=()) == replace(read(text), evidence=())
