"""The engine protocol: what goes in, what comes out, and the codes both sides agree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Sentiment(StrEnum):
    """What a comment says about the service as a whole."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    MIXED = "mixed"


class Language(StrEnum):
    """Language of a comment; jopara is Guarani and Spanish in one breath."""

    ES = "es"
    GN = "gn"
    JOPARA = "jopara"
    PT = "pt"
    OTHER = "other"


class Urgency(StrEnum):
    """p0 emergency, p1 unusable or unresolved for days, p2 annoyance, p3 the rest."""

    P0 = "p0"
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"


class ChurnRisk(StrEnum):
    """high announces leaving, medium looks at others, low hints at it."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


EMOTIONS: tuple[str, ...] = (
    "joy",
    "satisfaction",
    "gratitude",
    "hope",
    "surprise",
    "confusion",
    "worry",
    "frustration",
    "anger",
    "disappointment",
    "sadness",
)

#: The themes of the built-in taxonomy, which every other one has too.
THEMES: tuple[str, ...] = (
    "speed",
    "stability",
    "coverage",
    "price",
    "billing",
    "contract",
    "customer_service",
    "technical_support",
    "installation_equipment",
    "competitors",
    "improvement_request",
    "general_satisfaction",
    "other",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One text to label; `id` is the caller's and comes back as the key of the verdict."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class EmotionLabel:
    """An emotion of EMOTIONS with its intensity, 0..1."""

    code: str
    intensity: float


@dataclass(frozen=True, slots=True)
class ThemeLabel:
    """A theme of the taxonomy, the sentiment the comment has towards it, and a confidence 0..1."""

    code: str
    sentiment: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why: `text[start:end]` (code points) speaks for `label`, such as "theme:speed" or "urgency:p1"."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything an engine says of one text.

    `score` is -1..1, `confidence` and `guarani_share` 0..1, emotions at most three, primary first;
    `reasons` are the codes of the urgency and churn rules that fired.
    """

    sentiment: str
    score: float
    confidence: float
    language: str
    guarani_share: float
    emotions: tuple[EmotionLabel, ...]
    themes: tuple[ThemeLabel, ...]
    urgency: str
    churn_risk: str
    evidence: tuple[Evidence, ...]
    competitors: tuple[str, ...]
    pain_points: tuple[str, ...]
    reasons: tuple[str, ...]
    is_uninformative: bool
    is_company_reply: bool


class Engine(Protocol):
    """Labels texts; `label` may be called from several threads at once."""

    @property
    def name(self) -> str:
        """Short name, the key of the registry."""

    @property
    def version(self) -> str:
        """Changes whenever the same text may get another verdict."""

    def label(self, items: Sequence[Item]) -> dict[str, Verdict]:
        """Return a verdict for each item, keyed by its id; raise EngineError when it cannot."""


class EngineError(Exception):
    """An engine could not answer; `permanent` says that trying the same again is useless."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent
