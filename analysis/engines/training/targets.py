"""What the model is to say of each comment, as columns of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.engines.base import EMOTIONS, THEMES, ChurnRisk, Language, Sentiment, Urgency
from analysis.engines.evaluation.labelled import ELSEWHERE, Labelled


class Head(NamedTuple):
    """One question to the model. `codes` are its answers: exactly one of them holds, or any number.

    `teaches` says of a comment whether the question is learnt from it.
    """

    name: str
    codes: tuple[str, ...]
    is_exclusive: bool
    holds: Callable[[Labelled, str], bool]
    teaches: Callable[[Labelled], bool] = lambda comment: not comment.is_elsewhere

    @property
    def outputs(self) -> tuple[str, ...]:
        """The model's columns for this question, such as "theme:speed"."""
        return tuple(f"{self.name}:{code}" for code in self.codes)

    def targets(self, comments: Sequence[Labelled]) -> NDArray[np.bool_]:
        """Return comments x codes, true where a code holds."""
        return np.array([[self.holds(comment, code) for code in self.codes] for comment in comments])


def _codes(values: type[Sentiment | Urgency | ChurnRisk]) -> tuple[str, ...]:
    return tuple(value.value for value in values)


FOREIGN = (Language.PT.value, Language.OTHER.value)
"""Languages the model is asked for; between Spanish and Guarani the words decide."""

HEADS = (
    Head("sentiment", _codes(Sentiment), True, lambda comment, code: comment.sentiment == code),
    Head("urgency", _codes(Urgency), True, lambda comment, code: comment.urgency == code),
    Head("churn", _codes(ChurnRisk), True, lambda comment, code: comment.churn_risk == code),
    Head("language", FOREIGN, False, lambda comment, code: comment.language == code),
    Head("theme", THEMES, False, lambda comment, code: code in comment.themes),
    Head("emotion", EMOTIONS, False, lambda comment, code: code in comment.emotions),
    Head("tone", ("sarcasm",), False, lambda comment, code: code in comment.flags),
    Head(
        "kind",
        ("uninformative", "company_reply"),
        False,
        lambda comment, code: code in comment.flags,
        teaches=lambda comment: True,
    ),
    Head("topic", (ELSEWHERE,), False, lambda comment, code: code in comment.flags, teaches=lambda comment: True),
    Head(
        "mood",
        _codes(Sentiment),
        True,
        lambda comment, code: comment.sentiment == code,
        teaches=lambda comment: comment.is_elsewhere,
    ),
)
