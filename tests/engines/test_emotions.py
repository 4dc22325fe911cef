"""Feelings are those the words name, at most three, the strongest first, in keeping with the sentiment."""

from __future__ import annotations

import pytest

from analysis.engines.base import EMOTIONS
from tests.engines.conftest import Read

ONE_EACH = {
    "joy": "me encanta, estoy feliz",
    "satisfaction": "muy conforme con el servicio",
    "gratitude": "muchas gracias por la ayuda",
    "hope": "ojalá mejoren pronto",
    "surprise": "no lo puedo creer, wow",
    "confusion": "no entiendo por qué",
    "worry": "me preocupa quedarme sin trabajo",
    "frustration": "se corta siempre, estoy cansado de reclamar",
    "anger": "son unos ladrones, qué asco",
    "disappointment": "me decepcionaron",
    "sadness": "qué tristeza",
}


def test_there_is_an_example_of_every_emotion() -> None:
    assert set(ONE_EACH) == set(EMOTIONS)


@pytest.mark.parametrize(("code", "text"), ONE_EACH.items())
def test_every_emotion_is_found(read: Read, code: str, text: str) -> None:
    assert code in {emotion.code for emotion in read(text).emotions}


@pytest.mark.parametrize(
    ("text", "primary"),
    [("son unos ladrones", "anger"), ("muchas gracias", "gratitude"), ("chepochy", "anger"), ("avy'aiterei", "joy")],
)
def test_the_strongest_feeling_comes_first(read: Read, text: str, primary: str) -> None:
    assert read(text).emotions[0].code == primary


def test_there_are_at_most_three_and_they_fall_in_strength(read: Read) -> None:
    verdict = read("Gracias, excelente, me encanta, qué sorpresa, ojalá sigan así, estoy feliz y conforme")
    intensities = [emotion.intensity for emotion in verdict.emotions]
    assert 1 <= len(intensities) <= 3
    assert intensities == sorted(intensities, reverse=True)
    assert all(0 < intensity <= 1 for intensity in intensities)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("no estoy feliz", "joy"),
        ("no me enoja para nada, todo bien", "anger"),
        ("pésimo, gracias por nada", "gratitude"),
    ],
)
def test_a_denied_or_ironic_feeling_is_not_felt(read: Read, text: str, absent: str) -> None:
    assert absent not in {emotion.code for emotion in read(text).emotions}


def test_shouting_makes_a_feeling_stronger_but_not_another_one(read: Read) -> None:
    quiet, loud = read("pésima atención"), read("PÉSIMA ATENCIÓN")
    assert [emotion.code for emotion in loud.emotions] == [emotion.code for emotion in quiet.emotions]
    assert loud.emotions[0].intensity >= quiet.emotions[0].intensity


def test_what_says_nothing_feels_nothing(read: Read) -> None:
    assert read("sin comentarios").emotions == ()
