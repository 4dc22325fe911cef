"""Whom a text names, whether it says anything, and whether the company wrote it."""

from __future__ import annotations

import pytest

from tests.engines.conftest import Read


@pytest.mark.parametrize(
    ("text", "competitors"),
    [
        ("me paso a claro", ("claro",)),
        ("mejor que Claro", ("claro",)),
        ("Tigo y Claro son iguales", ("tigo", "claro")),
        ("internet de claro", ("claro",)),
        ("claro es más barato", ("claro",)),
        ("TIGO", ("tigo",)),
        ("copaco nomás luego", ("copaco",)),
        ("antes tenía vox", ("vox",)),
        ("@TigoParaguay es mejor", ("tigo",)),
        ("claro que sí", ()),
        ("está claro", ()),
        ("esta claro que no sirve", ()),
        ("claro, como siempre", ()),
        ("no me queda claro el contrato", ()),
        ("quiero algo más claro", ()),
        ("la factura no es clara", ()),
        ("Personal es lo mejor", ()),
        ("el personal atiende bien", ()),
        ("prestigio", ()),
        ("vox populi", ()),
    ],
)
def test_competitors_are_named_only_where_they_are_meant(read: Read, text: str, competitors: tuple[str, ...]) -> None:
    assert read(text).competitors == competitors


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", "...", "-", "no", "No.", "NO", "ninguna", "Ninguno", "ok", "nada", "Nada más", "sin comentarios",
        "Sin comentario.", "n/a", "N/A", "no sé", "si", "no tengo nada que decir", "ningún comentario", "x", "123",
        "mba'eve", "nahániri", "por ahora nada", "s/c", "jajaja", "todos", "nenhum", "asdf", "no gracias",
    ],
)  # fmt: skip
def test_what_says_nothing_is_neutral_and_marked(read: Read, text: str) -> None:
    verdict = read(text)
    assert verdict.is_uninformative
    assert (verdict.sentiment, verdict.score) == ("neutral", 0.0)
    assert verdict.confidence > 0.9


@pytest.mark.parametrize(
    "text", ["Caro", "Lento", "Malo", "Excelente", "Bien", "👍", "😡", "no funciona", "vai", "hepy"]
)
def test_a_single_word_may_say_a_lot(read: Read, text: str) -> None:
    verdict = read(text)
    assert not verdict.is_uninformative
    assert verdict.sentiment != "neutral"


@pytest.mark.parametrize(
    "text",
    [
        "Estimado cliente, lamentamos los inconvenientes ocasionados. Quedamos a tu disposición.",
        "Hola María, gracias por comunicarte. Escribinos por mensaje privado con tu número de línea.",
        "¡Hola! Te pedimos disculpas por la demora, nuestro equipo técnico ya está trabajando. Saludos, Personal.",
    ],
)
def test_a_canned_answer_of_the_company_is_no_comment(read: Read, text: str) -> None:
    verdict = read(text)
    assert verdict.is_company_reply
    assert verdict.sentiment == "neutral"
    assert not verdict.is_uninformative


@pytest.mark.parametrize(
    "text",
    [
        "Lamentablemente el servicio es malo, llamé y nadie responde",
        "Me pidieron disculpas por la demora y solucionaron",
        "Hola buenas tardes, no tengo internet",
        "Gracias por la atención",
    ],
)
def test_a_customer_who_writes_politely_is_no_company(read: Read, text: str) -> None:
    assert not read(text).is_company_reply
