"""Words are read whole and in their company, never as pieces of letters."""

from __future__ import annotations

import pytest

from tests.engines.conftest import Hear, Read

NEGATIVE = [
    "Insatisfecho",
    "insatisfecha con todo",
    "Caro",
    "Lento",
    "Malo",
    "tarda",
    "inestable",
    "disconforme",
    "deja mucho que desear",
    "está claro que no les importa",
    "Tigo es mejor",
    "tres días sin servicio",
    "ndoikói",
    "Ivai",
    "hepyeterei",
    "mbegue",
]
POSITIVE = [
    "Excelente",
    "Bien",
    "satisfecho",
    "buenooo",
    "BUENO",
    "mejor que Tigo",
    "el personal es muy amable",
    "sin problemas",
    "ni un corte en dos años",
    "no me puedo quejar",
    "Iporã",
    "iporãiterei",
    "pya'e",
    "aguyje",
    "ndahepýi",
]
NEUTRAL = [
    "mejorar la señal",
    "Claro que sí",
    "vivo en Luque",
    "¿Cuándo llega la fibra a Itá?",
    "buenas tardes",
    "fin de mes",
    "dar la cara",
]


@pytest.mark.parametrize("text", NEGATIVE)
def test_a_complaint_is_heard(read: Read, text: str) -> None:
    assert read(text).sentiment == "negative"


@pytest.mark.parametrize("text", POSITIVE)
def test_praise_is_heard(read: Read, text: str) -> None:
    assert read(text).sentiment == "positive"


@pytest.mark.parametrize("text", NEUTRAL)
def test_the_rules_hear_nothing_in_what_is_neither(hear: Hear, text: str) -> None:
    assert hear(text).whole.sentiment == "neutral"


@pytest.mark.parametrize(
    "text", ["mejorar la señal", "vivo en Luque", "¿Cuándo llega la fibra a Itá?", "buenas tardes"]
)
def test_what_is_neither_stays_neutral(read: Read, text: str) -> None:
    assert read(text).sentiment == "neutral"


@pytest.mark.parametrize("text", ["mejorar la señal", "que mejoren la velocidad", "deberían bajar los precios"])
def test_a_request_leans_to_complaint_and_is_named(read: Read, text: str) -> None:
    verdict = read(text)
    assert verdict.score < 0
    assert "improvement_request" in {theme.code for theme in verdict.themes}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("buenoo", "bueno"),
        ("exelente", "excelente"),
        ("pyae", "pya'e"),
        ("pya’e", "pya'e"),
        ("ipora", "iporã"),
        ("MALISIMO", "malísimo"),
        ("relento", "lento"),
        ("m a l o", ""),
    ],
)
def test_other_spellings_sound_like_the_word_they_mean(read: Read, written: str, meant: str) -> None:
    assert read(written).sentiment == (read(meant).sentiment if meant else "neutral")


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("La atención es mala y además muy cara", "negative"),
        ("me cae bien la gente de la oficina", "positive"),
        ("cortesía ante todo", "positive"),
        ("Cáritas", "neutral"),
        ("ndavy'ái", "negative"),
        ("naivaíri", "positive"),
        ("ni un día ndoikoporãi", "negative"),
        ("re bueno", "positive"),
        ("😡😡", "negative"),
        ("👍", "positive"),
    ],
)
def test_look_alikes_and_inflected_forms_are_told_apart(hear: Hear, text: str, sentiment: str) -> None:
    assert hear(text).whole.sentiment == sentiment
