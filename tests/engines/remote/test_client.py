"""Another instance over real HTTP: its labels by id, its troubles told apart, and nothing it says taken unread."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.engines.base import THEMES, Item
from analysis.engines.checking import Malformed
from analysis.engines.provider import Endpoint, Health, ProviderError, Reply, Trouble
from analysis.engines.registry import get_engine
from analysis.engines.remote.answers import read_answers, read_verdict
from analysis.engines.remote.client import RemoteClient
from tests import apart
from tests.provider.instance import VERSION, Instance, analysed, instance_at
from tests.provider.server import KEY

NAMES = tuple((code, code) for code in THEMES)
TEXTS = {"x1": "Muy lento todo", "x2": "Iporã la señal"}
T = TypeVar("T")


def told(
    address: str, what: Callable[[RemoteClient], Awaitable[T]], *, key: str = KEY, timeout: float = 10.0,
    version: str = VERSION,
) -> T:  # fmt: skip
    async def call() -> T:
        client = RemoteClient(Endpoint(address, key, version, timeout))
        try:
            return await what(client)
        finally:
            await client.close()

    return apart.run(call())


def ask(address: str, **how: Any) -> Reply:
    return told(address, lambda client: client.ask(TEXTS, NAMES), **how)


def check(address: str, **how: Any) -> Health:
    return told(address, lambda client: client.check(), **how)


def trouble_of(call: Callable[..., object], address: str, **how: Any) -> Trouble:
    with pytest.raises(ProviderError) as caught:
        call(address, **how)
    return caught.value.trouble


class TestAnAnswer:
    def test_has_the_labels_of_each_text_under_its_own_id(self) -> None:
        instance = Instance()
        with instance_at(instance) as address:
            reply = ask(address + "/")
        assert reply.results.keys() == TEXTS.keys()
        for name, text in TEXTS.items():
            said = analysed(name, text)
            assert reply.results[name]["sentiment"] == said["text_sentiment"]
            assert reply.results[name]["themes"] == said["themes"]
            assert reply.results[name]["evidence"] == said["evidence"]
        assert (reply.retry, reply.invented, reply.tokens_in) == ({}, 0, 0)

    def test_is_never_a_stand_in(self) -> None:
        instance = Instance()
        with instance_at(instance) as address:
            ask(address)
        assert instance.requests[0]["fallback"] is False

    def test_becomes_a_verdict_with_places_for_the_very_same_text_only(self) -> None:
        local = next(iter(get_engine("embedded").label([item("Muy lento todo")]).values()))
        result = read_answers({"results": [analysed("x1", TEXTS["x1"])]}, TEXTS, THEMES).results["x1"]
        here, elsewhere = (read_verdict(local, result, same_text=same) for same in (True, False))
        assert (here.sentiment, here.competitors, here.reasons) == (result["sentiment"], ("tigo",), ("no_service",))
        assert [(one.start, one.end) for one in here.evidence] == [(0, 3)]
        assert elsewhere.evidence == ()
        assert here.is_uninformative == local.is_uninformative


class TestTrouble:
    @pytest.mark.parametrize(
        ("status", "trouble"),
        [
            (429, Trouble.RATE_LIMITED), (500, Trouble.SERVER), (502, Trouble.SERVER), (503, Trouble.SERVER),
            (401, Trouble.NO_ACCESS), (403, Trouble.NO_ACCESS), (404, Trouble.NO_ACCESS), (400, Trouble.REFUSED),
            (413, Trouble.REFUSED), (422, Trouble.REFUSED), (301, Trouble.REFUSED),
        ],
    )  # fmt: skip
    def test_is_told_apart_by_status(self, status: int, trouble: Trouble) -> None:
        with instance_at(Instance(status=status)) as address:
            assert trouble_of(ask, address) is trouble
            assert trouble_of(check, address) is trouble

    @pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("99999", 600.0), ("soon", 0.0), ("-3", 0.0)])
    def test_says_how_long_to_keep_quiet(self, header: str, wait: float) -> None:
        for status in (429, 503):
            instance = Instance(status=status, headers={"Retry-After": header})
            with instance_at(instance) as address, pytest.raises(ProviderError) as caught:
                ask(address)
            assert caught.value.retry_after == wait

    def test_is_a_wrong_key_and_the_key_is_not_told(self) -> None:
        with instance_at(Instance()) as address, pytest.raises(ProviderError) as caught:
            ask(address, key="fc_secret_of_somebody")
        assert caught.value.trouble is Trouble.NO_ACCESS
        assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"

    @pytest.mark.parametrize("key", ["señal", "", "a\n"])
    def test_is_a_key_that_is_none(self, key: str) -> None:
        with instance_at(Instance()) as address:
            assert trouble_of(ask, address, key=key) is Trouble.NO_ACCESS

    def test_is_nobody_at_the_address(self) -> None:
        assert trouble_of(ask, "http://127.0.0.1:9/api/v1") is Trouble.UNREACHABLE

    def test_is_somebody_who_never_answers(self) -> None:
        with instance_at(Instance(silent=True)) as address:
            assert trouble_of(ask, address, timeout=0.3) is Trouble.TIMEOUT

    def test_is_another_version_than_the_one_the_labels_are_filed_under(self) -> None:
        with instance_at(Instance(version="newer")) as address:
            assert trouble_of(ask, address) is Trouble.OTHER_VERSION
            assert ask(address, version="newer").results

    @pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b'"x"', b"{", b"\xff\xfe"])
    def test_is_a_body_that_is_no_object(self, body: bytes) -> None:
        with instance_at(Instance(bodies=dict.fromkeys(["/analyze", "/engines"], body))) as address:
            assert trouble_of(ask, address) is Trouble.MALFORMED
            assert trouble_of(check, address) is Trouble.MALFORMED

    def test_is_an_answer_without_a_list_of_results(self) -> None:
        body = f'{{"engine_version": "{VERSION}", "results": {{}}}}'.encode()
        with instance_at(Instance(bodies={"/analyze": body})) as address:
            assert trouble_of(ask, address) is Trouble.MALFORMED


class TestALook:
    def test_learns_version_and_load(self) -> None:
        with instance_at(Instance(version="v7")) as address:
            assert check(address) == Health(0.25, 0.5, "v7")

    @pytest.mark.parametrize(
        "engines",
        [
            b'{"engines": []}', b'{"engines": null}', b'{"engines": [{"is_default": true}]}', b"{}",
            b'{"engines": [{"is_default": true, "version": null}]}', b'{"engines": [5]}',
            b'{"engines": [{"is_default": true, "version": "%s"}]}' % (b"v" * 81),
        ],
    )  # fmt: skip
    def test_finds_an_instance_without_a_version_of_no_use(self, engines: bytes) -> None:
        with instance_at(Instance(bodies={"/engines": engines})) as address:
            assert trouble_of(check, address) is Trouble.MALFORMED

    @pytest.mark.parametrize("load", [{"cpu": "much"}, {"cpu": math.nan}, {"cpu": None, "memory": [1]}, {}])
    def test_takes_a_load_that_is_no_number_as_not_told(self, load: dict[str, Any]) -> None:
        with instance_at(Instance(load=load)) as address:
            assert check(address) == Health(None, None, VERSION)

    def test_takes_a_load_beyond_all_measure_as_the_whole(self) -> None:
        with instance_at(Instance(load={"cpu": 25, "memory": -1})) as address:
            assert check(address) == Health(1.0, 0.0, VERSION)


def item(text: str) -> Item:
    return Item(id="x1", text=text)


def read(**changes: Any) -> dict[str, Any] | None:
    """The checked result of an otherwise good answer; None where it is named as malformed."""
    answers = read_answers({"results": [analysed("x1", TEXTS["x1"]) | changes]}, {"x1": TEXTS["x1"]}, {*THEMES})
    assert answers.results or answers.retry == {"x1": "malformed"}
    return answers.results.get("x1")


class TestAResult:
    @pytest.mark.parametrize(
        "changes",
        [
            {"text_sentiment": "great"}, {"text_sentiment": None}, {"text_score": "1"}, {"confidence": math.inf},
            {"confidence": True}, {"language": "xx"}, {"guarani_share": None}, {"urgency": "p9"}, {"churn_risk": 1},
            {"themes": None}, {"themes": {"code": "speed"}}, {"themes": ["speed"]},
            {"themes": [{"code": ["speed"], "sentiment": "positive", "confidence": 1}]},
            {"themes": [{"code": "speed", "sentiment": "great", "confidence": 1}]},
            {"emotions": [{"code": "envy of neighbours", "intensity": 1}]}, {"emotions": "joy"}, {"evidence": "x"},
            {"competitors": "tigo"}, {"pain_points": None}, {"reasons": {}}, {"evidence": None},
            {"competitors": ["ti\0go"]},
            {"reasons": ["\ud800"]}, {"text_score": 10**400, "confidence": None},
            {"evidence": [{"label": "a\0", "start": 0, "end": 1}]},
        ],
        ids=str,
    )  # fmt: skip
    def test_with_anything_malformed_is_not_used(self, changes: dict[str, Any]) -> None:
        assert read(**changes) is None

    @pytest.mark.parametrize(
        ("start", "end"), [(-1, 3), (0, len(TEXTS["x1"]) + 1), (5, 2), ("0", 3), (0.0, 3), (None, 3), (True, True)]
    )
    def test_with_a_place_outside_the_text_is_not_used(self, start: Any, end: Any) -> None:
        assert read(evidence=[{"label": "theme:speed", "start": start, "end": end}]) is None

    def test_read_from_another_text_has_no_places(self) -> None:
        result = read(text="Muy lento [TELEFONO]", evidence=[{"label": "x", "start": 0, "end": 99}])
        assert result is not None
        assert result["evidence"] == []

    def test_about_a_theme_that_is_unknown_here_is_about_other(self) -> None:
        foreign = [{"code": code, "sentiment": "negative", "confidence": 0.5} for code in ("gardens", "boats", "speed")]
        result = read(themes=foreign)
        assert result is not None
        assert [theme["code"] for theme in result["themes"]] == ["other", "speed"]

    def test_names_each_emotion_once_and_three_at_most(self) -> None:
        codes = ["anger", "anger", "joy", "sadness", "hope"]
        result = read(emotions=[{"code": code, "intensity": 0.5} for code in codes])
        assert result is not None
        assert [emotion["code"] for emotion in result["emotions"]] == ["anger", "joy", "sadness"]

    def test_has_numbers_within_their_range(self) -> None:
        result = read(text_score=-7, confidence=10**400, guarani_share=-1)
        assert result is not None
        assert (result["score"], result["confidence"], result["guarani_share"]) == (-1.0, 1.0, 0.0)

    def test_that_is_missing_repeated_or_invented_is_named(self) -> None:
        listed = [analysed("x1", "Muy lento todo"), analysed("x1", "Muy lento todo"), analysed("x9", "Otro"), 5, None]
        answers = read_answers({"results": listed}, TEXTS, THEMES)
        assert (answers.results, answers.retry) == ({}, {"x1": "repeated", "x2": "missing"})
        assert answers.invented == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["speed", "anger"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "sentiment", "confidence", "start", "end", "label"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(sorted(analysed("x1", "Muy lento todo"))), JSON, max_size=3))
def test_whatever_is_said_a_result_is_used_whole_or_not_at_all(changes: dict[str, Any]) -> None:
    text = TEXTS["x1"]
    try:
        answers = read_answers({"results": [analysed("x1", text) | changes]}, {"x1": text}, {*THEMES})
    except Malformed:
        pytest.fail("one bad result spoils them all")
    assert answers.results.keys() | answers.retry.keys() == {"x1"}
    for result in answers.results.values():
        local = get_engine("embedded").label([item(text)])["x1"]
        verdict = read_verdict(local, result, same_text=True)
        assert all(0 <= one.start <= one.end <= len(text) for one in verdict.evidence)
        assert {theme.code for theme in verdict.themes} <= {*THEMES}
        assert "\0" not in repr(result)
