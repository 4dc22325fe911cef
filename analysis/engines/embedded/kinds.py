"""What sort of text it is: does it say anything, did the company write it, whom does it mention."""

from __future__ import annotations

from analysis.engines.embedded.reading import Reading
from analysis.text.tokens import Kind

_REPLY = 2.0
_VOWELS = frozenset("aeiouy")
_NO_PROVIDER = "-"


def is_uninformative(reading: Reading, has_hits: bool) -> bool:
    """Say whether a text says nothing: empty, signs, numbers, "ninguna", "ok", "sin comentarios"."""
    if reading.of("trivial"):
        return True
    if has_hits or reading.of("theme"):
        return False
    words = [word.key for word in reading.words if word.kind in (Kind.WORD, Kind.HASHTAG)]
    return not any(len(word) > 2 and not _VOWELS.isdisjoint(word) for word in words)


def is_company_reply(reading: Reading) -> bool:
    """Say whether a text is an agent's canned answer."""
    return sum(match.rule.weight for match in reading.apart("reply")) >= _REPLY


def competitors(reading: Reading) -> tuple[tuple[str, ...], tuple[tuple[str, int, int], ...]]:
    """Return the other providers a text names, in its order, and where."""
    matches = [match for match in reading.apart("mention") if match.rule.label != _NO_PROVIDER]
    names = dict.fromkeys(match.rule.label for match in matches)
    return tuple(names), tuple((match.rule.label, match.start, match.end) for match in matches)
