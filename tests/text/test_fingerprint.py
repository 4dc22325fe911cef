"""Texts that mean the same share a fingerprint; texts that do not, never."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.text.fingerprint import fingerprint, fold_for_fingerprint

SAME = [
    ("Muy lento", "MUY   LENTO"),
    ("muy lento.", "¡Muy lento!"),
    ("no funciona", "No funciona..."),
    ("bueno, pero caro", "bueno pero caro"),
    ("...", "?!"),
    (".", ""),
    ("ñe'ẽ porã", "Ñe’ẽ porã"),
    ("«excelente»", '"excelente"'),
    ("bien :)", "bien :-)"),
    ("ÑANDÚ", "ñandú"),
    ("❤️", "❤"),
]

DIFFERENT = [
    ("no funciona", "funciona"),
    ("no, funciona bien", "no funciona bien"),
    ("No.\nFunciona bien", "No funciona bien"),
    ("nunca anda", "anda"),
    ("sin problemas", "problemas"),
    ("100", "10"),
    ("9,5", "95"),
    ("10 cortes", "1 0 cortes"),
    ("👍", "👎"),
    ("bien :)", "bien :("),
    ("ok", "ok :("),
    (":)", "."),
    ("😀", "😡"),
    ("si", "sí"),
    ("lentoooo", "lento"),
    ("hã", "ha"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_case_space_and_punctuation_are_folded(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_may_change_the_meaning_is_not_folded(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_it_is_128_bits_in_hexadecimal() -> None:
    assert len(bytes.fromhex(fingerprint("hola"))) == 16


word = st.text(alphabet="abcdefghiklopqruvwyzáéíóúñãẽĩõũỹ", min_size=1, max_size=8)
sentence = st.lists(word, min_size=1, max_size=8)
noise = st.sampled_from([" ", "  ", ", ", "... ", " - ", "! ", "\t", " ¡", ". "])


@given(st.lists(st.tuples(word, st.booleans(), noise), min_size=1, max_size=8))
def test_any_case_space_and_punctuation_give_one_fingerprint(parts: list[tuple[str, bool, str]]) -> None:
    noisy = "".join((text.upper() if loud else text) + gap for text, loud, gap in parts)
    assert fingerprint(noisy) == fingerprint(" ".join(text for text, _, _ in parts))


@given(sentence, st.sampled_from(["no", "nunca", "tampoco", "sin", "ndaipóri"]), st.data())
def test_a_negation_is_never_folded_away(words: list[str], negation: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(words)))
    negated = [*words[:place], negation, *words[place:]]
    assert fingerprint(" ".join(negated)) != fingerprint(" ".join(words))


@given(sentence, st.integers(0, 10**9), st.integers(0, 10**9))
def test_digits_are_never_folded_away(words: list[str], one: int, other: int) -> None:
    assume(one != other)
    assert fingerprint(f"{' '.join(words)} {one}") != fingerprint(f"{' '.join(words)} {other}")


@given(st.text(max_size=100))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    folded = fold_for_fingerprint(text)
    assert fold_for_fingerprint(folded) == folded
