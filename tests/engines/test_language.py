"""Spanish, Guarani, their mixture, Portuguese and the rest."""

from __future__ import annotations

import pytest

from tests.engines.conftest import Read


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("El servicio es bueno", "es"),
        ("Lento", "es"),
        ("está caro nomás luego", "es"),
        ("che, mejoren la señal", "es"),
        ("Amo este servicio", "es"),
        ("Iporãiterei", "gn"),
        ("Hepy ha mbegue", "gn"),
        ("Ndaikatúi amba'apo ko'ápe", "gn"),
        ("Ndaikatui ambaapo koape", "gn"),
        ("Oñembotavy hikuái", "gn"),
        ("La internet ndoikói che barriope", "jopara"),
        ("El técnico ou pya'e ha omyatyrõ", "jopara"),
        ("iporã la servicio", "jopara"),
        ("Muito bom, recomendo", "pt"),
        ("não funciona", "pt"),
        ("péssimo atendimento", "pt"),
        ("ligaram e resolveram", "pt"),
        ("conexão estável", "pt"),
        ("já é a terceira vez", "pt"),
        ("chegou no horário", "pt"),
        ("só promessa", "pt"),
        ("cumpre o que promete", "pt"),
        ("o suporte demora", "pt"),
        ("esperava velocidade", "pt"),
        ("Enhorabuena, señor", "es"),
        ("The service is very slow", "other"),
        ("Очень медленно", "other"),
        ("...", "other"),
        ("👍", "other"),
    ],
)
def test_the_language_of_a_comment_is_known(read: Read, text: str, language: str) -> None:
    assert read(text).language == language


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("El servicio es bueno", 0.0, 0.0), ("Hepy ha mbegue", 1.0, 1.0), ("La internet ndoikói che barriope", 0.3, 0.8)],
)
def test_the_share_of_guarani_is_a_number(read: Read, text: str, low: float, high: float) -> None:
    assert low <= read(text).guarani_share <= high


def test_the_puso_and_the_tildes_may_be_left_out(read: Read) -> None:
    assert read("mba’éichapa ikatu ahepyme'ẽ").language == read("mbaeichapa ikatu ahepymee").language == "gn"


@pytest.mark.parametrize("text", ["Messi", "lo dijo Pereira", "nivel estable", "ciudad", "seis", "hasta luego"])
def test_spanish_that_looks_a_little_like_portuguese_is_spanish(read: Read, text: str) -> None:
    assert read(text).language == "es"
