"""Why: the words that speak for each label, those of the rules, or else those that weigh most in the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analysis.engines.base import Evidence as Span
from analysis.engines.embedded.findings import Findings
from analysis.engines.embedded.model import Given
from analysis.engines.embedded.reading import Match

_MOST = 60
_MOST_WORDS = 3
_LEAST_SHARE, _LEAST_OF_BEST = 0.15, 0.5
_SIDES = {"positive": (1,), "negative": (-1,), "mixed": (1, -1), "neutral": ()}


class Explanation:
    """Collects the spans of text number `text` of a batch."""

    def __init__(self, finding: Findings, given: Given, text: int) -> None:
        self._finding = finding
        self._given = given
        self._start = int(given.starts[text]) + 1
        self._norm = float(given.norms[text, 0])
        self._spans: set[tuple[str, int, int]] = set()

    def tone(self, sentiment: str, column: int) -> None:
        """Show what praises and complains; for a sentiment the rules do not hear, the words that made it."""
        sides = {1 if hit.weight > 0 else -1 for hit in self._finding.hits if hit.weight}
        for hit in self._finding.hits:
            if hit.weight:
                self._add("sentiment:positive" if hit.weight > 0 else "sentiment:negative", hit.start, hit.end)
        if not sides.issuperset(_SIDES[sentiment]) and sentiment != "mixed":
            self._add_words(f"sentiment:{sentiment}", column)

    def theme(self, code: str, column: int | None) -> None:
        """Show what speaks of a theme; one that the model does not know has `column` None."""
        evidence = self._finding.themes.get(code)
        self._add_matches(f"theme:{code}", evidence.matches if evidence else (), column)

    def emotions(self, cues: Iterable[tuple[str, int, int]], columns: Mapping[str, int]) -> None:
        """Show what names the emotions that hold."""
        unnamed = dict(columns)
        for code, start, end in cues:
            self._add(f"emotion:{code}", start, end)
            unnamed.pop(code, None)
        for code, column in unnamed.items():
            self._add_words(f"emotion:{code}", column)

    def risk(self, label: str, matches: Sequence[Match], column: int) -> None:
        """Show what makes a comment urgent, or its customer likely to leave."""
        self._add_matches(label, matches, column)

    def competitors(self) -> None:
        """Show the names of other providers."""
        for name, start, end in self._finding.mentions:
            self._add(f"competitor:{name}", start, end)

    def spans(self) -> tuple[Span, ...]:
        """Return the spans, each once, in the order of the text."""
        ordered = sorted(self._spans, key=lambda span: (span[1], span[2], span[0]))
        return tuple(Span(label, start, end) for label, start, end in ordered[:_MOST])

    def _add(self, label: str, start: int, end: int) -> None:
        self._spans.add((label, *self._finding.reading.span(start, end)))

    def _add_matches(self, label: str, matches: Sequence[Match], column: int | None) -> None:
        for match in matches:
            self._add(label, match.start, match.end)
        if not matches and column is not None:
            self._add_words(label, column)

    def _add_words(self, label: str, column: int) -> None:
        """Show the few words that gave most to an output."""
        told = self._finding.reading.told
        shares = self._given.shares[self._start : self._start + len(told), column].tolist()
        least = max(_LEAST_SHARE * self._norm, _LEAST_OF_BEST * max(shares, default=0.0))
        ranked = sorted(range(len(told)), key=lambda number: -shares[number])[:_MOST_WORDS]
        for number in ranked:
            if shares[number] >= least:
                self._add(label, told[number], told[number] + 1)
