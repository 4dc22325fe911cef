"""Topics are found where there are some, named by their words, and not invented where there is too little."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.engines.similar.factorise import Sparse, factorise
from analysis.engines.similar.topics import LEAST_COMMENTS, MOST_TOPICS, Topic, find_topics

SUBJECTS = {
    "perro": ["ladra", "vereda", "mordió", "correa"],
    "aplicación": ["celular", "contraseña", "actualizar", "pantalla"],
    "poste": ["esquina", "árbol", "municipalidad", "cable suelto"],
}


def planted(each: int, seed: int = 1) -> list[str]:
    """So many comments of each subject, and some of none."""
    rng = random.Random(seed)
    texts = [
        f"{subject} {rng.choice(words)} {rng.choice(words)} {subject[:2]}{number}"
        for subject, words in SUBJECTS.items()
        for number in range(each)
    ]
    return texts + [f"suelta{chr(97 + number)} nomás" for number in range(each // 3)]


def found(texts: list[str], weights: list[int] | None = None) -> list[Topic]:
    topics = find_topics(texts, weights or [1] * len(texts))
    assert topics is not None
    return topics


def test_each_planted_subject_is_a_topic_with_its_word_first() -> None:
    texts = planted(30)
    topics = found(texts)
    assert {topic.words[0] for topic in topics} == {*SUBJECTS}
    for topic in topics:
        assert all(topic.words[0] in texts[place] for place in topic.members)
        assert len(topic.members) >= 28


def test_examples_are_members_and_three_to_five() -> None:
    for topic in found(planted(20)):
        assert {*topic.examples} <= {*topic.members}
        assert 3 <= len(topic.examples) <= 5
        assert len({*topic.examples}) == len(topic.examples)


def test_the_same_texts_give_the_same_topics_in_any_order() -> None:
    texts = planted(25)
    shuffled = [*texts]
    random.Random(5).shuffle(shuffled)
    one = [(topic.words, {texts[place] for place in topic.members}) for topic in found(texts)]
    other = [(topic.words, {shuffled[place] for place in topic.members}) for topic in found(shuffled)]
    assert one == other


@given(st.lists(st.sampled_from(planted(12)), min_size=30, max_size=60, unique=True))
@settings(max_examples=25, deadline=None)
def test_no_text_is_in_two_topics_and_there_are_never_too_many(texts: list[str]) -> None:
    topics = found(texts)
    members = [place for topic in topics for place in topic.members]
    assert len(members) == len(set(members)) <= len(texts)
    assert len(topics) <= MOST_TOPICS


def test_a_text_of_many_customers_weighs_as_much() -> None:
    texts = planted(12)
    heaviest = found(texts, [5 if "poste" in text else 1 for text in texts])[0]
    assert all("poste" in texts[place] for place in heaviest.members)
    assert found(texts)[0].words[0] == "aplicación"


@pytest.mark.parametrize("count", [0, 1, LEAST_COMMENTS - 1])
def test_too_little_text_has_no_topics(count: int) -> None:
    assert find_topics([f"perro ladra {number}" for number in range(count)], [1] * count) is None


def test_texts_without_a_word_that_could_name_a_subject_do_not_count() -> None:
    texts = [f"no me {mark} y ya" for mark in map(chr, range(200, 300))]
    assert find_topics(texts, [1] * len(texts)) is None


def test_texts_that_share_nothing_have_no_topics() -> None:
    texts = [f"palabra{number} otra{number * 7}" for number in range(60)]
    assert found(texts) == []


def test_words_are_written_as_most_people_write_them() -> None:
    texts = [f"la contraseña vencida {n}" for n in range(30)] + [f"la contrasena vencida {n}" for n in range(9)]
    texts += [f"mudanza pendiente {n}" for n in range(45)]
    assert any("contraseña" in word for topic in found(texts) for word in topic.words)


def test_factors_come_near_a_matrix_that_has_them() -> None:
    rng = np.random.default_rng(1)
    weights, parts = rng.random((40, 3)) ** 4, np.kron(np.eye(3), rng.random(8))
    full = (weights @ parts).astype(np.float32)
    rows, columns = np.nonzero(full)
    matrix = Sparse(full.shape, rows, columns, full[rows, columns])
    strength, lengthened = factorise(matrix, 3, seed=1, iterations=30)
    assert (strength >= 0).all()
    assert (lengthened >= 0).all()
    assert np.linalg.norm(full - strength @ lengthened) < 0.2 * np.linalg.norm(full)
    assert np.linalg.norm(lengthened, axis=1) == pytest.approx(1, abs=1e-3)
