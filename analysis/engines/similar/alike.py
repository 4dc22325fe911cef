"""Whether two texts say almost the same: the one place that decides, for two readings."""

from __future__ import annotations

from collections import Counter

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from analysis.engines.similar import tables
from analysis.engines.similar.reading import Reading, sound

#: Likeness of the spelling (0 to 100) below which two texts are not looked at any further.
LEAST_LIKENESS = 80
_LEAST_LIKENESS_OF_SHORT = 85
_LEAST_LIKENESS_TURNED = 95
_SHORT = 2
_WORDS_FOR_ONE_MORE = 8
_ONE_SLIP, _TWO_SLIPS = 5, 9
_APART: dict[str, set[str]] = {
    sound(word): {sound(other) for other in others} for word, others in tables.apart().items()
}


def alike(first: Reading, second: Reading) -> bool:
    """Whether a reader would take the two for the same remark.

    The same negations, numbers and sides, in the same order, over the same words; every other word that carries one
    text is in the other, give or take slips of spelling. Only long texts may have a word more. Symmetric.
    """
    if first.turns != second.turns or first.mood * second.mood < 0:
        return False
    if not all(map(same_word, first.denied, second.denied)):
        return False
    if first.key == second.key:
        return True
    if second.key < first.key:
        first, second = second, first
    short = min(len(first.content), len(second.content)) <= _SHORT
    if not (likeness_of_short if short else likeness)(first.key, second.key):
        return False
    return _same_words(first.content, second.content, short=short)


def likeness(first: str, second: str) -> bool:
    """Whether the spellings are alike enough, word for word or in another order."""
    return max(fuzz.ratio(first, second), fuzz.token_sort_ratio(first, second)) >= LEAST_LIKENESS


def likeness_of_short(first: str, second: str) -> bool:
    """The same for one or two words that carry a text, where a letter is soon another word."""
    ordered, sorted_ = fuzz.ratio(first, second), fuzz.token_sort_ratio(first, second)
    return ordered >= _LEAST_LIKENESS_OF_SHORT or sorted_ >= _LEAST_LIKENESS_TURNED


def same_word(first: str, second: str) -> bool:
    """Whether two sounds are one word: equal, or slips apart that its length allows, and no known other word."""
    if first == second:
        return True
    if not first or not second or first[0] != second[0] or second in _APART.get(first, ()):
        return False
    letters = min(len(first), len(second))
    slips = 2 if letters >= _TWO_SLIPS else 1 if letters >= _ONE_SLIP else 0
    return OSA.distance(first, second, score_cutoff=slips) <= slips


def _same_words(first: tuple[str, ...], second: tuple[str, ...], *, short: bool) -> bool:
    left, right = Counter(first) - Counter(second), Counter(second) - Counter(first)
    here, there = sorted(left.elements()), sorted(right.elements())
    if short and len(first) != len(second):
        return "".join(first) == "".join(second) and bool(first)
    _take_matches(here, there)
    if not here or not there:
        return len(here) + len(there) <= max(len(first), len(second)) // _WORDS_FOR_ONE_MORE
    return "".join(here) == "".join(there)  # "por favor" and "porfavor"


def _take_matches(here: list[str], there: list[str]) -> None:
    """Strike the words that are one with a word of the other text."""
    for word in [*here]:
        match = next((other for other in there if same_word(word, other)), None)
        if match is not None:
            here.remove(word)
            there.remove(match)
