"""Logging in, and what happens to those who guess."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analysis.models import AuditEntry
from analysis.web import throttle
from tests.factories import PASSWORD
from tests.web.html import read

WRONG = "not the passphrase"


def attempt(client: Client, name: str, password: str = WRONG, address: str = "10.0.0.1", **more: str) -> int:
    values = {"username": name, "password": password, **more}
    return client.post(reverse("login"), values, REMOTE_ADDR=address).status_code


def test_the_right_password_leads_to_where_one_wanted_to_go(analyst: User) -> None:
    client = Client()
    answer = client.get(reverse("status"))
    assert answer.headers["Location"] == f"{reverse('login')}?next={reverse('status')}"
    form = read(client.get(answer.headers["Location"])).one("form", method="post", class_="stack")
    values = form.fields() | {"username": analyst.username, "password": PASSWORD}
    assert client.post(reverse("login"), values).headers["Location"] == reverse("status")
    assert client.get(reverse("home")).status_code == 200


def test_nobody_is_led_to_another_site(analyst: User) -> None:
    values = {"username": analyst.username, "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert Client().post(reverse("login"), values).headers["Location"] == reverse("home")


def test_a_wrong_password_is_answered_calmly(analyst: User) -> None:
    page = read(Client().post(reverse("login"), {"username": analyst.username, "password": WRONG}))
    assert "no coinciden" in page.one(role="alert").text
    assert page.one("input", name="username").attributes["value"] == analyst.username


def test_after_five_failures_even_the_right_password_has_to_wait(analyst: User) -> None:
    client = Client()
    assert [attempt(client, analyst.username) for _ in range(5)] == [200] * 5
    answer = client.post(reverse("login"), {"username": analyst.username, "password": PASSWORD}, REMOTE_ADDR="10.0.0.1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
    assert "cinco minutos" in read(answer).one(role="alert").text
    assert client.get(reverse("home")).status_code == 302


def test_others_are_not_closed_out_with_the_guesser(analyst: User) -> None:
    client = Client()
    for _ in range(6):
        attempt(client, analyst.username)
    assert attempt(Client(), analyst.username, PASSWORD, address="10.0.0.2") == 302
    assert attempt(Client(), "somebody else") == 200


def test_after_five_minutes_it_is_open_again(analyst: User) -> None:
    client = Client()
    for _ in range(6):
        attempt(client, analyst.username)
    past = timezone.now() - throttle.WINDOW - timedelta(seconds=1)
    AuditEntry.objects.filter(object_type="login").update(created_at=past)
    assert attempt(client, analyst.username, PASSWORD) == 302


def test_success_forgives_but_the_trail_remembers(analyst: User) -> None:
    for _ in range(4):
        attempt(Client(), analyst.username)
    assert attempt(Client(), analyst.username, PASSWORD) == 302
    assert [attempt(Client(), analyst.username) for _ in range(5)] == [200] * 5
    assert AuditEntry.objects.filter(object_type="login", action="login.forgiven").count() == 5


def test_the_case_of_a_name_opens_no_further_tries(analyst: User) -> None:
    for name in (analyst.username, analyst.username.upper()) * 3:
        attempt(Client(), name)
    assert attempt(Client(), analyst.username.title()) == 429


def test_what_is_kept_tells_neither_name_nor_address(analyst: User) -> None:
    attempt(Client(), analyst.username)
    entry = AuditEntry.objects.get(object_type="login")
    kept = f"{entry.object_id} {entry.detail} {entry.actor}"
    assert analyst.username not in kept
    assert "10.0.0.1" not in kept


@pytest.mark.django_db(transaction=True)
def test_of_twenty_tries_at_once_five_pass() -> None:
    def one(_number: int) -> bool:
        try:
            return throttle.begin_try("analyst", "10.0.0.1") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(one, range(20))) == throttle.LIMIT


def test_leaving_takes_a_post(client: Client) -> None:
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).headers["Location"] == reverse("login")
    assert client.get(reverse("home")).status_code == 302
