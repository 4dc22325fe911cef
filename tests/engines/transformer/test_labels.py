"""Models name their answers as they like; what nobody explains is refused."""

from __future__ import annotations

import pytest

from analysis.engines.base import Sentiment
from analysis.engines.transformer.labels import LabelsError, read_labels


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (["NEG", "NEU", "POS"], ["negative", "neutral", "positive"]),
        (["positive", "negative"], ["positive", "negative"]),
        (["Negativo", "Neutro", "Positivo", "Mixto"], ["negative", "neutral", "positive", "mixed"]),
        (
            ["Very Negative", "negative", "neutral", "POSITIVE", "very_positive"],
            ["negative", "negative", "neutral", "positive", "positive"],
        ),
    ],
    ids=str,
)
def test_usual_names_are_known_in_any_order_and_case(names: list[str], codes: list[str]) -> None:
    assert read_labels(names, {}) == tuple(map(Sentiment, codes))


@pytest.mark.parametrize("names", [["LABEL_0", "LABEL_1", "LABEL_2"], ["NEG", "joy", "POS"]], ids=str)
def test_a_name_that_nobody_explains_is_named_with_what_would_help(names: list[str]) -> None:
    with pytest.raises(LabelsError, match=r"answers '(LABEL_0|joy)', and no labels\.json"):
        read_labels(names, {})


def test_own_names_go_before_the_usual_ones_and_may_share_a_sentiment() -> None:
    own = {"1 star": "negative", "2 stars": "negative", "3 stars": "mixed", "POS": "negative", "NEG": "positive"}
    names = ["1 star", "2 stars", "3 stars", "POS", "NEG", "neutral"]
    assert read_labels(names, own) == tuple(
        map(Sentiment, ["negative", "negative", "mixed", "negative", "positive", "neutral"])
    )


def test_an_own_name_must_mean_one_of_our_sentiments() -> None:
    with pytest.raises(LabelsError, match="positive, neutral, negative, mixed"):
        read_labels(["LABEL_0"], {"LABEL_0": "POS"})


@pytest.mark.parametrize("names", [["POS"], ["NEG", "NEU"], ["POS", "NEU", "MIX"], []], ids=str)
def test_a_model_that_does_not_tell_praise_from_complaint_is_none(names: list[str]) -> None:
    with pytest.raises(LabelsError, match="does not tell positive from negative"):
        read_labels(names, {})
