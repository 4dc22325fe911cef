"""A database that is away is no error of ours: 503, and when to come back."""

from __future__ import annotations

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, make_team, make_user

pytestmark = pytest.mark.django_db


def away(*_args: object, **_kwargs: object) -> None:
    raise OperationalError("the connection is closed")


def test_a_page_says_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.web.login.Login.dispatch", away)
    answer = Client().get(reverse("login"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert b"<h1" in answer.content


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_so_does_a_login_that_cannot_be_saved_after_its_page_was_made(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    user = make_user(make_team())

    def fail(*_args: object, **_kwargs: object) -> None:
        raise error

    browser = Client(raise_request_exception=False)
    monkeypatch.setattr(SessionStore, "save", fail)
    answer = browser.post(reverse("login"), {"username": user.username, "password": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


def test_any_other_error_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise ValueError

    monkeypatch.setattr("analysis.web.login.Login.dispatch", fail)
    assert Client(raise_request_exception=False).get(reverse("login")).status_code == 500
