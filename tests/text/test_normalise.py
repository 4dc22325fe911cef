"""A text is stored as written, minus what no reader sees; it is compared without case, accents and kinds of puso."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.text.normalise import APOSTROPHES, fold, normalise, squeeze
from analysis.text.tokens import Kind, tokenize

ANY_TEXT = st.text(max_size=200)


@given(ANY_TEXT)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(st.characters(exclude_categories=()), max_size=100))
def test_what_is_stored_is_composed_and_can_be_stored(text: str) -> None:
    stored = normalise(text)
    assert unicodedata.is_normalized("NFC", stored)
    assert "\x00" not in stored
    assert stored.encode("utf-8").decode("utf-8") == stored


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_each_kind_of_puso_is_stored_as_it_was_typed(apostrophe: str) -> None:
    assert normalise(f"pya{apostrophe}e") == f"pya{apostrophe}e"


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_all_kinds_of_puso_are_compared_as_one(apostrophe: str) -> None:
    assert fold(f"Mba{apostrophe}éichapa") == "mba'eichapa"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("  bueno \n", "bueno"),
        ("uno\r\ndos\rtres", "uno\ndos\ntres"),
        ("el\u00a0internet", "el internet"),
        ("bue\u200bno", "bueno"),
        ("\ufeffBuen servicio", "Buen servicio"),
        ("sen\u0303al", "señal"),
        ("a\x00b\x07c", "abc"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\ud800hola", "hola"),
        ("", ""),
    ],
)
def test_only_what_no_reader_sees_is_taken_away(written: str, stored: str) -> None:
    assert normalise(written) == stored


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("SEÑAL", "senal"),
        ("Pésimo", "pesimo"),
        ("g\u0303uahẽ", "guahe"),
        ("Ỹ", "y"),
        ("iporã", "ipora"),
        ("ÑANDÚ", "nandu"),
        ("¡No!", "¡no!"),
    ],
)
def test_folding_takes_off_case_and_accents(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("written", "squeezed"),
    [("buenooo", "bueno"), ("leeento", "lento"), ("llega", "llega"), ("perro", "perro"), ("1000", "1000")],
)
def test_drawn_out_letters_are_squeezed_but_doubles_and_numbers_stay(written: str, squeezed: str) -> None:
    assert squeeze(written) == squeezed


@given(ANY_TEXT)
def test_each_token_is_the_piece_of_text_it_says_it_is(text: str) -> None:
    ends = [0]
    for token in tokenize(text):
        assert text[token.start : token.end] == token.text
        assert token.start >= ends[-1]
        ends.append(token.end)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("pya’e mba'éichapa", [Kind.WORD, Kind.WORD]),
        ("100% bien", [Kind.NUMBER, Kind.WORD]),
        ("@tigo #lento", [Kind.USER, Kind.HASHTAG]),
        ("https://t.co/x?y=1 ya", [Kind.URL, Kind.WORD]),
        ("malo :(", [Kind.WORD, Kind.EMOJI]),
        ("👎🏽👎🏽", [Kind.EMOJI, Kind.EMOJI]),
        ("no, nunca...", [Kind.WORD, Kind.COMMA, Kind.WORD, Kind.STOP]),
        ("Misiones-pe", [Kind.WORD, Kind.WORD]),
        ("hag̃ua", [Kind.WORD]),
    ],
)
def test_tokens_are_of_the_kind_a_reader_sees(text: str, kinds: list[Kind]) -> None:
    assert [token.kind for token in tokenize(text)] == kinds
