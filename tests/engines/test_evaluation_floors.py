"""Regression floors on the gold set: no figure may fall more than a margin below what was measured last.

They hold what is reached, not what is wanted: the goals stand beside them. Whoever raises a figure raises it here.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.evaluation.cases import judge
from analysis.engines.evaluation.figures import FIGURES, Figure, measure
from analysis.engines.evaluation.labelled import GOLD_FILE, read_labelled

MARGIN = 0.02


class Floor(NamedTuple):
    """A figure as measured last, and the goal (None where there is none)."""

    measured: float
    goal: float | None


FLOORS = {
    "sentiment macro-F1": Floor(0.815, 0.82),
    "sentiment accuracy": Floor(0.843, None),
    "sentiment polarity accuracy": Floor(0.911, 0.95),
    "jopara: sentiment macro-F1": Floor(0.812, 0.76),
    "sarcasm: sentiment macro-F1": Floor(0.311, 0.6),
    "sarcasm: sentiment accuracy": Floor(0.872, None),
    "negation: sentiment macro-F1": Floor(0.757, 0.86),
    "emotions macro-F1": Floor(0.667, 0.6),
    "themes micro-F1": Floor(0.778, 0.85),
    "theme polarity accuracy": Floor(0.879, 0.88),
    "urgency macro-F1": Floor(0.702, 0.75),
    "churn risk macro-F1": Floor(0.696, 0.75),
    "p0 recall": Floor(0.900, 0.95),
    "competitors micro-F1": Floor(0.903, None),
    "language es accuracy": Floor(0.993, 0.99),
    "language gn accuracy": Floor(0.980, 0.95),
    "language jopara accuracy": Floor(0.932, 0.92),
    "language pt accuracy": Floor(1.000, 0.99),
    "language other accuracy": Floor(0.846, None),
    "calibration error": Floor(0.052, 0.03),
}


@pytest.fixture(scope="module")
def measured(engine: EmbeddedEngine) -> dict[str, float]:
    return measure(judge(read_labelled(GOLD_FILE), engine))


def test_every_figure_has_a_floor_and_the_goal_it_is_reported_with() -> None:
    assert {name: floor.goal for name, floor in FLOORS.items()} == {figure.name: figure.goal for figure in FIGURES}


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_no_figure_falls_below_its_floor(measured: dict[str, float], figure: Figure) -> None:
    loss = FLOORS[figure.name].measured - measured[figure.name]
    assert (-loss if figure.less_is_better else loss) <= MARGIN
