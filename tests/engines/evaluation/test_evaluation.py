"""Cases, slices and the whole evaluation, on an engine whose answers are known."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from analysis.engines.base import EmotionLabel, Item, ThemeLabel, Verdict
from analysis.engines.evaluation.cases import Case, judge, length_of, slices
from analysis.engines.evaluation.evaluation import Evaluation, as_json, errors, evaluate
from analysis.engines.evaluation.figures import FIGURES, Figure
from analysis.engines.evaluation.labelled import Labelled
from analysis.engines.evaluation.report import error_lines, report


class Grumbler:
    """Calls everything negative, p0, Spanish and a matter of speed; surer of short texts."""

    name = "grumbler"
    version = "7"

    def label(self, items: Sequence[Item]) -> dict[str, Verdict]:
        return {item.id: self._verdict(0.95 if len(item.text) < 10 else 0.65) for item in items}

    def _verdict(self, confidence: float) -> Verdict:
        return Verdict(
            sentiment="negative",
            score=-1,
            confidence=confidence,
            language="es",
            guarani_share=0,
            emotions=(EmotionLabel("anger", 0.9),),
            themes=(ThemeLabel("speed", "negative", 1),),
            urgency="p0",
            churn_risk="none",
            evidence=(),
            competitors=("tigo",),
            pain_points=(),
            reasons=(),
            is_uninformative=False,
            is_company_reply=False,
        )


def labelled(place: str, text: str, sentiment: str, *, language: str = "es", **cells: object) -> Labelled:
    values: dict[str, object] = {
        "themes": {}, "emotions": frozenset(), "urgency": "p3", "churn_risk": "none",
        "competitors": frozenset(), "flags": frozenset(),
    }  # fmt: skip
    return Labelled(id=place, text=text, sentiment=sentiment, language=language, **(values | cells))  # type: ignore[arg-type]


COMMENTS = [
    labelled("1", "lento", "negative", themes={"speed": "negative"}, urgency="p0", emotions=frozenset({"anger"})),
    labelled("2", "rápido", "positive", themes={"speed": "positive"}, flags=frozenset({"negation", "sarcasm"})),
    labelled(
        "3", "ndaipóri internet ko'ápe, vaieterei", "negative", language="jopara", competitors=frozenset({"tigo"})
    ),
    labelled("4", "mi vecino tiene otra compañía", "neutral", themes={"other": "neutral"}),
]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return judge(COMMENTS, Grumbler())


@pytest.fixture(scope="module")
def result(cases: list[Case]) -> Evaluation:
    return evaluate(cases, Grumbler(), resamples=20)


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("sentiment macro-F1", (2 / 3 + 0 + 0) / 3),
        ("sentiment accuracy", 2 / 4),
        ("sentiment polarity accuracy", 2 / 3),
        ("jopara: sentiment macro-F1", 1),
        ("sarcasm: sentiment macro-F1", 0),
        ("negation: sentiment macro-F1", 0),
        ("emotions macro-F1", 2 / 5),
        ("themes micro-F1", 2 * 2 / (2 * 2 + 1 + 2)),
        ("theme polarity accuracy", 1 / 2),
        ("urgency macro-F1", (2 / 5 + 0) / 2),
        ("churn risk macro-F1", 1),
        ("p0 recall", 1),
        ("competitors micro-F1", 2 / 5),
        ("language es accuracy", 1),
        ("language jopara accuracy", 0),
        ("calibration error", (2 * 0.45 + 2 * 0.15) / 4),
    ],
)
def test_each_figure_is_what_a_reader_would_compute(result: Evaluation, figure: str, value: float) -> None:
    assert result.figures[figure].value == pytest.approx(value)


def test_intervals_hold_their_figure(result: Evaluation) -> None:
    accuracy = result.figures["sentiment accuracy"]
    assert accuracy.low <= accuracy.value <= accuracy.high


def test_slices_are_by_language_length_and_flag(cases: list[Case]) -> None:
    assert {name: [case.gold.id for case in part] for name, part in slices(cases).items()} == {
        "language es": ["1", "2", "4"],
        "language jopara": ["3"],
        "length short": ["1", "2", "3", "4"],
        "negation": ["2"],
        "sarcasm": ["2"],
    }


@pytest.mark.parametrize(("words", "length"), [(1, "short"), (5, "short"), (6, "medium"), (20, "medium"), (21, "long")])
def test_length_goes_by_words(words: int, length: str) -> None:
    assert length_of("internet " * words) == length


def test_errors_come_surest_first_and_no_more_than_asked(cases: list[Case]) -> None:
    assert [case.gold.id for case in errors(cases, 5)] == ["2", "4"]
    assert list(error_lines(errors(cases, 1))) == ["2  positive / negative 0.95  rápido"]


def test_the_json_holds_figures_with_null_for_nothing_and_no_text(result: Evaluation) -> None:
    text = json.dumps(as_json(result), allow_nan=False)
    data = json.loads(text)
    assert data["figures"]["language gn accuracy"]["value"] is None
    assert data["classes"]["sentiment"]["negative"] == {
        "support": 2, "precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3),
    }  # fmt: skip
    assert {"reader": "neutral", "engine": "negative", "comments": 1} in data["confusion"]
    assert data["slices"]["language jopara"] == {"comments": 1, "macro_f1": 1.0, "accuracy": 1.0}
    assert not any(comment.text in text for comment in COMMENTS)


def test_the_report_has_every_figure_and_the_engine(result: Evaluation) -> None:
    said = report(result)
    assert said.startswith("4 comments, engine grumbler 7\n")
    assert all(f"\n{figure.name} " in said for figure in FIGURES)
    assert "nan" not in said


@pytest.mark.parametrize(
    ("value", "standing"),
    [(0.5, "below the least"), (0.6, "below the goal"), (0.8, "goal reached"), (float("nan"), "")],
)
def test_a_figure_knows_how_it_stands(value: float, standing: str) -> None:
    assert Figure("any", lambda _: 0, 0.6, 0.8).standing(value) == standing


def test_an_error_stands_better_when_it_is_smaller() -> None:
    figure = Figure("calibration error", lambda _: 0, 0.06, 0.03, less_is_better=True)
    assert [figure.standing(value) for value in (0.07, 0.05, 0.03)] == [
        "below the least",
        "below the goal",
        "goal reached",
    ]
