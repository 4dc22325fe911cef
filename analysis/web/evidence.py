"""A text cut where evidence begins and ends, so that a page can mark it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from analysis.insights import labels

_ORDER = ("urgency", "churn", "churn_risk", "sentiment", "theme", "emotion", "competitor")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the text and what it speaks for; joined, the segments are the text."""

    text: str
    marks: tuple[str, ...]

    @property
    def css(self) -> str:
        """The class of the most telling mark: what colours the piece."""
        if not self.marks:
            return ""
        kind, _colon, code = min(self.marks, key=_rank).partition(":")
        return code if kind == "sentiment" else kind

    @property
    def title(self) -> str:
        """What the piece speaks for, in words."""
        return ", ".join(mark_name(mark) for mark in self.marks)


def segments(text: str, spans: Iterable[Mapping[str, Any]]) -> list[Segment]:
    """Cut ``text`` at the borders of ``spans`` (``label``, ``start``, ``end`` in code points), which may overlap.

    Spans that do not lie within the text, as of another version of it, are left out.
    """
    kept = [span for span in spans if 0 <= span["start"] < span["end"] <= len(text)]
    borders = sorted({0, len(text), *(span["start"] for span in kept), *(span["end"] for span in kept)})
    result = []
    for start, end in pairwise(borders):
        marks = {span["label"]: None for span in kept if span["start"] <= start and end <= span["end"]}
        result.append(Segment(text[start:end], tuple(sorted(marks, key=_rank))))
    return result


def quotes(text: str, spans: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """For each thing that was found, in words, the pieces of the text that speak for it."""
    found: dict[str, dict[str, None]] = {}
    for span in spans:
        if 0 <= span["start"] < span["end"] <= len(text):
            found.setdefault(span["label"], {})[text[span["start"] : span["end"]]] = None
    return [(mark_name(mark), list(found[mark])) for mark in sorted(found, key=_rank)]


def mark_name(mark: str) -> str:
    """``theme:speed`` as "Speed"."""
    kind, _colon, code = mark.partition(":")
    kind = "churn_risk" if kind == "churn" else kind
    return labels.name_of(kind, code) if kind in labels.ALL else code or kind


def _rank(mark: str) -> tuple[int, str]:
    kind = mark.partition(":")[0]
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), mark)
