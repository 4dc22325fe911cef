"""The figures an engine is judged by, each a number of a list of cases, with what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan

from analysis.engines.base import Language, Urgency
from analysis.engines.evaluation import cases as of
from analysis.engines.evaluation import metrics
from analysis.engines.evaluation.cases import Case

Statistic = Callable[[Sequence[Case]], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with the least that is asked of a finished engine and the goal; None where nothing is asked.

    `less_is_better` turns both around.
    """

    name: str
    measure: Statistic
    least: float | None = None
    goal: float | None = None
    less_is_better: bool = False

    def standing(self, value: float) -> str:
        """Say `below the least`, `below the goal`, `goal reached`, or "" where nothing is asked or measured."""
        if self.least is None or self.goal is None or isnan(value):
            return ""
        if not self._reached(value, self.least):
            return "below the least"
        return "goal reached" if self._reached(value, self.goal) else "below the goal"

    def _reached(self, value: float, asked: float) -> bool:
        return value <= asked if self.less_is_better else value >= asked


def sentiment_macro_f1(cases: Sequence[Case]) -> float:
    """Macro-F1 of the sentiment."""
    return metrics.macro_f1(metrics.by_class(of.sentiments(cases)))


def in_language(language: Language) -> Statistic:
    """Macro-F1 of the sentiment within one language."""
    return lambda cases: sentiment_macro_f1([case for case in cases if case.gold.language == language])


def with_flag(flag: str) -> Statistic:
    """Macro-F1 of the sentiment among the comments that bear a flag."""
    return lambda cases: sentiment_macro_f1([case for case in cases if flag in case.gold.flags])


def accuracy_with_flag(flag: str, cases: Sequence[Case]) -> float:
    """Share of the comments that bear a flag whose sentiment is right."""
    return metrics.accuracy(of.sentiments([case for case in cases if flag in case.gold.flags]))


def language_accuracy(language: Language) -> Statistic:
    """Share of the comments in a language that the engine takes for that language."""
    return lambda cases: metrics.recall_of(language, of.languages(cases))


FIGURES: tuple[Figure, ...] = (
    Figure("sentiment macro-F1", sentiment_macro_f1, 0.74, 0.82),
    Figure("sentiment accuracy", lambda cases: metrics.accuracy(of.sentiments(cases))),
    Figure("sentiment polarity accuracy", lambda cases: metrics.polarity_accuracy(of.sentiments(cases)), 0.91, 0.95),
    Figure("jopara: sentiment macro-F1", in_language(Language.JOPARA), 0.66, 0.76),
    Figure("sarcasm: sentiment macro-F1", with_flag("sarcasm"), 0.45, 0.60),
    Figure("sarcasm: sentiment accuracy", lambda cases: accuracy_with_flag("sarcasm", cases)),
    Figure("negation: sentiment macro-F1", with_flag("negation"), 0.76, 0.86),
    Figure("emotions macro-F1", lambda cases: metrics.macro_f1(metrics.by_code(of.emotions(cases))), 0.45, 0.60),
    Figure("themes micro-F1", lambda cases: metrics.micro_f1(metrics.by_code(of.themes(cases))), 0.75, 0.85),
    Figure("theme polarity accuracy", lambda cases: metrics.accuracy(of.theme_polarities(cases)), 0.80, 0.88),
    Figure("urgency macro-F1", lambda cases: metrics.macro_f1(metrics.by_class(of.urgencies(cases))), 0.60, 0.75),
    Figure("churn risk macro-F1", lambda cases: metrics.macro_f1(metrics.by_class(of.churn_risks(cases))), 0.60, 0.75),
    Figure("p0 recall", lambda cases: metrics.recall_of(Urgency.P0, of.urgencies(cases)), 0.85, 0.95),
    Figure("competitors micro-F1", lambda cases: metrics.micro_f1(metrics.by_code(of.competitors(cases)))),
    Figure("language es accuracy", language_accuracy(Language.ES), 0.97, 0.99),
    Figure("language gn accuracy", language_accuracy(Language.GN), 0.88, 0.95),
    Figure("language jopara accuracy", language_accuracy(Language.JOPARA), 0.85, 0.92),
    Figure("language pt accuracy", language_accuracy(Language.PT), 0.98, 0.99),
    Figure("language other accuracy", language_accuracy(Language.OTHER)),
    Figure(
        "calibration error", lambda cases: metrics.calibration_error(of.confidences(cases)), 0.06, 0.03,
        less_is_better=True,
    ),
)  # fmt: skip


def measure(cases: Sequence[Case]) -> dict[str, float]:
    """Every figure of FIGURES by its name."""
    return {figure.name: figure.measure(cases) for figure in FIGURES}
