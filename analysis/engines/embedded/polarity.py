"""What a comment says of each of its themes: the whole, the clauses that speak of it, and the rules near its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.engines.base import THEMES, Sentiment
from analysis.engines.embedded.findings import Findings
from analysis.engines.embedded.model import Given, Scores
from analysis.engines.embedded.themes import heard_near

SENTIMENTS = tuple(code.value for code in Sentiment)
_SIZE = len(SENTIMENTS)
_WIDTH = 3 * _SIZE + len(THEMES)


class Spoken(NamedTuple):
    """A theme of text number `text`, the clauses that speak of it (none: all), and what the rules hear near by."""

    text: int
    theme: str
    clauses: frozenset[int]
    near: Sentiment


def spoken(text: int, theme: str, finding: Findings) -> Spoken:
    """Return what the rules know of a theme; without evidence the whole comment speaks of it."""
    evidence = finding.themes.get(theme)
    if evidence is None:
        return Spoken(text, theme, frozenset(), finding.whole.sentiment)
    near = heard_near(evidence, finding.reading, finding.hits)
    return Spoken(text, theme, evidence.clauses(finding.reading), near)


def elements_of(one: Spoken, finding: Findings) -> list[int]:
    """Return which of the words a text tells are in the clauses that speak of the theme, counted from 0."""
    clauses = finding.reading.clauses
    places = range(len(finding.reading.told))
    if not one.clauses:
        return list(places)
    return [place for place in places if clauses[finding.reading.told[place]] in one.clauses]


def local_scores(themes: Sequence[Spoken], findings: Sequence[Findings], given: Given, bias: Scores) -> Scores:
    """Return the scores of the four sentiments in the clauses of each theme (the model's first four outputs)."""
    scores = np.empty((len(themes), _SIZE), np.float32)
    for number, one in enumerate(themes):
        first = int(given.starts[one.text]) + 1
        rows = given.shares[[first + place for place in elements_of(one, findings[one.text])]]
        norm = max(float(rows[:, -1].sum()), 1.0) ** 0.5
        scores[number] = rows[:, :_SIZE].sum(axis=0) / norm
    scores += bias[:_SIZE]
    return scores


def views(themes: Sequence[Spoken], whole: Scores, local: Scores) -> Scores:
    """Return what is known of each theme in numbers; `whole` are the scores of its text, `local` of its clauses."""
    table = np.zeros((len(themes), _WIDTH), np.float32)
    table[:, :_SIZE], table[:, _SIZE : 2 * _SIZE] = _shares(whole), _shares(local)
    for number, one in enumerate(themes):
        table[number, 2 * _SIZE + SENTIMENTS.index(one.near.value)] = 1.0
        if one.theme in THEMES:
            table[number, 3 * _SIZE + THEMES.index(one.theme)] = 1.0
    return table


def _shares(scores: Scores) -> Scores:
    """Return each row as shares that add up to one."""
    grown = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    shares: Scores = grown / grown.sum(axis=1, keepdims=True)
    return shares


class PolarityReader:
    """Decides between the sentiments; the weights are those of the manifest."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._weights: NDArray[np.float32] = np.array(manifest["polarity"]["weights"], np.float32)
        self._bias: NDArray[np.float32] = np.array(manifest["polarity"]["bias"], np.float32)

    def decide(self, table: Scores) -> list[str]:
        """Return a sentiment for each row of views."""
        scores = (table[:, :, None] * self._weights).sum(axis=1) + self._bias
        return [SENTIMENTS[place] for place in scores.argmax(axis=1).tolist()]
