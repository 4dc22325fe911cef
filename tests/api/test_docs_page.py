"""The page that shows and tries the API out, under the strict content security policy."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from analysis.api.docs import document
from tests.api.contract import Api
from tests.factories import make_team, make_user


def test_the_page_needs_a_person_who_is_logged_in(api: Api) -> None:
    assert api.client.get("/api/v1/docs").status_code == 302
    assert api.user is not None
    api.client.force_login(api.user)
    page = api.client.get("/api/v1/docs")
    assert page.status_code == 200
    assert b"<script>" not in page.content
    assert b"style=" not in page.content


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_it_lists_and_tries_out_every_operation_without_a_violation(
    live_server: LiveServer, browser: Browser, settings: Settings
) -> None:
    analyst = make_user(make_team())
    client = Client()
    client.force_login(analyst)
    context = browser.new_context()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/api/v1/docs")
    page.wait_for_selector(".opblock-summary-path")
    assert page.locator(".opblock").count() == sum(len(methods) for methods in document()["paths"].values())

    page.locator("#operations-engines-engines_list .opblock-summary").click()
    page.locator("#operations-engines-engines_list .try-out__btn").click()
    page.locator("#operations-engines-engines_list .execute").click()
    answer = page.wait_for_selector(".live-responses-table tbody .response-col_status")
    assert answer is not None
    assert answer.inner_text().startswith("200")
    assert said == []
    context.close()
