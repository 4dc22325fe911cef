"""Contrast, before and now, irony and questions decide what a whole comment says."""

from __future__ import annotations

import pytest

from tests.engines.conftest import Read


@pytest.mark.parametrize(
    "text",
    [
        "Buen servicio pero muy caro",
        "El precio es bueno pero la atención pésima",
        "Excelente velocidad, aunque la atención es mala",
        "iporã pero hepy",
        "La velocidad bien pero a veces se corta",
        "Todo excelente menos el call center",
    ],
)
def test_praise_and_complaint_side_by_side_are_mixed(read: Read, text: str) -> None:
    assert read(text).sentiment == "mixed"


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("antes era bueno, ahora es un desastre", "negative"),
        ("al principio era un desastre pero ahora anda muy bien", "positive"),
        ("antes andaba mejor", "negative"),
    ],
)
def test_what_was_once_weighs_less_than_what_is_now(read: Read, text: str, sentiment: str) -> None:
    assert read(text).sentiment == sentiment


@pytest.mark.parametrize(
    "text",
    [
        "excelente servicio, dos días sin internet",
        "Felicitaciones por el peor servicio del país",
        "Gracias por nada",
        "gracias por dejarme sin internet",
        "Qué maravilla, otra vez sin señal",
        "Excelente servicio, dos días sin internet y contando 👏👏",
        "Rapidísimos para cobrar",
    ],
)
def test_praise_that_runs_into_an_outage_is_meant_the_other_way_round(read: Read, text: str) -> None:
    assert read(text).sentiment == "negative"


def test_praise_of_a_repair_after_an_outage_is_no_irony(read: Read) -> None:
    verdict = read("Excelente, estuve dos días sin internet y me solucionaron todo enseguida, muy buena atención")
    assert verdict.score > 0


def test_a_question_does_not_praise(read: Read) -> None:
    assert read("¿es bueno el servicio?").score < read("es bueno el servicio").score


def test_in_a_contrast_the_later_clause_weighs_more(read: Read) -> None:
    assert read("lento pero barato").score > read("barato pero lento").score
