"""Nodes show how they fare now and are drained in a click; the ledger is looked at within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from analysis.models import (
    AuditEntry,
    Budget,
    LanguageModel,
    NodePool,
    ProviderCall,
    ProviderNode,
    Spending,
    Team,
)
from analysis.routing import ledger, nodes
from analysis.routing.breaker import FAILURES, Breaker
from tests import factories
from tests.admin.conftest import Open

NODES = "/admin/analysis/providernode/"
CALLS = "/admin/analysis/providercall/"


@pytest.fixture
def client(superuser: User, as_user: Open) -> Client:
    """A superuser's browser, in English."""
    client = as_user(superuser)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def node(db: None) -> Iterator[ProviderNode]:
    model = LanguageModel.objects.create(name="model", price_in=1, price_out=2)
    pool = NodePool.objects.create(engine="llm", model=model)
    yield ProviderNode.objects.create(
        name="first", pool=pool, base_url="https://node.example/v1", checked_at=timezone.now(), check_ms=12, weight=4
    )
    nodes.look_again()


def act(client: Client, action: str, *chosen: ProviderNode) -> str:
    data = {"action": action, "_selected_action": [str(one.pk) for one in chosen]}
    return client.post(NODES, data, follow=True).content.decode()


def call(node: ProviderNode | None, **values: Any) -> ProviderCall:
    fields: dict[str, Any] = {"engine": "llm", "items": 20, "reserved": 1, "cost": Decimal("0.5"), "state": "settled"}
    return ProviderCall.objects.create(node=node, **fields | {"day": timezone.localdate()} | values)


def form_of(node: ProviderNode, **changes: Any) -> dict[str, Any]:
    fields = ("name", "base_url", "key_variable", "weight", "is_enabled", "at_once", "timeout_seconds", "is_abroad")
    return {name: getattr(node, name) for name in fields} | {"pool": node.pool_id} | changes


class TestANode:
    def test_is_drained_and_put_back_with_a_line_each_in_the_trail(self, client: Client, node: ProviderNode) -> None:
        assert "1 node is draining now" in act(client, "drain", node)
        assert ProviderNode.objects.get(pk=node.pk).is_draining
        pool = nodes.pool_of("llm")
        assert pool is not None
        assert pool.nodes[0].is_draining
        assert "0 nodes are draining now" in act(client, "drain", node)
        act(client, "put_back", node)
        assert not ProviderNode.objects.get(pk=node.pk).is_draining
        trail = AuditEntry.objects.filter(object_id=str(node.pk)).order_by("created_at")
        assert list(trail.values_list("action", flat=True)) == ["providernode.drain", "providernode.put_back"]

    def test_is_not_drained_by_staff_who_may_only_look(self, node: ProviderNode, staff: User, as_user: Open) -> None:
        staff.user_permissions.add(Permission.objects.get(codename="view_providernode"))
        assert 'value="drain"' not in act(as_user(staff), "drain", node)
        node.refresh_from_db()
        assert not node.is_draining

    def test_that_is_changed_is_seen_by_the_router_at_once(self, client: Client, node: ProviderNode) -> None:
        assert nodes.pool_of("llm") is not None
        answer = client.post(f"{NODES}{node.pk}/change/", form_of(node, weight=9), follow=True)
        assert answer.redirect_chain
        pool = nodes.pool_of("llm")
        assert pool is not None
        assert pool.nodes[0].weight == 9

    def test_says_when_its_key_is_not_to_be_found_and_never_what_it_is(
        self, client: Client, node: ProviderNode, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        changed = form_of(node, key_variable="PROVIDER_KEY_NOWHERE")
        assert "is not set in this process" in client.post(
            f"{NODES}{node.pk}/change/", changed, follow=True
        ).content.decode()  # fmt: skip
        monkeypatch.setenv("PROVIDER_KEY_NOWHERE", "s3cr3t-of-the-node")
        html = client.post(f"{NODES}{node.pk}/change/", changed | {"weight": 2}, follow=True).content.decode()
        assert "is not set in this process" not in html
        assert "s3cr3t-of-the-node" not in html + client.get(f"{NODES}{node.pk}/change/").content.decode()

    @pytest.mark.parametrize("variable", ["DATABASE_URL", "SECRET_KEY", "provider_key_a", "PROVIDER_KEY_"])
    def test_reads_no_other_variable_of_the_environment(
        self, client: Client, node: ProviderNode, variable: str
    ) -> None:
        answer = client.post(f"{NODES}{node.pk}/change/", form_of(node, key_variable=variable))
        assert "key_variable" in answer.context["adminform"].form.errors

    def test_is_shown_with_its_share_of_the_calls(self, client: Client, node: ProviderNode) -> None:
        other = ProviderNode.objects.create(name="second", pool=node.pool, base_url="https://b.example/v1")
        for place in range(4):
            call(node if place else other)
        old = call(node)
        ProviderCall.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=2))
        html = client.get(NODES).content.decode()
        assert "3 (75\u00a0%)" in html
        assert "1 (25\u00a0%)" in html

    def test_that_does_not_answer_says_why_in_words(self, client: Client, node: ProviderNode) -> None:
        ProviderNode.objects.filter(pk=node.pk).update(check_trouble="no_access")
        html = client.get(NODES).content.decode()
        assert "does not answer: refuses the key" in html

    def test_that_failed_in_a_row_is_left_alone(self, client: Client, node: ProviderNode) -> None:
        for _ in range(FAILURES):
            Breaker(str(node.pk)).failed()
        html = client.get(NODES).content.decode()
        assert "left alone after failures" in html
        assert '<td class="field-breaker">lets no call through</td>' in html

    def test_that_nobody_looked_at_lately_is_not_called_well(self, client: Client, node: ProviderNode) -> None:
        ProviderNode.objects.filter(pk=node.pk).update(checked_at=timezone.now() - timedelta(hours=1))
        assert "not looked at lately" in client.get(NODES).content.decode()


