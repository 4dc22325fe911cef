"""A caller is a token or a logged-in person, and may do what both the token and its owner may."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from cachetools import TTLCache
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from analysis import access, tokens
from analysis.api.views import ApiView
from analysis.models import ApiToken, AuditEntry, Membership, Role, Team
from tests.api.contract import Api
from tests.factories import make_team, make_user


def with_header(value: str) -> Api:
    api = Api()
    api.headers["Authorization"] = value
    return api


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> TTLCache[str, ApiToken]:
    """Tokens are remembered as in production, but for as long as the test lasts."""
    memory: TTLCache[str, ApiToken] = TTLCache(10, 600)
    monkeypatch.setattr(tokens, "_seen", memory)
    return memory


class TestRememberedToken:
    def test_is_looked_up_once(
        self, api: Api, remembered: TTLCache[str, ApiToken], django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        api.get("/usage")
        assert [*remembered] == [tokens.digest(api.secret)]
        with django_assert_num_queries(0):
            assert tokens.verify(api.secret).user == api.user

    @pytest.mark.usefixtures("remembered")
    def test_still_ends_in_time(self, api: Api) -> None:
        ApiToken.objects.update(expires_at=timezone.now() + timedelta(seconds=30))
        assert api.get("/usage").status == 200
        with mock.patch("analysis.tokens.timezone.now", return_value=timezone.now() + timedelta(seconds=31)):
            assert api.get("/usage").code == "token_expired"

    @pytest.mark.usefixtures("remembered")
    def test_is_closed_at_once_where_it_is_revoked(self, api: Api) -> None:
        assert api.get("/usage").status == 200
        token = ApiToken.objects.select_related("user").get(digest=tokens.digest(api.secret))
        tokens.revoke_token(token=token, actor=token.user)
        assert api.get("/usage").code == "token_revoked"

    def test_is_forgotten_within_the_second_elsewhere(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        now = 0.0
        monkeypatch.setattr(tokens, "_seen", TTLCache(10, 1.0, timer=lambda: now))
        assert api.get("/usage").status == 200
        ApiToken.objects.update(revoked_at=timezone.now())
        now = 0.9
        assert api.get("/usage").status == 200
        now = 1.0
        assert api.get("/usage").code == "token_revoked"

    def test_that_opens_nothing_is_not_remembered(self, api: Api, remembered: TTLCache[str, ApiToken]) -> None:
        assert with_header("Bearer fc_wrong").get("/usage").code == "token_unknown"
        assert not remembered


class TestToken:
    def test_is_kept_as_a_hash_only(self, api: Api) -> None:
        kept = ApiToken.objects.get(user=api.user)
        assert kept.digest == tokens.digest(api.secret)
        assert api.secret not in str(ApiToken.objects.values().get(pk=kept.pk))
        assert api.secret.startswith(kept.prefix)

    @pytest.mark.parametrize(
        "header", ["Bearer", "Bearer ", "Bearer fc_wrong", "Bearer wrong", "Bearer fc_ñandú", "bearer fc_" + "x" * 500]
    )
    @pytest.mark.django_db
    def test_that_is_none_is_refused(self, header: str) -> None:
        answer = with_header(header).get("/sessions")
        assert (answer.status, answer.code) == (401, "token_unknown")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    def test_that_expired_or_was_revoked_is_refused(self, api: Api) -> None:
        ApiToken.objects.update(expires_at=timezone.now())
        assert api.get("/sessions").code == "token_expired"
        ApiToken.objects.update(expires_at=None, revoked_at=timezone.now())
        assert api.get("/sessions").code == "token_revoked"

    def test_of_somebody_who_left_is_refused(self, api: Api, analyst: User) -> None:
        User.objects.filter(pk=analyst.pk).update(is_active=False)
        assert api.get("/sessions").code == "token_unknown"

    def test_loses_the_rights_that_its_owner_loses(self, api: Api, analyst: User) -> None:
        Membership.objects.filter(user=analyst).update(role=Role.VIEWER)
        assert api.post("/sessions", {"name": "x"}).code == "scope_missing"
        Membership.objects.filter(user=analyst).delete()
        assert api.get("/sessions").code == "scope_missing"

    def test_has_only_the_scopes_it_was_given(self, analyst: User) -> None:
        api = Api(analyst, scopes=(access.ANALYZE,))
        assert api.post("/analyze", {"items": [{"text": "Muy lento"}]}).status == 200
        assert api.get("/sessions").json["scope"] == access.READ

    def test_notes_its_use_once_a_minute(self, api: Api, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        api.get("/engines")
        first = ApiToken.objects.get(user=api.user).last_used_at
        assert first is not None
        with django_assert_num_queries(2):  # the token with its owner and team, what was asked for, and no write
            api.get("/tokens")
        ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
        api.get("/engines")
        assert (ApiToken.objects.get(user=api.user).last_used_at or first) > first


class TestPerson:
    def test_who_is_logged_in_may_ask(self, team: Team, analyst: User) -> None:
        client = Client()
        client.force_login(analyst)
        assert client.get("/api/v1/sessions").status_code == 200

    def test_needs_the_csrf_token_for_a_change(self, analyst: User) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(analyst)
        refused = client.post("/api/v1/sessions", {"name": "x"}, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")

    @pytest.mark.django_db
    def test_without_a_team_sees_and_makes_nothing(self) -> None:
        outsider = Api(make_user(None, superuser=True))
        assert outsider.get("/sessions").json["results"] == []
        assert outsider.post("/sessions", {"name": "x"}).code == "no_team"


class TestOwnTokens:
    def test_the_secret_is_shown_once(self, api: Api) -> None:
        made = api.post("/tokens", {"name": "carga", "scopes": ["sessions:read"]})
        assert made.status == 201
        again = api.send("GET", made.headers["Location"])
        assert again.status == 200
        assert "token" not in again.json
        assert with_header(f"Bearer {made.json['token']}").get("/sessions").status == 200

    def test_cannot_have_more_than_their_creator(self, analyst: User) -> None:
        weak = Api(analyst, scopes=(access.TOKENS, access.READ))
        refused = weak.post("/tokens", {"name": "x", "scopes": ["sessions:write", "sessions:read"]})
        assert (refused.status, refused.json["scopes"]) == (403, ["sessions:write"])
        assert weak.post("/tokens", {"name": "x", "scopes": ["sessions:read"]}).status == 201

    def test_are_revoked_for_good(self, api: Api) -> None:
        made = api.post("/tokens", {"name": "x", "scopes": ["sessions:read"]}).json
        assert api.delete(f"/tokens/{made['id']}").status == 204
        assert with_header(f"Bearer {made['token']}").get("/sessions").code == "token_revoked"
        assert api.get(f"/tokens/{made['id']}").json["revoked_at"]
        assert AuditEntry.objects.filter(object_id=made["id"]).count() == 2

    def test_of_others_are_as_good_as_missing(self, api: Api, team: Team, stranger: Api) -> None:
        made = api.post("/tokens", {"name": "x", "scopes": ["sessions:read"]}).json
        for other in (stranger, Api(make_user(team, Role.SUPERVISOR))):
            assert other.get(f"/tokens/{made['id']}").status == 404
            assert other.delete(f"/tokens/{made['id']}").status == 404
            assert made["id"] not in [one["id"] for one in other.get("/tokens").json["results"]]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"name": "x"}, "/scopes"),
            ({"name": "x", "scopes": []}, "/scopes"),
            ({"name": "x", "scopes": ["all"]}, "/scopes/0"),
            ({"scopes": ["analyze"]}, "/name"),
            ({"name": "x", "scopes": ["analyze"], "expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
        ],
    )
    def test_need_a_name_and_known_scopes(self, api: Api, body: object, pointer: str) -> None:
        answer = api.post("/tokens", body)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, pointer)


class _Undeclared(ApiView):
    """A view whose author forgot to say which scope it needs."""

    def get(self, request: Request) -> Response:
        return Response({"secret": 1})


@pytest.mark.django_db
def test_a_view_without_a_declared_scope_denies_even_superusers() -> None:
    api = Api(make_user(make_team(), superuser=True))
    request = APIRequestFactory().get("/", headers=api.headers)
    assert _Undeclared.as_view()(request).status_code == 403
