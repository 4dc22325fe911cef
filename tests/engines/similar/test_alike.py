"""Two comments are merged when a reader takes them for one remark, and never when one word turns it around."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.engines.similar.alike import alike
from analysis.engines.similar.reading import read

PAIRS = Path(__file__).with_name("data") / "pairs.tsv"
SUBJECTS = ("internet", "señal", "factura", "técnico", "velocidad", "router", "atención", "che internet", "la servicio")
REMARKS = (
    "se corta todos los días",
    "no llega a mi casa",
    "ndoikói ko'ápe",
    "estamos sin servicio desde el lunes",
    "anda bien a la noche",
    "hepyeterei ko mes",
    "tardó 3 días en volver",
)
COMMENTS = st.builds("{} {}".format, st.sampled_from(SUBJECTS), st.sampled_from(REMARKS))
#: Two words of which one says the contrary of the other.
OPPOSITES = (
    ("más", "menos"), ("bien", "mal"), ("antes", "ahora"), ("bueno", "malo"), ("rápido", "lento"), ("caro", "barato"),
    ("mejor", "peor"), ("siempre", "nunca"), ("con", "sin"), ("de día", "de noche"), ("sube", "baja"),
    ("iporã", "ivai"), ("pya'e", "mbegue"), ("ko'ãga", "ymave"), ("3", "4"), ("tres", "cuatro"), ("tigo", "claro"),
)  # fmt: skip
NEGATIONS = ("no", "ni", "nunca", "sin", "jamás", "tampoco", "ndaipóri", "não")


def pairs(verdict: str) -> list[tuple[str, str]]:
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(first, second) for said, first, second in rows if said == verdict]


def merged(first: str, second: str) -> bool:
    return alike(read(first), read(second))


def test_there_are_pairs_of_both_kinds() -> None:
    assert len(pairs("same")) >= 60
    assert len(pairs("other")) >= 60


@pytest.mark.parametrize(("first", "second"), pairs("other"))
def test_what_says_something_else_is_never_merged(first: str, second: str) -> None:
    assert not merged(first, second)


def test_nearly_all_that_say_the_same_are_merged() -> None:
    missed = [pair for pair in pairs("same") if not merged(*pair)]
    recall = 1 - len(missed) / len(pairs("same"))
    assert recall >= 0.95, missed


@given(COMMENTS)
def test_a_comment_is_like_itself_in_capitals_without_accents_and_with_marks(comment: str) -> None:
    plain = comment.translate(str.maketrans("áéíóúñã", "aeiouna"))
    for other in (comment, comment.upper(), plain, f"¡{comment}!!!", f"  {comment} ..."):
        assert merged(comment, other)


@given(COMMENTS, COMMENTS)
def test_being_alike_goes_both_ways(first: str, second: str) -> None:
    assert merged(first, second) == merged(second, first)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_can_be_read_and_compared(first: str, second: str) -> None:
    assert merged(first, first)
    assert merged(first, second) == merged(second, first)


@given(COMMENTS, st.sampled_from(NEGATIONS), st.data())
def test_a_negation_more_is_another_remark_wherever_it_stands(comment: str, negation: str, data: st.DataObject) -> None:
    words = comment.split()
    place = data.draw(st.integers(0, len(words)))
    assert not merged(comment, " ".join([*words[:place], negation, *words[place:]]))


@given(COMMENTS, st.sampled_from(OPPOSITES))
def test_opposites_make_another_remark(comment: str, pair: tuple[str, str]) -> None:
    assert not merged(f"{comment} {pair[0]}", f"{comment} {pair[1]}")


@given(COMMENTS, st.integers(2, 9999), st.integers(2, 9999))
def test_another_number_is_another_remark(comment: str, first: int, second: int) -> None:
    assert merged(f"{comment} {first}", f"{comment} {second}") == (first == second)


@given(COMMENTS, st.data())
def test_a_slip_of_the_pen_in_a_long_word_does_not_part_them(comment: str, data: st.DataObject) -> None:
    long = [word for word in comment.split() if len(word) >= 7 and word.isalpha() and word.isascii()]
    if long:
        word = data.draw(st.sampled_from(long))
        place = data.draw(st.integers(1, len(word) - 2))
        assert merged(comment, comment.replace(word, word[:place] + word[place] + word[place:], 1))


@pytest.mark.parametrize(("first", "second"), [("lento", "cento"), ("bueno", "nuevo"), ("caro", "cara mia"), ("", "x")])
def test_of_one_or_two_words_more_is_asked(first: str, second: str) -> None:
    assert not merged(first, second)
