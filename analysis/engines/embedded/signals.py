"""What the rules found in a text, as named numbers: the model weighs them beside the words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from analysis.engines.base import Language
from analysis.engines.embedded.judgement import Judgement
from analysis.engines.embedded.reading import Reading
from analysis.engines.embedded.tone import Hit
from analysis.engines.embedded.words import QUESTION

_LENGTHS = (1, 2, 3, 5, 8, 13, 21, 34)
_HALF = 0.5
_HIGHEST, _HIGHEST_WEAKER = 4.0, 3.0


class Signal(NamedTuple):
    """A name such as "match theme:speed" and how strongly it holds."""

    name: str
    value: float


def signals(
    reading: Reading, hits: Sequence[Hit], whole: Judgement, language: Language, *, also: Iterable[str] = ()
) -> list[Signal]:
    """Return the signals of a text, each name once; `also` names what else holds."""
    found = list(_tone(whole))
    found += _last_clause(reading, hits)
    found += [Signal(name, 1.0) for name in _seen(reading, hits)]
    found += [Signal(f"words {least}", _HALF) for least in _LENGTHS if len(reading.told) >= least]
    found.append(Signal(f"language {language.value}", 1.0))
    found += [Signal(name, 1.0) for name in also]
    return found


def _tone(whole: Judgement) -> Iterator[Signal]:
    praise, complaint = whole.praise, whole.complaint
    yield Signal(f"rules {whole.sentiment.value}", 1.0)
    yield Signal("score", 2 * whole.score)
    yield Signal("praise", min(praise, _HIGHEST) * _HALF)
    yield Signal("complaint", min(complaint, _HIGHEST) * _HALF)
    yield Signal("weaker side", min(praise, complaint, _HIGHEST_WEAKER))
    yield Signal(f"praise {round(min(praise, _HIGHEST))}", 1.0)
    yield Signal(f"complaint {round(min(complaint, _HIGHEST))}", 1.0)
    sides = round(min(praise, _HIGHEST_WEAKER)), round(min(complaint, _HIGHEST_WEAKER))
    yield Signal(f"praise {sides[0]} complaint {sides[1]}", 1.0)


def _last_clause(reading: Reading, hits: Sequence[Hit]) -> Iterator[Signal]:
    """What is said last is often what is meant."""
    last = reading.clauses[reading.told[-1]] if reading.told else 0
    weights = [hit.weight for hit in hits if reading.clauses[hit.start] == last]
    yield Signal("last praise", min(sum(weight for weight in weights if weight > 0), _HIGHEST_WEAKER) * _HALF)
    yield Signal("last complaint", min(-sum(weight for weight in weights if weight < 0), _HIGHEST_WEAKER) * _HALF)


def _seen(reading: Reading, hits: Sequence[Hit]) -> set[str]:
    seen = {f"{'praise' if hit.weight > 0 else 'complaint'} by {hit.kind}" for hit in hits}
    seen |= {f"feels {hit.emotion}" for hit in hits if hit.emotion}
    seen |= {f"match {table}:{match.rule.label}" for table, matches in reading.matches.items() for match in matches}
    if any(word.key == QUESTION for word in reading.words):
        seen.add("question")
    return seen
