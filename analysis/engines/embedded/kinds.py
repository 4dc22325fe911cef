"""What sort of text it is: does it say anything, did the company write it, whom does it mention."""

from __future__ import annotations

from analysis.engines.embedded.reading import Match, Reading
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


def _is_look_alike(match: Match) -> bool:
    return match.rule.label == _NO_PROVIDER


def competitors(reading: Reading) -> tuple[tuple[str, ...], tuple[tuple[str, int, int], ...]]:
    """Return the other providers a text names, in its order, and where.

    A name hides behind a look-alike that holds it ("vox populi"), but not behind another provider's match, which may
    need it as a neighbour ("tigo y claro").
    """
    chosen = reading.apart("mention")
    hidden = {place for match in chosen if _is_look_alike(match) for place in range(match.start, match.end)}
    named = [match for match in reading.of("mention") if match.rule.is_one_word and match.start not in hidden]
    matches = dict.fromkeys(named + [match for match in chosen if not _is_look_alike(match)])
    names = dict.fromkeys(match.rule.label for match in sorted(matches, key=lambda match: (match.start, match.end)))
    return tuple(names), tuple((match.rule.label, match.start, match.end) for match in matches)
