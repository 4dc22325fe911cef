"""Negation turns what stands in its reach, and only that."""

from __future__ import annotations

import pytest

from tests.engines.conftest import Hear, Read


@pytest.mark.parametrize(
    ("plain", "negated"),
    [
        ("es bueno", "no es bueno"),
        ("funciona bien", "no funciona bien"),
        ("me gusta", "no me gusta"),
        ("recomiendo", "no recomiendo"),
        ("es rápido", "no es para nada rápido"),
        ("estable", "nada estable"),
        ("estoy conforme", "no estoy conforme"),
        ("avy'a", "ndavy'ái"),
        ("é bom", "não é bom"),
        ("eficiente", "poco eficiente"),
    ],
)
def test_negated_praise_is_a_complaint(read: Read, plain: str, negated: str) -> None:
    assert read(plain).sentiment == "positive"
    assert read(negated).sentiment == "negative"


@pytest.mark.parametrize(
    ("plain", "negated"),
    [
        ("es malo", "no es malo"),
        ("tengo muchos problemas", "sin problemas"),
        ("se corta", "nunca se corta"),
        ("me quejo", "no me quejo"),
        ("es caro", "no es tan caro"),
        ("un corte", "ni un solo corte"),
        ("siempre tuve inconvenientes", "nunca tuve inconvenientes"),
        ("hepy", "ndahepýi"),
        ("sem sinal", "sem problemas"),
    ],
)
def test_negated_complaints_are_praise(read: Read, plain: str, negated: str) -> None:
    assert read(plain).sentiment == "negative"
    assert read(negated).sentiment == "positive"


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("No, muy bueno", "positive"),
        ("no. excelente servicio", "positive"),
        ("no solo es rápido, también es barato", "positive"),
        ("Tampoco es que sea tan malo", "positive"),
        ("no hay nadie que atienda, pésimo", "negative"),
        ("nunca nadie soluciona nada", "negative"),
        ("no contestan ni atienden", "negative"),
    ],
)
def test_the_reach_of_a_negation_ends_where_a_reader_ends_it(read: Read, text: str, sentiment: str) -> None:
    assert read(text).sentiment == sentiment


def test_degrees_strengthen_and_soften(hear: Hear) -> None:
    scores = [hear(text).whole.score for text in ("un poco lento", "lento", "muy lento", "lentísimo")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