def test_a_pool_of_the_language_model_needs_a_model(client: Client) -> None:
    values = {"engine": "llm", "algorithm": "round_robin", "batch_size": 20, "sure_from": 0.6}
    answer = client.post("/admin/analysis/nodepool/add/", values)
    assert "model" in answer.context["adminform"].form.errors
    client.post("/admin/analysis/nodepool/add/", values | {"engine": "remote"})
    assert NodePool.objects.filter(engine="remote").exists()


class TestTheLedger:
    def test_is_filtered_within_some_days_only(self, client: Client, node: ProviderNode) -> None:
        call(node)
        call(node, trouble="timeout", day=timezone.localdate() - timedelta(days=3))
        assert client.get(f"{CALLS}?state__exact=settled").status_code in {302, 400}
        assert client.get(f"{CALLS}?days=1").context["cl"].result_count == 1
        assert client.get(f"{CALLS}?days=7&trouble=timeout&state__exact=settled").context["cl"].result_count == 1
        assert client.get(f"{CALLS}?days=7&node__id__exact={node.pk}").context["cl"].result_count == 2

    def test_is_searched_by_the_id_of_a_session(self, client: Client, node: ProviderNode, team: Team) -> None:
        session = factories.make_session(team)
        call(node, session=session)
        call(node)
        assert client.get(f"{CALLS}?q={session.pk}").context["cl"].result_count == 1
        assert client.get(f"{CALLS}?q=nonsense").context["cl"].result_count == 0

    def test_names_no_session_of_another_team(self, operator: User, node: ProviderNode, as_user: Open) -> None:
        call(node, session=factories.make_session(factories.make_team("Rival"), name="Rival session"))
        assert "Rival" not in as_user(operator).get(CALLS).content.decode()

    def test_is_written_by_nobody(self, client: Client, node: ProviderNode) -> None:
        line = call(node)
        assert client.post(f"{CALLS}{line.pk}/change/", {"cost": "0"}).status_code == 403
        assert client.get(f"{CALLS}{line.pk}/delete/").status_code == 403


class TestABudget:
    def test_shows_what_is_spent_and_left(self, client: Client) -> None:
        Budget.objects.create(scope="day", most=Decimal(5))
        Budget.objects.create(scope="session", most=Decimal(1))
        Spending.objects.create(scope="day", key=ledger.period_key("day"), committed=Decimal("1.25"))
        Spending.objects.create(scope="day", key="2020-01-01", committed=Decimal(4))
        html = client.get("/admin/analysis/budget/").content.decode()
        assert "1.2500\u00a0USD" in html
        assert "3.7500\u00a0USD" in html

    def test_is_set_by_superusers_with_a_line_in_the_trail(self, client: Client) -> None:
        client.post("/admin/analysis/budget/add/", {"scope": "month", "most": "12.5"})
        budget = Budget.objects.get()
        assert budget.most == Decimal("12.5")
        assert AuditEntry.objects.filter(action="budget.add", object_id=str(budget.pk)).exists()
