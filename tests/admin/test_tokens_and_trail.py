"""Tokens are closed here and made elsewhere; the trail of an object is found by its id; replays show no answers."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client

from analysis import access
from analysis.models import ApiToken, AuditEntry, IdempotencyKey, Team
from tests import factories
from tests.admin.conftest import Open


def test_a_token_is_revoked_once_and_written_down(superuser: User, as_user: Open) -> None:
    token = ApiToken.objects.create(user=superuser, name="x", prefix="fc_1", digest="d", scopes=[])
    client = as_user(superuser)
    data = {"action": "revoke", "_selected_action": [str(token.pk)]}
    client.post("/admin/analysis/apitoken/", data)
    token.refresh_from_db()
    first = token.revoked_at
    assert first is not None
    client.post("/admin/analysis/apitoken/", data)
    token.refresh_from_db()
    assert token.revoked_at == first
    assert AuditEntry.objects.filter(action="token.revoke", object_id=str(token.pk)).count() == 1


def test_the_trail_of_an_object_is_found_by_its_id(superuser: User, team: Team, as_user: Open) -> None:
    one, other = factories.make_session(team), factories.make_session(team)
    access.record(superuser, "session.pause", one)
    access.record(superuser, "session.cancel", other)
    client = as_user(superuser)
    found = client.get("/admin/analysis/auditentry/", {"q": str(one.pk).replace("-", "")}).context["cl"].result_list
    assert [each.action for each in found] == ["session.pause"]
    assert not client.get("/admin/analysis/auditentry/", {"q": "pause"}).context["cl"].result_list


def test_the_answer_kept_for_a_replay_is_not_shown(superuser: User, as_user: Open) -> None:
    key = IdempotencyKey.objects.create(
        user=superuser, key="k", request_digest="d", body=b"canario", headers={"x": "canario"}
    )
    client: Client = as_user(superuser)
    for path in ("", f"{key.pk}/change/"):
        assert "canario" not in client.get(f"/admin/analysis/idempotencykey/{path}").content.decode()
