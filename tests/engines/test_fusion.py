"""Text and rating become one sentiment; neither hides the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.engines.fusion import fuse
from tests.engines.conftest import Read

RATINGS = st.floats(0, 10)


def test_without_a_rating_the_text_stands_alone(read: Read) -> None:
    verdict = read("Muy lento")
    fused = fuse(verdict, None)
    assert (fused.sentiment, fused.score, fused.confidence) == ("negative", verdict.score, verdict.confidence)
    assert not fused.rating_mismatch


@pytest.mark.parametrize("rating", [0, 6, 7, 8, 9, 10])
def test_a_text_that_says_nothing_stays_neutral_whatever_the_rating(read: Read, rating: float) -> None:
    fused = fuse(read("ninguna"), rating)
    assert (fused.sentiment, fused.score, fused.text_sentiment) == ("neutral", 0.0, "neutral")


@pytest.mark.parametrize(
    ("text", "rating"), [("Excelente servicio, muy conforme", 0), ("Pésimo, un desastre total", 10)]
)
def test_a_text_that_speaks_clearly_is_not_overturned_but_flagged(read: Read, text: str, rating: float) -> None:
    verdict = read(text)
    fused = fuse(verdict, rating)
    assert fused.sentiment == verdict.sentiment
    assert fused.rating_mismatch
    assert fused.confidence < verdict.confidence


@pytest.mark.parametrize(("text", "rating"), [("Muy bueno", 10), ("Muy malo", 1)])
def test_a_rating_that_agrees_makes_surer(read: Read, text: str, rating: float) -> None:
    verdict = read(text)
    assert fuse(verdict, rating).confidence > verdict.confidence
    assert not fuse(verdict, rating).rating_mismatch


def test_a_neutral_text_leans_the_way_of_its_rating(read: Read) -> None:
    verdict = read("Tengo el plan de 300 megas")
    assert verdict.sentiment == "neutral"
    assert fuse(verdict, 1).sentiment == "negative"
    assert fuse(verdict, 10).sentiment == "positive"
    assert fuse(verdict, 7).sentiment == "neutral"


@given(low=RATINGS, high=RATINGS, text=st.sampled_from(["Muy lento", "Bien", "ok", "Bueno pero caro", "vivo en Luque"]))
def test_a_better_rating_never_lowers_the_score(read: Read, low: float, high: float, text: str) -> None:
    low, high = sorted((low, high))
    verdict = read(text)
    assert -1 <= fuse(verdict, low).score <= fuse(verdict, high).score <= 1


@given(
    rating=st.none() | RATINGS, text=st.sampled_from(["Muy lento", "Bien", "ok", "Bueno pero caro", "vivo en Luque"])
)
def test_what_the_text_said_is_always_kept(read: Read, rating: float | None, text: str) -> None:
    fused = fuse(read(text), rating)
    assert fused.text_sentiment == read(text).sentiment
    assert fused.sentiment in {"positive", "neutral", "negative", "mixed"}
    assert 0 <= fused.confidence <= 1


@pytest.mark.parametrize("rating", [-1, 10.5, 100])
def test_a_rating_off_the_scale_is_an_error(read: Read, rating: float) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        fuse(read("Bien"), rating)


def test_a_company_reply_has_no_rating(read: Read) -> None:
    verdict = read("Estimado cliente, lamentamos los inconvenientes, escribinos por mensaje privado")
    assert verdict.is_company_reply
    assert fuse(verdict, 1).sentiment == "neutral"
