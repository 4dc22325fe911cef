"""The pages "Costs" and "Nodes and cache": the numbers of the rows, for staff who may see them and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from analysis.insights.costs import Period, costs
from analysis.models import AuditEntry, NodePool, ProviderNode, Session, Team
from analysis.routing import answers, nodes
from analysis.routing.answers import Kept
from analysis.web import figures
from tests import factories
from tests.admin.conftest import Open
from tests.spending import busy_month

COSTS, NODES, FORGET = "/admin/operations/costs/", "/admin/operations/nodes/", "/admin/operations/nodes/forget/"
PERMISSIONS = {COSTS: "view_providercall", NODES: "view_providernode"}


@pytest.fixture
def client(superuser: User, as_user: Open) -> Client:
    """A superuser's browser, in English."""
    client = as_user(superuser)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def month(team: Team) -> Iterator[list[Session]]:
    yield busy_month(team)
    nodes.look_again()


@pytest.mark.parametrize("address", [COSTS, NODES])
class TestEitherPage:
    def test_does_not_exist_for_others(self, address: str, staff: User, team: Team, as_user: Open) -> None:
        assert Client().get(address).status_code == 404
        assert as_user(factories.make_user(team)).get(address).status_code == 404
        assert as_user(staff).get(address).status_code == 404

    def test_opens_for_staff_with_the_permission(self, address: str, staff: User, as_user: Open) -> None:
        staff.user_permissions.add(Permission.objects.get(codename=PERMISSIONS[address]))
        client = as_user(staff)
        assert client.get(address).status_code == 200
        assert address in client.get("/admin/").content.decode()

    def test_opens_before_anything_is_set_up(self, address: str, client: Client) -> None:
        assert client.get(address).status_code == 200

    def test_takes_no_change(self, address: str, client: Client) -> None:
        assert client.post(address).status_code == 405

    def test_asks_as_often_for_many_as_for_few(self, address: str, client: Client, team: Team) -> None:
        seen = []
        for _round in range(2):
            busy_month(team, sessions=2 + 4 * _round)
            client.get(address)
            with CaptureQueriesContext(connection) as counted:
                client.get(address)
            seen.append(len(counted))
        assert seen[0] == seen[1] <= 16


class TestCosts:
    def test_are_the_sums_of_the_rows(self, client: Client, month: list[Session]) -> None:
        html, told = client.get(COSTS).content.decode(), costs(Period.last())
        amounts = [told.spend.cost, told.savings.cost, told.savings.baseline_cost]
        amounts += [spend.cost for _key, spend in [*told.engines, *told.nodes, *told.sessions]]
        with translation.override("en"):
            assert [amount for amount in amounts if figures.money(amount) not in html] == []

    def test_are_of_the_days_that_were_asked_for(self, client: Client, month: list[Session]) -> None:
        answer = client.get(f"{COSTS}?days=7")
        assert answer.context["told"].spend == costs(Period.last(7)).spend
        assert len(answer.context["by_day"]) == 7
        assert client.get(f"{COSTS}?days=100000").context["days"] == 30

    def test_name_sessions_that_wait_for_money(self, client: Client, team: Team) -> None:
        waiting = factories.make_session(team, name="Waiting one")
        Session.objects.filter(pk=waiting.pk).update(state="paused", pause_reason="budget_month")
        html = client.get(COSTS).content.decode()
        assert "Waiting one" in html
        assert "The budget of the month is used up." in html

    def test_name_no_session_of_another_team(self, operator: User, as_user: Open) -> None:
        busy_month(factories.make_team("Rival"), name="Rival session")
        html = as_user(operator).get(COSTS).content.decode()
        assert "Rival" not in html
        assert str(Session.objects.latest("created_at").pk) in html


class TestNodes:
    def test_are_shown_with_what_is_wrong_with_them(self, client: Client, month: list[Session]) -> None:
        ProviderNode.objects.filter(name="second").update(check_trouble="unreachable")
        html = client.get(NODES).content.decode()
        assert "does not answer" in html
        assert "cannot be reached" in html

    def test_that_all_get_no_calls_are_an_error(self, client: Client, month: list[Session]) -> None:
        assert "No node of this pool gets calls" not in client.get(NODES).content.decode()
        ProviderNode.objects.update(is_draining=True)
        assert "No node of this pool gets calls" in client.get(NODES).content.decode()


class TestTheCache:
    @pytest.fixture(autouse=True)
    def _kept(self) -> Iterator[None]:
        answers.forget()
        answers.keep("llm-1", {"a" * 32: Kept({}, "x", Decimal(0)), "b" * 32: Kept({}, "x", Decimal(0))})
        answers.keep("remote-1", {"a" * 32: Kept({}, "x", Decimal(0))})
        yield
        answers.forget()

    def test_is_forgotten_by_a_superuser_who_was_asked_first(self, client: Client, month: list[Session]) -> None:
        assert FORGET in client.get(NODES).content.decode()
        assert "3 answers are kept" in client.get(FORGET).content.decode()
        html = client.post(FORGET, {"engine": "llm"}, follow=True).content.decode()
        assert "2 answers were forgotten" in html
        line = AuditEntry.objects.get(action="answers.forget")
        assert line.object_id == str(NodePool.objects.get().pk)
        assert "1 answer was forgotten" in client.post(FORGET, {"engine": ""}, follow=True).content.decode()

    def test_is_not_forgotten_by_other_staff(self, operator: User, as_user: Open) -> None:
        client = as_user(operator)
        assert FORGET not in client.get(NODES).content.decode()
        assert client.get(FORGET).status_code == 403
        assert client.post(FORGET, {"engine": ""}).status_code == 403

    def test_is_not_forgotten_for_an_engine_that_there_is_not(self, client: Client) -> None:
        assert client.post(FORGET, {"engine": "*"}).status_code == 403

    def test_page_opens_while_redis_is_away(self, client: Client, settings: Any) -> None:
        settings.REDIS_CACHE_URL = "redis://127.0.0.1:9/0"
        assert "Redis does not answer" in client.get(NODES).content.decode()
