"""``POST /analyze`` says which way an answer came, and says no with a reason and a time to come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from analysis.engines.base import THEMES
from analysis.models import AnalysisResult, Budget, Comment, Session
from analysis.processing.drain import drain
from analysis.routing import cache, lines
from analysis.routing.batcher import Batcher
from tests.api.contract import ROOT, Answer, Api
from tests.provider.answers import result_for
from tests.provider.instance import VERSION, Instance, instance_at
from tests.provider.nodes import _key, make_node, make_pool, make_remote_pool, provided  # noqa: F401 - a fixture
from tests.provider.server import Provider
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_key")]

TEXTS = [f"El internet anda mal desde el día {number} y nadie contesta" for number in range(30)]


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    cache.verdicts.forget()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provided(Provider()) as fake:
        yield fake


def analyze(api: Api, texts: list[str], **fields: Any) -> Answer:
    items = [{"id": f"t{place}", "text": text} for place, text in enumerate(texts)]
    return api.post("/analyze", {"items": items, "engine": "llm", "sends_abroad": True} | fields)


def route(answer: Answer) -> str:
    assert answer.status in (200, 202), answer
    return str(answer.headers["X-Analysis-Route"])


def labels_are_the_providers(answer: Answer) -> None:
    for result in answer.json["results"]:
        right = result_for(result["text"], THEMES)
        assert (result["text_sentiment"], result["urgency"]) == (right["sentiment"], right["urgency"])
        assert (result["is_fallback"], result["fallback_reason"]) == (False, "")


class TestARoute:
    def test_is_batch_for_what_a_node_answered(self, api: Api, provider: Provider) -> None:
        answer = analyze(api, TEXTS[:20])
        assert route(answer) == "batch"
        assert [one["id"] for one in answer.json["results"]] == [f"t{place}" for place in range(20)]
        labels_are_the_providers(answer)
        assert provider.ledger.batches == [20]
        assert not Comment.objects.exists()

    def test_is_cache_for_what_was_answered_before_by_any_process(self, api: Api, provider: Provider) -> None:
        first = analyze(api, TEXTS[:2])
        assert route(analyze(api, TEXTS[:2])) == "cache"
        cache.verdicts.forget()  # as in another process
        again = analyze(api, TEXTS[:2])
        assert route(again) == "cache"
        assert again.json == first.json
        assert route(analyze(api, TEXTS[1:3])) == "batch"
        assert provider.ledger.batches == [2, 1]

    def test_is_immediate_for_what_needs_no_node(self, api: Api, provider: Provider) -> None:
        assert route(analyze(api, [".", "..."])) == "immediate"
        assert route(analyze(api, TEXTS[:1], engine="embedded")) == "immediate"
        make_pool(sure_from=0.0)
        assert route(analyze(api, TEXTS[:1], engine="auto")) == "immediate"
        assert provider.ledger.calls == 0

    def test_is_batch_for_another_instance(self, api: Api) -> None:
        instance = Instance()
        with instance_at(instance) as address:
            pool = make_remote_pool(served_version=VERSION)
            make_node(address, "other", pool=pool, is_abroad=False)
            answer = analyze(api, TEXTS[:3], engine="remote", sends_abroad=False)
        assert route(answer) == "batch"
        labels_are_the_providers(answer)
        assert instance.batches == [3]

    @pytest.mark.parametrize("asked", [{"texts": 30}, {"texts": 3, "priority": "low"}], ids=str)
    def test_is_queue_for_many_or_for_what_may_wait(self, api: Api, provider: Provider, asked: dict[str, Any]) -> None:
        texts = TEXTS[: asked.pop("texts")]
        answer = analyze(api, texts, **asked)
        assert (answer.status, route(answer)) == (202, "queue")
        assert int(answer.headers["Retry-After"]) >= 1
        assert api.get(answer.headers["Location"].removeprefix(ROOT)).json["state"] == "queued"
        session = Session.objects.get()
        for _ in range(20):
            drain(session.pk, "tester", seconds=30)
        session.refresh_from_db()
        assert (session.state, session.engine, session.sends_abroad) == ("completed", "llm", True)
        results = AnalysisResult.objects.filter(session=session, is_current=True)
        assert Counter(results.values_list("comment__text", flat=True)) == Counter(texts)
        for result in results.select_related("comment"):
            assert result.text_sentiment == result_for(result.comment.text, THEMES)["sentiment"]
        assert sum(provider.ledger.items.values()) == len(texts)
        job = api.get(answer.headers["Location"].removeprefix(ROOT)).json
        assert job["state"] == "completed"


class TestNo:
    def test_is_said_where_texts_may_not_leave_the_country(self, api: Api, provider: Provider) -> None:
        answer = analyze(api, TEXTS[:2], sends_abroad=False)
        assert (answer.status, answer.code) == (409, "consent_missing")
        assert "sends_abroad" in answer.content.decode()
        assert analyze(api, TEXTS, sends_abroad=False).code == "consent_missing"
        assert provider.ledger.calls == 0
        assert not Session.objects.exists()

    @pytest.mark.parametrize("engine", ["llm", "auto", "remote"])
    def test_is_said_while_nobody_is_set_up(self, api: Api, engine: str) -> None:
        for texts in (TEXTS[:1], TEXTS):
            answer = analyze(api, texts, engine=engine)
            assert (answer.status, answer.code) == (409, "engine_not_set_up")
        assert not Session.objects.exists()

    def test_is_said_while_nobody_answers_and_no_stand_in_will_do(self, api: Api, provider: Provider) -> None:
        provider.is_away = True
        answer = analyze(api, TEXTS[:2], fallback=False)
        assert (answer.status, answer.code) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.json["reason"] in ("server", "open")

    def test_is_not_said_where_a_stand_in_will_do(self, api: Api, provider: Provider) -> None:
        provider.is_away = True
        answer = analyze(api, [*TEXTS[:2], "."])
        assert route(answer) == "immediate"
        marks = {one["id"]: (one["is_fallback"], one["fallback_reason"]) for one in answer.json["results"]}
        assert marks["t2"] == (False, "")
        assert {marks[name][0] for name in ("t0", "t1")} == {True}
        assert {marks[name][1] for name in ("t0", "t1")} <= {"server", "open"}
        again = analyze(api, TEXTS[:2])  # a stand-in is no answer to be kept
        assert all(one["is_fallback"] for one in again.json["results"])

    def test_is_said_when_the_budget_is_used_up(self, api: Api, provider: Provider) -> None:
        Budget.objects.create(scope="day", most=Decimal("0.000001"))
        answer = analyze(api, TEXTS[:2])
        assert (answer.status, answer.code) == (503, "budget_used_up")
        assert int(answer.headers["Retry-After"]) >= 1
        assert provider.ledger.calls == 0
        assert route(analyze(api, ["."])) == "immediate"

    def test_names_the_text_only_to_who_sent_it(self, api: Api, provider: Provider) -> None:
        provider.is_away = True
        assert TEXTS[0].encode() not in analyze(api, TEXTS[:1], fallback=False).content


class TestManyAtOnce:
    @pytest.fixture(autouse=True)
    def _seen_for_long(self, settings: Settings) -> None:
        settings.ENGINE_SEEN_SECONDS = 600.0

    @pytest.fixture
    def server(self, live_server: LiveServer) -> LiveServer:
        """Django's own takes ten connections that wait to be accepted, and resets the others."""
        live_server.thread.httpd.socket.listen(128)
        return live_server

    @pytest.fixture
    def callers(self, analyst: User) -> Api:
        return Api(analyst)

    def test_fifty_times_the_same_costs_one_item(self, server: LiveServer, callers: Api) -> None:
        with provided(Provider(latency=0.5)) as provider:
            bodies = at_once(50, lambda _: post(server, callers, TEXTS[0]))
        assert {status for status, _body in bodies} == {200}
        assert len({str(body["results"]) for _status, body in bodies}) == 1
        assert sum(provider.ledger.items.values()) == 1
        assert provider.ledger.calls == 1

    def test_thirty_texts_of_thirty_callers_share_few_calls(
        self, server: LiveServer, callers: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lines, "Batcher", partial(Batcher, wait_seconds=60.0))
        with provided(Provider()) as provider:
            make_pool(batch_size=5)
            bodies = at_once(30, lambda place: post(server, callers, TEXTS[place]))
        assert provider.ledger.batches == [5] * 6
        for place, (status, body) in enumerate(bodies):
            assert status == 200
            assert body["results"][0]["text"] == TEXTS[place]
            assert body["results"][0]["text_sentiment"] == result_for(TEXTS[place], THEMES)["sentiment"]


def post(server: LiveServer, api: Api, text: str) -> tuple[int, dict[str, Any]]:
    """Over HTTP, with the caller's token."""
    body = {"items": [{"text": text}], "engine": "llm", "sends_abroad": True}
    response = httpx.post(f"{server.url}{ROOT}/analyze", json=body, headers=api.headers, timeout=120)
    return response.status_code, response.json()


def test_the_queue_is_for_those_who_may_write(provider: Provider, analyst: User) -> None:
    narrow = Api(analyst, scopes=("analyze",))
    assert analyze(narrow, TEXTS).code == "scope_missing"
    assert route(analyze(narrow, TEXTS[:1])) == "batch"
