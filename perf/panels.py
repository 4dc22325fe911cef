"""What the page "Performance" is made of: panels, each of which answers a question.

Rooms register theirs; a panel is built when somebody looks at it, and returns plain data that one template draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from django.utils.functional import Promise

from perf.history import Period

LIVE_SECONDS = 10
Text = str | Promise
#: How things stand: "" says nothing, the others are good, warn and bad.
Tone = str


class Again(Enum):
    """When an open page asks a panel again: every few seconds, when a bucket of its period is over, or not at all."""

    LIVE = auto()
    BUCKET = auto()
    NEVER = auto()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a panel is built for. ``operation`` is the one that the reader looks at, or a beginning with a dot."""

    period: Period
    operation: str
    user: Any


@dataclass(frozen=True, slots=True)
class Card:
    """A figure, what it is of, and a word on it."""

    name: Text
    figure: str
    note: Text = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A line or a set of columns; ``values`` by bucket, None for a gap. ``colour`` is 1 to 6."""

    name: Text
    values: Sequence[float | None]
    colour: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened in a bucket, drawn as an upright line."""

    bucket: int
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """``kind``: lines, or columns that stand on each other. ``share``: values are 0 to 1, told in per cent."""

    kind: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    share: bool = False
    marks: Sequence[Mark] = ()

    def as_json(self) -> dict[str, Any]:
        """What performance.js draws."""
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "unit": self.unit,
            "share": self.share,
            "series": [
                {"name": str(one.name), "values": list(one.values), "colour": one.colour} for one in self.series
            ],
            "marks": [{"bucket": mark.bucket, "text": mark.text} for mark in self.marks],
        }


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; ``bar`` is a width of 0 to 100 as SVG reads it."""

    text: str
    href: str = ""
    tone: Tone = ""
    note: str = ""
    bar: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """``words``: numbers of the columns that hold words, and stand to the left; the first one always does."""

    headers: Sequence[Text]
    rows: Sequence[Sequence[Cell]]
    words: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """Where to go on."""

    text: Text
    href: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A list to choose from: the parameter, and (value, text) of what can be chosen."""

    name: str
    label: Text
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Body:
    """``says`` is the answer in a sentence. ``empty`` is said instead of a chart and a table that hold nothing."""

    says: Text = ""
    tone: Tone = ""
    cards: Sequence[Card] = ()
    chart: Chart | None = None
    table: Table | None = None
    choice: Choice | None = None
    links: Sequence[Link] = field(default_factory=tuple)
    empty: Text = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A question of the page, what its answer means, what to do when it is bad, and who may read it.

    ``place`` orders the panels. ``wide``: over the whole width of the page.
    """

    key: str
    question: Text
    meaning: Text
    remedy: Text
    build: Callable[[Scope], Body]
    place: int
    permission: str = "perf.view_benchmarkrun"
    again: Again = Again.BUCKET
    wide: bool = False

    def seconds(self, period: Period) -> int:
        """After how many seconds it is asked again; 0 for not at all."""
        if self.again is Again.BUCKET:
            return int(period.bucket.total_seconds())
        return LIVE_SECONDS if self.again is Again.LIVE else 0


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> Panel:
    """Put a panel on the page; the same key again replaces it."""
    _panels[panel.key] = panel
    return panel


def panels_for(user: Any) -> list[Panel]:
    """Those that the person may read, in their order."""
    allowed = (panel for panel in _panels.values() if user.has_perm(panel.permission))
    return sorted(allowed, key=lambda panel: (panel.place, panel.key))


def find(key: str, user: Any) -> Panel | None:
    """The panel, if the person may read it."""
    return next((panel for panel in panels_for(user) if panel.key == key), None)
