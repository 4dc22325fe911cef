"""What a model sends back is taken by id or not at all."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.engines.base import THEMES, Item
from analysis.engines.checking import Malformed
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.llm.answers import read_answers, read_verdict
from tests.provider.answers import kept_for, result_for

TEXTS = ["Muy lento el internet", "Iporã la servicio", "No anda hace dos días", "ok", "Caro pero bueno"]
ASKED = {f"{number:x}": text for number, text in enumerate(TEXTS)}


def results(names: list[str]) -> list[dict[str, Any]]:
    return [{"id": name} | result_for(ASKED[name], THEMES) for name in names]


def content(listed: Any) -> str:
    return json.dumps({"results": listed})


@given(
    order=st.permutations(sorted(ASKED)),
    missing=st.sets(st.sampled_from(sorted(ASKED))),
    repeated=st.sets(st.sampled_from(sorted(ASKED))),
    invented=st.lists(st.text(min_size=1).filter(lambda name: name not in ASKED), max_size=3, unique=True),
    seed=st.integers(0, 99),
)
def test_no_order_lack_repetition_or_invention_moves_a_label(
    order: list[str], missing: set[str], repeated: set[str], invented: list[str], seed: int
) -> None:
    listed = results([name for name in order if name not in missing])
    twice = [one | {"sentiment": "mixed"} for one in listed if one["id"] in repeated]
    listed += twice + [{"id": name} | result_for("else", THEMES) for name in invented]
    random.Random(seed).shuffle(listed)

    answers = read_answers(content(listed), ASKED, THEMES)

    assert answers.results.keys() | answers.retry.keys() == ASKED.keys()
    assert answers.results.keys().isdisjoint(answers.retry)
    assert answers.results == {name: kept_for(ASKED[name], THEMES) for name in ASKED.keys() - missing - repeated}
    assert {name for name, why in answers.retry.items() if why == "missing"} == missing
    assert {name for name, why in answers.retry.items() if why == "repeated"} == repeated - missing
    assert answers.invented == len(invented)


@pytest.mark.parametrize("broken", ["", "[]", "null", "{", '{"results": {}}', '{"results": null}', '{"else": []}', "7"])
def test_an_answer_without_a_list_of_results_is_malformed(broken: str) -> None:
    with pytest.raises(Malformed):
        read_answers(broken, ASKED, THEMES)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"sentiment": "great"},
        {"sentiment": None},
        {"score": "high"},
        {"score": True},
        {"confidence": float("nan")},
        {"language": "en"},
        {"themes": []},
        {"themes": [{"code": "weather", "sentiment": "neutral", "confidence": 1}]},
        {"themes": "speed"},
        {"emotions": [{"code": "rage", "intensity": 1}]},
        {"emotions": None},
        {"urgency": "p9"},
        {"churn_risk": ["high"]},
    ],
    ids=str,
)
def test_a_spoilt_result_is_asked_again_and_its_neighbours_are_kept(spoilt: dict[str, Any]) -> None:
    listed = results(["0", "1"])
    listed[0] |= spoilt
    answers = read_answers(content(listed), {name: ASKED[name] for name in "01"}, THEMES)
    assert answers.retry == {"0": "malformed"}
    assert answers.results.keys() == {"1"}


@pytest.mark.parametrize("nonsense", [None, 1, "text", [], {}, {"id": 7}, {"id": None}, {"id": ["0"]}], ids=str)
def test_nonsense_among_the_results_harms_nobody(nonsense: Any) -> None:
    answers = read_answers(content([nonsense, *results(["0"])]), {"0": ASKED["0"]}, THEMES)
    assert (list(answers.results), answers.retry, answers.invented) == (["0"], {}, 1)


def test_numbers_beyond_their_range_are_cut_to_it() -> None:
    listed = [results(["0"])[0] | {"score": -7, "confidence": 12}]
    result = read_answers(content(listed), {"0": ASKED["0"]}, THEMES).results["0"]
    assert (result["score"], result["confidence"]) == (-1.0, 1.0)


class TestMerging:
    @pytest.fixture
    def text(self) -> str:
        return "Muy lento, me paso a Tigo"

    @pytest.fixture
    def merged(self, text: str) -> Any:
        local = EmbeddedEngine().label([Item("0", text)])["0"]
        answered = result_for(text, THEMES) | {"sentiment": "negative", "quote": "lento", "language": "es"}
        result = read_answers(content([{"id": "0"} | answered]), {"0": text}, THEMES).results["0"]
        return read_verdict(local, result, same_text=True)

    def test_the_labels_are_the_models(self, merged: Any, text: str) -> None:
        expected = result_for(text, THEMES)
        assert (merged.sentiment, merged.score) == ("negative", expected["score"])
        assert [theme.code for theme in merged.themes] == [theme["code"] for theme in expected["themes"]]
        assert [one.code for one in merged.emotions] == [one["code"] for one in expected["emotions"]]
        assert (merged.urgency, merged.churn_risk) == (expected["urgency"], expected["churn_risk"])

    def test_what_needs_no_model_is_the_embedded_engines(self, merged: Any) -> None:
        assert merged.competitors == ("tigo",)
        assert merged.guarani_share == 0.0

    def test_the_quote_becomes_a_place_in_the_text(self, merged: Any, text: str) -> None:
        place = merged.evidence[0]
        assert (place.label, text[place.start : place.end]) == ("sentiment:negative", "lento")

    def test_no_evidence_speaks_for_a_label_that_is_not_there(self, merged: Any) -> None:
        labels = {f"theme:{theme.code}" for theme in merged.themes} | {f"emotion:{one.code}" for one in merged.emotions}
        labels |= {"sentiment:negative", f"urgency:{merged.urgency}", f"churn:{merged.churn_risk}", "competitor:tigo"}
        assert {one.label for one in merged.evidence} <= labels
