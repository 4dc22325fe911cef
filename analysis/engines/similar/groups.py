"""Groups of texts that say almost the same: within one, each is alike to each (complete linkage), so none chains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from analysis.engines.similar.alike import alike
from analysis.engines.similar.neighbours import neighbours_of
from analysis.engines.similar.reading import Reading, read

#: In a group of more sayings, a new one is held against the first so many; it bounds what very large groups cost.
MOST_ASKED = 50
#: After so many neighbours that do not belong, a group is complete: they come nearest first.
MOST_REFUSED = 200


@dataclass(slots=True)
class _Saying:
    """The texts that share a reading, as positions, and how many comments have them."""

    reading: Reading
    texts: list[int]
    weight: int


def group_similar(texts: Sequence[str], weights: Sequence[int]) -> list[list[int]]:
    """Groups of positions, the heaviest first; within a group the text written most often comes first.

    Args:
        texts: distinct texts.
        weights: how many comments have each of them.

    The outcome does not depend on the order of the texts. Texts that are like no other are in no group.
    """
    groups = []
    for sayings in _by_turns(texts, weights):
        groups += [
            sorted((text for saying in group for text in saying.texts), key=lambda text: (-weights[text], texts[text]))
            for group in _cliques(sayings)
            if sum(len(saying.texts) for saying in group) > 1
        ]
    weight = [sum(weights[text] for text in group) for group in groups]
    order = sorted(range(len(groups)), key=lambda place: (-weight[place], texts[groups[place][0]]))
    return [groups[place] for place in order]


def _by_turns(texts: Sequence[str], weights: Sequence[int]) -> list[list[_Saying]]:
    """The sayings that could be alike at all, each list sorted by what they say."""
    sayings: dict[Reading, _Saying] = {}
    for place, text in enumerate(texts):
        reading = read(text)
        if reading.key:
            saying = sayings.setdefault(reading, _Saying(reading, [], 0))
            saying.texts.append(place)
            saying.weight += weights[place]
    by_turns = defaultdict(list)
    for saying in sorted(
        sayings.values(), key=lambda each: (each.reading.key, each.reading.mood, each.reading.content)
    ):
        by_turns[saying.reading.turns].append(saying)
    return list(by_turns.values())


def _cliques(sayings: list[_Saying]) -> list[list[_Saying]]:
    """Each saying, from the one with most comments around it, takes those that are alike to all taken before."""
    near = neighbours_of([saying.reading.key for saying in sayings])
    around = near.around(np.array([saying.weight for saying in sayings], float))
    order = np.argsort(-around, kind="stable")
    rank = np.argsort(order, kind="stable")
    free = np.ones(len(sayings), bool)
    found = []
    for at in order.tolist():
        if not free[at]:
            continue
        free[at] = False
        others = near.of(at)
        others = others[free[others]]
        nearest = _nearest_first(sayings, at, others, rank[others])
        group = _group(sayings, at, nearest)
        free[group] = False
        found.append([sayings[each] for each in group])
    return found


def _nearest_first(
    sayings: Sequence[_Saying], at: int, others: NDArray[np.int64], rank: NDArray[np.int64]
) -> list[int]:
    """The others by how nearly they are spelt as the one, then by rank."""
    if not len(others):
        return []
    keys = [sayings[other].reading.key for other in others]
    scores = process.cdist([sayings[at].reading.key], keys, scorer=fuzz.ratio, dtype=np.float32)[0]
    return [int(other) for other in others[np.lexsort((rank, -scores))]]


def _group(sayings: Sequence[_Saying], at: int, others: Sequence[int]) -> list[int]:
    """The one with those of the others that are alike to all in the group, places in order of coming."""
    group, refused = [at], 0
    for other in others:
        if all(alike(sayings[each].reading, sayings[other].reading) for each in group[:MOST_ASKED]):
            group.append(other)
        else:
            refused += 1
            if refused == MOST_REFUSED:
                break
    return group
