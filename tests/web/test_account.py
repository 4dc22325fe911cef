"""Tokens: made, shown once, revoked; nobody else's."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analysis import access, tokens
from analysis.models import ApiToken, Role, Team
from tests.factories import make_user
from tests.web.conftest import browser_of
from tests.web.html import read


def make(client: Client, **changes: object) -> str:
    """The secret that the page shows, "" when it shows none."""
    values = {"name": "informe", "scopes": [access.READ], "days": "90", **changes}
    shown = read(client.post(reverse("token-create"), values, follow=True)).all(id="secret")
    return shown[0].text if shown else ""


def test_a_token_is_shown_once_and_opens_the_api(client: Client, analyst: User) -> None:
    secret = make(client)
    assert tokens.verify(secret).user == analyst
    assert secret not in client.get(reverse("account")).content.decode()
    token = ApiToken.objects.get()
    assert token.expires_at is not None
    assert token.scopes == [access.READ]


def test_a_token_may_last_until_it_is_revoked(client: Client) -> None:
    make(client, days="")
    assert ApiToken.objects.get().expires_at is None


def test_a_revoked_token_opens_nothing(client: Client) -> None:
    secret = make(client)
    page = read(client.get(reverse("account")))
    form = page.one("form", action=reverse("token-revoke", args=[ApiToken.objects.get().pk]))
    client.post(form.attributes["action"], form.fields())
    with pytest.raises(tokens.TokenError):
        tokens.verify(secret)
    assert "revocado" in read(client.get(reverse("account"))).text


@pytest.mark.parametrize("changes", [{"name": " "}, {"scopes": []}, {"scopes": ["everything"]}])
def test_a_token_needs_a_name_and_a_right(changes: dict[str, object], client: Client) -> None:
    assert make(client, **changes) == ""
    assert not ApiToken.objects.exists()


def test_a_token_has_no_right_that_its_maker_lacks(team: Team) -> None:
    viewer = browser_of(make_user(team, Role.VIEWER))
    make(viewer, scopes=[access.READ, access.WRITE, access.OPERATE])
    assert ApiToken.objects.get().scopes == [access.READ]


def test_nobody_revokes_anothers_token(client: Client, stranger: Client, team: Team) -> None:
    make(client)
    token = ApiToken.objects.get()
    colleague = browser_of(make_user(team, Role.SUPERVISOR))
    for other in (stranger, colleague):
        assert other.post(reverse("token-revoke", args=[token.pk])).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
