"""Comments labelled by hand, read from files in the format of the gold set."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from analysis.engines.base import EMOTIONS, THEMES, ChurnRisk, Language, Sentiment, Urgency
from analysis.engines.gold.agreement import COMPETITORS, FLAGS, ROOM, Row, coded
from analysis.text.fingerprint import fold_for_fingerprint

GOLD_FILE = ROOM / "gold.tsv"
CORPUS = ROOM.parent / "corpus"

ELSEWHERE = "elsewhere"
"""The flag of a text for training that is about other things than a provider's service."""

_ALLOWED: Mapping[str, frozenset[str]] = {
    "sentiment": frozenset(Sentiment),
    "language": frozenset(Language),
    "urgency": frozenset(Urgency),
    "churn_risk": frozenset(ChurnRisk),
    "themes": frozenset(THEMES),
    "emotions": frozenset(EMOTIONS),
    "competitors": frozenset(COMPETITORS),
    "flags": frozenset((*FLAGS, ELSEWHERE)),
}
_SINGLE = ("sentiment", "language", "urgency", "churn_risk")
_COLUMNS = ("id", "text", *_ALLOWED)


class LabelError(ValueError):
    """A file that is not in the format of the gold set; the message names line, column and value."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One comment and what a reader says of it; `themes` is {code: sentiment towards it}."""

    id: str
    text: str
    language: str
    sentiment: str
    themes: Mapping[str, str]
    emotions: frozenset[str]
    urgency: str
    churn_risk: str
    competitors: frozenset[str]
    flags: frozenset[str]

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is about other things than a provider's service."""
        return ELSEWHERE in self.flags


def read_labelled(path: Path) -> list[Labelled]:
    """Comments of a UTF-8 TSV without quoting; raise LabelError for an unknown code, a repeated id or no comments."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            _check_header(lines.fieldnames or ())
            comments = [_labelled(row, line) for line, row in enumerate(lines, start=2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelError(f"{path.name} is not a tab separated file in UTF-8: {error}") from error
    _check_ids(comments)
    return comments


def corpus() -> list[Labelled]:
    """The committed corpus, all of its parts in order, without the few short texts that the gold set has as well."""
    frozen = {fold_for_fingerprint(comment.text) for comment in read_labelled(GOLD_FILE)}
    parts = (read_labelled(part) for part in sorted(CORPUS.glob("part_*.tsv")))
    return [comment for part in parts for comment in part if fold_for_fingerprint(comment.text) not in frozen]


def corpus_sources() -> dict[str, str]:
    """The parts of the committed corpus with the SHA-256 of each."""
    return {part.name: sha256(part.read_bytes()).hexdigest() for part in sorted(CORPUS.glob("part_*.tsv"))}


def _check_header(names: Iterable[str]) -> None:
    missing = [name for name in _COLUMNS if name not in set(names)]
    if missing:
        raise LabelError(f"The header lacks: {', '.join(missing)}")


def _check_ids(comments: list[Labelled]) -> None:
    if not comments:
        raise LabelError("The file holds no comments")
    seen: set[str] = set()
    for comment in comments:
        if comment.id in seen:
            raise LabelError(f"The id {comment.id!r} comes twice")
        seen.add(comment.id)


def _labelled(row: Row, line: int) -> Labelled:
    cells = {name: row[name] or "" for name in _COLUMNS}
    for name in _ALLOWED:
        _check_cell(name, cells[name], line)
    themes = coded(cells["themes"])
    for polarity in themes.values():
        if polarity not in _ALLOWED["sentiment"]:
            raise LabelError(f"Line {line}, themes: unknown polarity {polarity!r}")
    return Labelled(
        id=cells["id"],
        text=cells["text"],
        language=cells["language"],
        sentiment=cells["sentiment"],
        themes=themes,
        emotions=frozenset(coded(cells["emotions"])),
        urgency=cells["urgency"],
        churn_risk=cells["churn_risk"],
        competitors=frozenset(coded(cells["competitors"])),
        flags=frozenset(coded(cells["flags"])),
    )


def _check_cell(name: str, cell: str, line: int) -> None:
    codes = {cell} if name in _SINGLE else set(coded(cell))
    for code in sorted(codes - _ALLOWED[name]):
        raise LabelError(f"Line {line}, {name}: unknown code {code!r}")
