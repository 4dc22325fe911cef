"""A rehearsal of an import: the first rows are read and cleaned as they will be, and nothing is stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

from analysis.intake.errors import IntakeError
from analysis.intake.parse import read_rows
from analysis.intake.types import BadRow, Batch, CleanRow
from analysis.intake.uploads import read_options
from analysis.models import Session

ROWS = 1000
_EXAMPLES = 3
_PREVIEW = 6
_CHECKED_ROWS = 20


@dataclass(slots=True)
class Problem:
    """What is wrong with the values of one column, with the first lines where it is."""

    column: str
    reason: str
    count: int = 0
    examples: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """``rows`` were read, ``good`` can be stored, ``distinct`` of them differ; ``whole`` if that was the file."""

    rows: int
    good: int
    bad: int
    blank: int
    distinct: int
    whole: bool
    masked: list[tuple[str, int]]
    problems: list[Problem]
    bad_rows: list[BadRow]
    preview: list[CleanRow]
    promoters: int
    passives: int
    detractors: int


def rehearse(session: Session) -> Rehearsal:
    """Read up to ``ROWS`` rows of the session's file with its options; raises ``IntakeError``."""
    if session.file is None:
        raise IntakeError("file_missing")
    batches: list[Batch] = []
    whole = True
    for batch in read_rows(session.file.path, session.file.original_name, read_options(session)):
        if batches and batches[-1].rows_read >= ROWS:
            whole = False
            break
        batches.append(batch)
    return _summary(batches, whole=whole)


def _summary(batches: list[Batch], *, whole: bool) -> Rehearsal:
    good = list(chain.from_iterable(batch.good for batch in batches))
    bad = list(chain.from_iterable(batch.bad for batch in batches))
    masked: Counter[str] = Counter()
    for row in good:
        masked.update(row.pii)
    groups = Counter(row.nps_group for row in good)
    return Rehearsal(
        rows=len(good) + len(bad),
        good=len(good),
        bad=len(bad),
        blank=sum(batch.blank for batch in batches),
        distinct=len({row.fingerprint for row in good}),
        whole=whole,
        masked=masked.most_common(),
        problems=_problems(bad),
        bad_rows=bad[:_CHECKED_ROWS],
        preview=good[:_PREVIEW],
        promoters=groups["promoter"],
        passives=groups["passive"],
        detractors=groups["detractor"],
    )


def _problems(bad: list[BadRow]) -> list[Problem]:
    """The bad rows by column and reason, the most frequent first."""
    found: dict[tuple[str, str], Problem] = {}
    for row in bad:
        problem = found.setdefault((row.column, row.reason), Problem(row.column, row.reason))
        problem.count += 1
        if len(problem.examples) < _EXAMPLES:
            problem.examples.append(row)
    return sorted(found.values(), key=lambda problem: -problem.count)
