"""Groups are what a reader would sort onto one heap: none twice, none by way of a third, the same in any order."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.engines.similar import groups, neighbours
from analysis.engines.similar.alike import alike
from analysis.engines.similar.groups import group_similar
from analysis.engines.similar.reading import read

HEAP = (
    "se corta todos los dias",
    "se corta todos los días!!",
    "se cortaa todos los dia",
    "se corta todas las noches",
    "no se corta nunca",
    "muy lento el internet",
    "muy lento el intenet",
    "muy rápido el internet",
    "ndoikói internet",
    "ndoikoi la internet",
    "oiko internet",
    "Lento",
    "lentoo",
    "caro",
    "claro",
    "la señal se pierde cuando llueve mucho en mi barrio",
    "la senal se pierde cuando llueve muchoo en mi bario",
    "...",
    "",
    "👏👏",
)
WORDS = ("internet", "intenet", "lento", "lentto", "no", "corta", "cortaa", "siempre", "3", "señal", "buena", "mala")
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), unique=True, max_size=25)


def grouped(texts: list[str], weights: list[int] | None = None) -> list[list[str]]:
    return [[texts[place] for place in group] for group in group_similar(texts, weights or [1] * len(texts))]


def misspelt(count: int) -> list[str]:
    """Distinct comments, most of them with variants that hold a slip."""
    rng = random.Random(3)
    nouns = [f"{a}{b}" for a in ("cable", "poste", "router", "modem", "barrio", "equipo") for b in ("", "ado", "illo")]
    verbs = ("vibra", "parpadea", "cuelga", "reinicia", "apesta", "molesta", "zumba", "calienta")
    found: dict[str, None] = {}
    while len(found) < count:
        text = f"{rng.choice(nouns)} {rng.choice(verbs)} por culpa del {rng.choice(nouns)} y el {rng.choice(nouns)}"
        found[text] = None
        place = rng.randrange(2, len(text) - 2)
        found[text[:place] + text[place] + text[place:]] = None
    return list(found)[:count]


def test_what_is_alike_comes_together_and_what_is_not_stays_out() -> None:
    assert sorted(map(sorted, grouped(list(HEAP)))) == [
        ["Lento", "lentoo"],
        ["la senal se pierde cuando llueve muchoo en mi bario", "la señal se pierde cuando llueve mucho en mi barrio"],
        ["muy lento el intenet", "muy lento el internet"],
        ["ndoikoi la internet", "ndoikói internet"],
        ["se corta todos los dias", "se corta todos los días!!", "se cortaa todos los dia"],
    ]


def test_the_heaviest_group_is_first_and_in_it_the_text_written_most_often() -> None:
    texts = ["muy lento el internet", "muy lento el intenet", "Lento", "lentoo"]
    assert grouped(texts, [1, 2, 3, 1]) == [["Lento", "lentoo"], ["muy lento el intenet", "muy lento el internet"]]


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_texts_does_not_matter(texts: list[str], rng: random.Random) -> None:
    shuffled = [*texts]
    rng.shuffle(shuffled)
    assert grouped(texts) == grouped(shuffled)


@given(TEXTS)
def test_no_text_is_in_two_groups_and_each_is_alike_to_each_in_its_own(texts: list[str]) -> None:
    found = grouped(texts)
    members = [text for group in found for text in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 for group in found)
    for group in found:
        assert all(alike(read(one), read(other)) for one, other in combinations(group, 2))


def test_a_chain_is_cut() -> None:
    first, middle, last = (f"la {word} grande roja" for word in ("canasta", "canastra", "canastrea"))
    assert alike(read(first), read(middle))
    assert alike(read(middle), read(last))
    assert not alike(read(first), read(last))
    assert [len(group) for group in grouped([first, middle, last])] == [2]


def test_minhash_finds_nearly_all_that_comparing_each_with_each_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = misspelt(1500)
    compared = {frozenset(pair) for group in grouped(texts) for pair in combinations(group, 2)}
    monkeypatch.setattr(neighbours, "MOST_COMPARED", 10)
    met = {frozenset(pair) for group in grouped(texts) for pair in combinations(group, 2)}
    assert len(compared) > 300
    assert len(met & compared) / len(compared) >= 0.9


def test_minhash_too_does_not_mind_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "MOST_COMPARED", 10)
    texts = misspelt(400)
    assert grouped(texts) == grouped(texts[::-1])


def test_a_cell_that_all_share_keeps_few_pairs() -> None:
    keys = sorted(
        f"el mismo comentario de siempre sobre lo mismo {a}{b}" for a in "abcdefghij" for b in map(chr, range(97, 123))
    )
    met = neighbours.Met(keys)
    assert max(len(met.of(place)) for place in range(len(keys))) < len(keys)
    assert met.around(np.ones(len(keys))).min() > 1


def test_a_very_large_group_is_held_against_its_first_members_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def count(first: object, second: object) -> bool:
        asked.append(1)
        return True

    monkeypatch.setattr(groups, "alike", count)
    texts = [
        f"el router parpadea siempre igual que ayer {chr(97 + n)}{chr(97 + m)}" for n in range(12) for m in range(20)
    ]
    assert len(grouped(texts)) == 1
    assert len(asked) <= len(texts) * groups.MOST_ASKED
