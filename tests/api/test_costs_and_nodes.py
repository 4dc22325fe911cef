"""``/costs``, ``/nodes`` and ``/cache`` are for operators; a session's costs are its team's. Numbers are the rows'."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from analysis import access
from analysis.insights.costs import Period, costs
from analysis.models import AuditEntry, Budget, ProviderCall, ProviderNode, Role, Session, Team, Usage
from analysis.routing import answers, nodes
from analysis.routing.answers import Kept
from tests.api.contract import Api
from tests.factories import make_user
from tests.provider.nodes import KEY_VARIABLE, make_node, make_pool


@pytest.fixture
def operator(team: Team) -> Api:
    return Api(make_user(team, Role.OPERATOR))


@pytest.fixture(autouse=True)
def node(db: None) -> Iterator[ProviderNode]:
    make_pool()
    yield make_node("https://node.example/v1", checked_at=timezone.now(), check_ms=7.5, cpu=0.5, memory=0.2, weight=2)
    nodes.look_again()


@pytest.fixture
def call(node: ProviderNode, session: Session) -> ProviderCall:
    """The session's, billed."""
    Usage.objects.create(day=timezone.localdate(), engine="llm", session=session, texts=30, cached=10, provided=20)
    return ProviderCall.objects.create(
        node=node, engine="llm", model="m", session=session, session_key=str(session.pk), items=20, tokens_in=900,
        tokens_out=400, reserved=1, cost=Decimal("0.125"), state="settled", day=timezone.localdate(),
        settled_at=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/costs", "/nodes", "/cache"])
def test_is_for_operators_only(path: str, operator: Api, api: Api, viewer: Api, anonymous: Api) -> None:
    assert operator.get(path).status == 200
    assert anonymous.get(path).status == 401
    assert [caller.get(path).code for caller in (api, viewer)] == ["scope_missing"] * 2


class TestCosts:
    def test_are_the_rows_in_every_cut(self, operator: Api, call: ProviderCall, session: Session) -> None:
        told = operator.get("/costs").json
        cost = {"amount": "0.12500000", "currency": "USD"}
        assert told["total"]["cost"] == cost
        assert [one["cost"] for one in told["by_engine"]] == [cost]
        assert [(one["node"], one["cost"]) for one in told["by_node"]] == [("first", cost)]
        assert [(one["session"], one["cost"]) for one in told["by_session"]] == [(str(session.pk), cost)]
        assert sum(Decimal(day["cost"]["amount"]) for day in told["by_day"]) == Decimal("0.125")
        assert len(told["by_day"]) == 30
        assert told["by_day"][-1]["day"] == timezone.localdate().isoformat()

    def test_are_those_of_the_page(self, operator: Api, call: ProviderCall) -> None:
        told, counted = operator.get("/costs").json, costs(Period.last())
        assert Decimal(told["savings"]["cost"]["amount"]) == counted.savings.cost.quantize(Decimal("0.00000001"))
        assert told["savings"]["calls"] == counted.savings.calls
        assert told["ways"]["hit_ratio"] == pytest.approx(1 / 3)

    def test_of_a_period_are_of_its_days(self, operator: Api, call: ProviderCall) -> None:
        today = timezone.localdate()
        told = operator.get("/costs", day__gte=str(today - timedelta(days=2)), day__lt=str(today)).json
        assert (told["total"]["calls"], len(told["by_day"])) == (0, 2)
        assert operator.get("/costs", day__gte=str(today)).json["total"]["calls"] == 1

    def test_tell_the_budgets(self, operator: Api) -> None:
        Budget.objects.create(scope="month", most=Decimal(3))
        day, month, each = operator.get("/costs").json["budgets"]
        assert (day["scope"], day["most"], day["left"]) == ("day", None, None)
        assert month["left"] == {"amount": "3.00000000", "currency": "USD"}
        assert (each["scope"], each["committed"]) == ("session", None)

    @pytest.mark.parametrize(
        "params",
        [
            {"day": "2026-01-01"},
            {"day__gte": "yesterday"},
            {"day__gte": "2026-01-02", "day__lt": "2026-01-02"},
            {"day__gte": "2020-01-01", "day__lt": "2026-01-02"},
        ],
    )
    def test_refuse_what_they_do_not_know(self, operator: Api, params: dict[str, str]) -> None:
        assert operator.get("/costs", **params).status == 400


class TestCostsOfASession:
    def test_are_told_to_its_team_alone(self, viewer: Api, stranger: Api, call: ProviderCall) -> None:
        told = viewer.get(f"/sessions/{call.session_id}/costs").json
        assert told["spend"]["cost"]["amount"] == "0.12500000"
        assert (told["ways"]["cached"], told["ways"]["provided"]) == (10, 20)
        assert told["savings"]["calls"] > 0
        assert stranger.get(f"/sessions/{call.session_id}/costs").status == 404

    def test_are_nothing_for_an_engine_of_this_process(self, viewer: Api, session: Session) -> None:
        told = viewer.get(f"/sessions/{session.pk}/costs").json
        assert (told["spend"]["calls"], told["savings"]["calls"], told["ways"]["hit_ratio"]) == (0, 0, None)


class TestNodes:
    def test_say_how_they_fare_and_nothing_of_their_key(
        self, operator: Api, call: ProviderCall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(KEY_VARIABLE, "s3cr3t-of-the-node")
        answer = operator.get("/nodes")
        [told] = answer.json["nodes"]
        assert (told["name"], told["engine"], told["condition"], told["breaker"]) == ("first", "llm", "well", "closed")
        assert (told["calls_last_hour"], told["share_last_hour"]) == (1, 1.0)
        assert told["effective_weight"] == pytest.approx(2 * 0.5 * 0.8)
        assert KEY_VARIABLE.encode() not in answer.content
        assert b"s3cr3t-of-the-node" not in answer.content

    def test_that_drain_weigh_nothing(self, operator: Api, node: ProviderNode) -> None:
        ProviderNode.objects.update(is_draining=True)
        [told] = operator.get("/nodes").json["nodes"]
        assert (told["condition"], told["effective_weight"]) == ("draining", 0.0)


class TestTheCache:
    @pytest.fixture(autouse=True)
    def _kept(self) -> Iterator[None]:
        answers.forget()
        for label in ("llm-1", "remote-1"):
            answers.keep(label, {"f" * 32: Kept({}, "x", Decimal(0))})
        yield
        answers.forget()

    def test_tells_what_it_holds(self, operator: Api) -> None:
        told = operator.get("/cache").json
        assert (told["is_live"], told["entries"], told["by_version"]) == (True, 2, {"llm-1": 1, "remote-1": 1})
        assert told["kept_days"] == 30

    def test_is_forgotten_with_a_line_in_the_trail(self, operator: Api) -> None:
        assert operator.delete("/cache", params={"engine": "llm"}).json == {"forgotten": 1}
        line = AuditEntry.objects.get(action="answers.forget")
        assert (line.object_type, line.detail) == ("nodepool", {"answers": 1, "engine": "llm"})
        assert operator.delete("/cache").json == {"forgotten": 1}
        assert operator.get("/cache").json["entries"] == 0

    @pytest.mark.parametrize("params", [{"engine": "*"}, {"engine": "embedded"}, {"label": "llm-1"}])
    def test_forgets_nothing_that_was_not_understood(self, operator: Api, params: dict[str, Any]) -> None:
        assert operator.delete("/cache", params=params).status == 400
        assert operator.get("/cache").json["entries"] == 2

    def test_is_not_forgotten_by_a_token_without_the_right(self, team: Team) -> None:
        narrow = Api(make_user(team, Role.OPERATOR, username="narrow"), scopes=(access.READ,))
        assert narrow.delete("/cache").status == 403
