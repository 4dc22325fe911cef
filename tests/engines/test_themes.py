"""Each theme is found by what people say of it, with what they think of it."""

from __future__ import annotations

import pytest

from analysis.engines.base import THEMES, Verdict
from tests.engines.conftest import Read

ONE_EACH = {
    "speed": "mi conexión es muy lenta, tarda en descargar",
    "stability": "se corta a cada rato",
    "coverage": "no hay cobertura en mi barrio",
    "price": "la tarifa es muy alta",
    "billing": "me cobraron dos veces la factura",
    "contract": "el contrato tiene letra chica",
    "customer_service": "nadie atiende el teléfono, mala atención",
    "technical_support": "el técnico no vino",
    "installation_equipment": "la instalación del decodificador quedó mal",
    "competitors": "la competencia es mejor",
    "improvement_request": "deberían mejorar",
    "general_satisfaction": "estoy muy conforme con todo",
    "other": "vivo hace mucho en Villarrica",
}


def themes(verdict: Verdict) -> dict[str, str]:
    return {theme.code: theme.sentiment for theme in verdict.themes}


def test_there_is_an_example_of_every_theme() -> None:
    assert set(ONE_EACH) == set(THEMES)


@pytest.mark.parametrize(("code", "text"), ONE_EACH.items())
def test_every_theme_is_found(read: Read, code: str, text: str) -> None:
    assert code in themes(read(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rápido pero caro", {"speed": "positive", "price": "negative"}),
        ("El precio es bueno pero la atención pésima", {"price": "positive", "customer_service": "negative"}),
        ("La señal es mala. La atención excelente.", {"coverage": "negative", "customer_service": "positive"}),
        ("pya'e ha hepy", {"speed": "positive", "price": "negative"}),
        ("la instalación fue rápida", {"installation_equipment": "positive"}),
        ("no se corta nunca", {"stability": "positive"}),
    ],
)
def test_each_theme_has_the_sentiment_of_its_own_words(read: Read, text: str, expected: dict[str, str]) -> None:
    found = themes(read(text))
    assert {code: found.get(code) for code in expected} == expected


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("la instalación fue rápida", "speed"),
        ("El técnico llegó rápido y solucionó", "speed"),
        ("el personal es amable", "competitors"),
        ("no me llega la factura al correo", "coverage"),
        ("está claro que es bueno", "competitors"),
    ],
)
def test_a_word_in_other_company_is_another_theme(read: Read, text: str, absent: str) -> None:
    assert absent not in themes(read(text))


def test_pain_points_name_what_is_complained_of_and_nothing_else(read: Read) -> None:
    assert "speed.slow" in read("no es nada rápido").pain_points
    assert "price.expensive" in read("la atención es buena pero es muy caro").pain_points
    assert read("rápido, barato y estable").pain_points == ()


def test_what_says_nothing_has_no_theme(read: Read) -> None:
    assert read("ninguna").themes == ()
