"""Every list, form and page of the admin opens, with the same few queries for ten rows and for a hundred."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analysis.models import Team
from tests.admin.conftest import Open, fill

#: No list or form asks more questions than this, login and permissions included.
LIST_BUDGET = 12
FORM_BUDGET = 20


def registered() -> list[type[models.Model]]:
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def address(model: type[models.Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(path)
    assert response.status_code == 200, path
    return len(captured)


def test_every_model_of_the_product_is_in_the_admin() -> None:
    from django.apps import apps

    # The switch is on the tuner's page; what a profiling session recorded is on the page of that session.
    shown_elsewhere = {"perf.Tuner", "perf.ProfiledRequest"}
    ours = {model for label in ("analysis", "perf") for model in apps.get_app_config(label).get_models()}
    assert {model._meta.label for model in ours - set(admin.site._registry)} == shown_elsewhere


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_a_list_asks_as_often_for_a_hundred_rows_as_for_ten(
    model: type[models.Model], superuser: User, team: Team, as_user: Open
) -> None:
    client = as_user(superuser)
    fill(team, superuser, 10)
    client.get(address(model, "changelist"))  # fills the caches that outlive a request, such as content types
    few = queries_of(client, address(model, "changelist"))
    fill(team, superuser, 90)
    many = queries_of(client, address(model, "changelist"))
    assert many == few <= LIST_BUDGET


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_the_page_of_a_row_asks_as_often_among_a_hundred_as_among_ten(
    model: type[models.Model], superuser: User, team: Team, as_user: Open
) -> None:
    client = as_user(superuser)
    fill(team, superuser, 10)
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    client.get(address(model, "change", row.pk))
    few = queries_of(client, address(model, "change", row.pk))
    fill(team, superuser, 90)
    many = queries_of(client, address(model, "change", row.pk))
    assert many == few <= FORM_BUDGET


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_an_empty_list_opens(model: type[models.Model], superuser: User, as_user: Open) -> None:
    assert queries_of(as_user(superuser), address(model, "changelist")) <= LIST_BUDGET


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_the_page_to_add_a_row_opens_or_is_refused(
    model: type[models.Model], superuser: User, team: Team, as_user: Open
) -> None:
    fill(team, superuser, 3)
    people_add = model._meta.label in {
        "analysis.Team", "analysis.Membership", "analysis.Theme", "analysis.ThemePhrase", "auth.User", "auth.Group",
        "analysis.LanguageModel", "analysis.NodePool", "analysis.ProviderNode", "analysis.Budget", "perf.AlertRule",
        "perf.ProfilingSession",
    }  # fmt: skip
    response = as_user(superuser).get(address(model, "add"))
    assert response.status_code == (200 if people_add else 403)


def test_the_index_and_the_page_of_an_app_open(superuser: User, as_user: Open) -> None:
    client = as_user(superuser)
    assert queries_of(client, "/admin/") <= LIST_BUDGET
    assert queries_of(client, "/admin/analysis/") <= LIST_BUDGET


def test_a_row_that_is_not_there_leads_back_with_a_message(superuser: User, as_user: Open) -> None:
    response = as_user(superuser).get("/admin/analysis/session/0190c0de-0000-7000-8000-000000000000/change/")
    assert response.status_code == 302
