"""Runs of letters: where they lie in the table, and that a text's runs are its own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.engines.embedded.findings import RuleReader
from analysis.engines.embedded.runs import LENGTHS, PLACES, runs
from analysis.engines.embedded.words import Word

READER = RuleReader()
TEXTS = st.lists(st.text("abñ ,.😡", max_size=30), min_size=1, max_size=6)


def words_of(text: str) -> list[Word]:
    reading = READER.read(text).reading
    return [reading.words[place] for place in reading.told]


def places_of(texts: list[str]) -> list[list[int]]:
    """The places of the runs of each text, all lengths together, in rising order."""
    found = runs([words_of(text) for text in texts])
    ends = [*found.starts[1:], found.places.shape[1]]
    return [
        sorted(found.places[:, start:end][found.within[:, start:end]].tolist())
        for start, end in zip(found.starts, ends, strict=True)
    ]


def test_a_text_has_a_run_of_each_length_at_each_letter_where_one_fits() -> None:
    (places,) = places_of(["no anda"])
    letters = len(" no anda ")
    assert len(places) == sum(letters - length + 1 for length in LENGTHS)
    assert max(places) < PLACES


def test_runs_reach_over_the_ends_of_words() -> None:
    (one,), (other,) = places_of(["no anda"]), places_of(["anda no"])
    assert one != other


def test_texts_that_differ_in_case_and_accents_have_the_same_runs() -> None:
    (one,), (other,) = places_of(["Atención PÉSIMA"]), places_of(["atencion pesima"])
    assert one == other


@given(TEXTS)
def test_a_text_has_the_same_runs_alone_and_among_others(texts: list[str]) -> None:
    assert places_of(texts) == [places_of([text])[0] for text in texts]


def test_a_text_too_short_for_a_run_has_none_and_is_divided_by_one() -> None:
    found = runs([[], words_of("a")])
    assert not found.within.any()
    assert np.array_equal(found.per_text(), [1, 1])


def test_runs_are_spread_evenly_over_the_table() -> None:
    texts = [f"palabra{number} cosa{number * 7}" for number in range(2000)]
    places = np.concatenate([np.array(own) for own in places_of(texts)])
    eighths = np.bincount(np.unique(places) * 8 // PLACES, minlength=8)
    assert eighths.max() < 1.2 * eighths.min()
