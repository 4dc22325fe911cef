"""The protocol is kept: codes, ids, threads, and no text that breaks or stalls the engine."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.engines.base import (
    EMOTIONS,
    THEMES,
    ChurnRisk,
    EngineError,
    Item,
    Language,
    Sentiment,
    Urgency,
    Verdict,
)
from analysis.engines.embedded.engine import EmbeddedEngine
from tests.engines.conftest import Read

LONGEST = 5_000
MOST_SECONDS = 20
WORDS = [
    *("no", "sin", "el", "internet", "anda", "muy", "mal", "pero", "claro", "me", "paso", "a", "tigo", "hace", "3"),
    *("dias", "que", "nadie", "ndoikói", "iporã", "?", ".", ",", "😡", "10/10"),
]
ODD = [
    "\u202eodatrevni",
    "🇵🇾🇵🇾🇵🇾",
    "\x01\x02\x1f",
    "مرحبا خدمة سيئة",
    "慢すぎる",
    "a\u0301\u0301\u0301\u0301",
    "'''''''",
    "http://",
    "@@@@",
    "##",
    "\u200d\u200d",
    "ʼʼʼ a ʼ",
    "İİİ ẞ ﬁ",
    "1,2,3.4.5:6%",
]
PATHOLOGICAL = [
    "no " * (LONGEST // 3),
    "a" * LONGEST,
    "ñ'" * (LONGEST // 2),
    ":" * LONGEST,
    ":D" * (LONGEST // 2),
    "sin " * (LONGEST // 4),
    "1." * (LONGEST // 2),
    "hace " * (LONGEST // 5),
    "jajaj" * (LONGEST // 5),
    "(" * LONGEST,
    "excelente sin internet, " * (LONGEST // 24),
    "no me da ni un solo tipo de problema pero " * (LONGEST // 42),
    "https://" + "x" * LONGEST,
    "\u0303" * LONGEST,
    "😡" * LONGEST,
]


def codes_are_known(verdict: Verdict) -> bool:
    return (
        verdict.sentiment in set(Sentiment)
        and verdict.language in set(Language)
        and verdict.urgency in set(Urgency)
        and verdict.churn_risk in set(ChurnRisk)
        and {emotion.code for emotion in verdict.emotions} <= set(EMOTIONS)
        and {theme.code for theme in verdict.themes} <= set(THEMES)
        and {theme.sentiment for theme in verdict.themes} <= set(Sentiment)
        and len({theme.code for theme in verdict.themes}) == len(verdict.themes)
    )


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=30).map(" ".join))
def test_every_code_is_one_of_the_protocol(read: Read, text: str) -> None:
    assert codes_are_known(read(text))


@given(st.lists(st.text(min_size=1, max_size=6), unique=True, max_size=20), st.randoms())
def test_each_item_gets_its_own_verdict_in_whatever_order(
    engine: EmbeddedEngine, ids: list[str], chance: random.Random
) -> None:
    items = [Item(id_, WORDS[place % len(WORDS)]) for place, id_ in enumerate(ids)]
    shuffled = list(items)
    chance.shuffle(shuffled)
    verdicts = engine.label(shuffled)
    assert set(verdicts) == set(ids)
    assert verdicts == engine.label(items)


def test_no_items_give_no_verdicts(engine: EmbeddedEngine) -> None:
    assert engine.label([]) == {}


def test_plain_strings_come_out_and_not_members_of_an_enum(read: Read) -> None:
    verdict = read("muy lento, me paso a Tigo")
    for value in (
        verdict.sentiment,
        verdict.language,
        verdict.urgency,
        verdict.churn_risk,
        verdict.themes[0].sentiment,
    ):
        assert type(value) is str


@pytest.mark.parametrize("text", ODD)
def test_odd_text_gets_a_verdict(read: Read, text: str) -> None:
    assert codes_are_known(read(text))


@pytest.mark.parametrize("text", PATHOLOGICAL, ids=lambda text: text[:12].encode("unicode_escape").decode())
@pytest.mark.timeout(MOST_SECONDS)
def test_no_text_stalls_the_engine(read: Read, text: str) -> None:
    verdict = read(text)
    assert codes_are_known(verdict)
    assert len(verdict.evidence) <= 60


@given(st.lists(st.sampled_from(WORDS), min_size=900, max_size=1_200).map(" ".join))
@pytest.mark.timeout(3 * MOST_SECONDS)
def test_no_mixture_of_the_engines_own_words_stalls_it(read: Read, text: str) -> None:
    assert codes_are_known(read(text))


def test_what_is_no_text_is_a_permanent_error(engine: EmbeddedEngine) -> None:
    with pytest.raises(EngineError) as caught:
        engine.label([Item("1", None)])  # type: ignore[arg-type]
    assert caught.value.permanent


def test_several_threads_get_what_one_gets(engine: EmbeddedEngine) -> None:
    items = [Item(str(number), f"{WORDS[number % len(WORDS)]} lento {number} pero bueno") for number in range(400)]
    expected = EmbeddedEngine().label(items)
    engine._reader.vocabulary._words = {}
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(lambda _: engine.label(items), range(8)))
