"""Personal data leaves as tokens; what only looks like it stays."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.text.pii import KINDS, mask_pii, passes_luhn

MASKED = [
    ("mi cel es 0981 123 456", "mi cel es [phone]"),
    ("0981123456", "[phone]"),
    ("(0981) 123-456 y 0981-123.456", "[phone] y [phone]"),
    ("09 81 12 34 56", "[phone]"),
    ("0 9 8 1 1 2 3 4 5 6", "[phone]"),
    ("+595 981 123456", "[phone]"),
    ("00595 981 123 456 o 595981123456", "[phone] o [phone]"),
    ("desde +54 11 5555-4444", "desde [phone]"),
    ("021 453 789", "[phone]"),
    ("021-453789 y 0336 27 1234", "[phone] y [phone]"),
    ("llamen al 453789", "llamen al [phone]"),
    ("981 123 456", "[phone]"),
    ("CI 4.567.890", "CI [id]"),
    ("ci: 4567890", "ci: [id]"),
    ("c.i. nro 456.789", "c.i. nro [id]"),
    ("cédula de identidad n° 3456789", "cédula de identidad n° [id]"),
    ("RUC 80012345-6", "RUC [id]"),
    ("80012345-6", "[id]"),
    ("1.234.567-8", "[id]"),
    ("soy 4.567.891", "soy [id]"),
    ("soy 4567891", "soy [id]"),
    ("juan.perez@gmail.com", "[email]"),
    ("escriban a JUAN_P+1@X.COM.PY ya", "escriban a [email] ya"),
    ("juan arroba gmail punto com", "[email]"),
    ("juan(at)gmail.com", "[email]"),
    ("4111 1111 1111 1111", "[card]"),
    ("4111-1111-1111-1111", "[card]"),
    ("4111111111111111", "[card]"),
    ("3782 822463 10005", "[card]"),
    ("1234567890123456", "[account]"),
    ("mi cuenta 12345", "mi cuenta [account]"),
    ("contrato N° 998877", "contrato N° [account]"),
    ("cliente nro. 44556", "cliente nro. [account]"),
    ("https://x.com/pagar?token=abc", "[url]"),
    ("http://wa.me/595981123456", "[url]"),
    ("miren www.sitio.com.py/f#acceso", "miren [url]"),
]

WORDS = ["el", "no", "anda", "bien,", "avisen.", "mi", "número", "es", "y", "a", "la", "tarde!", "(gracias)", "ñandú"]
UNITS = ["megas", "mb", "Mbps", "MB", "kbps", "gigas"]

KEPT = [
    "contraté 300 megas y llegan 30",
    "1000000 kbps",
    "pago 150.000 Gs",
    "189.900 por mes",
    "189900 gs mensuales",
    "Gs. 1.234.567",
    "₲250000",
    "me cobraron 325500",
    "1.500.000",
    "USD 1234567",
    "el 15/01/2024 a las 18:30",
    "2024-01-15 10:20:30",
    "20240115",
    "desde 2019 hasta 2021",
    "cliente desde 2015",
    "cliente hace 10 años",
    "nota 9/10",
    "10 9 8 7 6 5 10 9 8 7",
    "le doy un 0",
    "linea 300 megas",
    "192.168.100.1",
    "www.personal.com.py",
    "seguime @personalpy",
    "llame al *111",
    "de 8 a 17 hs de lunes a viernes",
    "velocidad 940,5 Mbps",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask_pii(text)[0] == masked


@pytest.mark.parametrize("text", KEPT)
def test_speeds_prices_dates_and_ratings_stay(text: str) -> None:
    assert mask_pii(text) == (text, {})


def test_every_kind_is_counted() -> None:
    text = "0981123456, 021453789, ci 4567890, a@b.py, cuenta 12345, 4111111111111111, http://x.py/?k=1"
    assert mask_pii(text)[1] == {"phone": 2, "id": 1, "email": 1, "account": 1, "card": 1, "url": 1}
    assert set(mask_pii(text)[1]) == set(KINDS)


@pytest.mark.parametrize(("number", "valid"), [("4111111111111111", True), ("4111111111111112", False)])
def test_the_check_digit_of_a_card_is_computed(number: str, valid: bool) -> None:
    assert passes_luhn(number) is valid


words = st.lists(
    st.sampled_from(WORDS),
    max_size=6,
).map(" ".join)


@st.composite
def phones(draw: st.DrawFn) -> str:
    """A Paraguayan mobile or Asunción number as people write it."""
    gap = draw(st.sampled_from(["", " ", "-", "."]))
    subscriber = str(draw(st.integers(100_000, 999_999)))
    tail = f"{subscriber[:3]}{gap}{subscriber[3:]}"
    if draw(st.booleans()):
        mobile = f"9{draw(st.integers(61, 99))}{gap}{tail}"
        return draw(st.sampled_from(["0", "+595 ", "+595", "595", "00595"])) + mobile
    return f"021{gap}{tail}"


@given(before=words, phone=phones(), after=words)
def test_no_telephone_number_is_left(before: str, phone: str, after: str) -> None:
    masked, found = mask_pii(f"{before} {phone} {after}")
    assert not re.search(r"\d", masked)
    assert found == {"phone": 1}


@given(before=words, number=st.integers(300_000, 9_999_999), dotted=st.booleans(), after=words)
def test_no_identity_number_behind_its_name_is_left(before: str, number: int, dotted: bool, after: str) -> None:
    written = f"{number:,}".replace(",", ".") if dotted else str(number)
    masked, found = mask_pii(f"{before} CI {written} {after}")
    assert not re.search(r"\d", masked)
    assert found == {"id": 1}


@given(number=st.integers(10**14, 10**15 - 1), gap=st.sampled_from(["", " ", "-"]))
def test_card_numbers_are_told_by_their_check_digit(number: int, gap: str) -> None:
    digits = next(f"{number}{last}" for last in range(10) if passes_luhn(f"{number}{last}"))
    written = gap.join(digits[start : start + 4] for start in range(0, 16, 4))
    assert mask_pii(f"mi tarjeta {written} vencida") == ("mi tarjeta [card] vencida", {"card": 1})


@given(before=words, amount=st.integers(1, 99_999_999), dotted=st.booleans(), after=words)
@pytest.mark.parametrize("shape", ["Gs {}", "{} Gs", "Gs. {}", "₲{}", "{} guaraníes", "pago {} por mes", "USD {}"])
def test_a_price_with_its_currency_is_never_masked(
    shape: str, before: str, amount: int, dotted: bool, after: str
) -> None:
    written = f"{amount:,}".replace(",", ".") if dotted else str(amount)
    text = f"{before} {shape.format(written)} {after}"
    assert mask_pii(text) == (text, {})


@given(before=words, speed=st.integers(1, 1_000_000), unit=st.sampled_from(UNITS))
def test_a_speed_is_never_masked(before: str, speed: int, unit: str) -> None:
    text = f"{before} {speed} {unit}"
    assert mask_pii(text) == (text, {})


@given(
    day=st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1)),
    shape=st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y", "%Y%m%d"]),
)
def test_a_date_is_never_masked(day: dt.date, shape: str) -> None:
    text = f"desde el {day:{shape}} sin servicio"
    assert mask_pii(text) == (text, {})


@given(st.text(alphabet="0123456789 .,-+()/@:abcñé\n", max_size=80))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    masked, _ = mask_pii(text)
    assert mask_pii(masked) == (masked, {})


@given(st.text(max_size=200))
def test_a_text_changes_only_where_something_is_counted(text: str) -> None:
    masked, found = mask_pii(text)
    assert (masked == text) == (not found)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece", ["0 ", "9.", "a.", "@a", "1-", "ci ", "ci:", "http://", "a arroba ", "((", "cuenta : ", "+1 ", "12345678 "]
)
def test_a_hostile_text_of_full_length_does_not_hang(piece: str) -> None:
    text = piece * (10_000 // len(piece))
    assert len(mask_pii(text)[0]) <= len(text)
