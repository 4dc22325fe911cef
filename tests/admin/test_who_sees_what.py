"""Strangers and members see nothing of the admin; staff what they hold permissions for, of their own team."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import reverse

from analysis.models import ApiToken, Role, Team
from tests import factories
from tests.admin.conftest import Open, fill
from tests.admin.test_every_page_opens import address, registered

SUPERUSERS_ONLY = {
    "analysis.Team",
    "analysis.Membership",
    "analysis.IdempotencyKey",
    "analysis.RateWindow",
    "auth.User",
    "auth.Group",
}


def every_page(model: type[models.Model]) -> list[str]:
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    pages = [address(model, page, row.pk) for page in ("change", "delete", "history")]
    return [address(model, "changelist"), address(model, "add"), *pages]


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_strangers_are_sent_to_the_login_and_members_are_refused(
    model: type[models.Model], superuser: User, team: Team, as_user: Open
) -> None:
    fill(team, superuser, 3)
    member = as_user(factories.make_user(team, Role.SUPERVISOR))
    stranger = Client()
    for page in every_page(model):
        for method in ("get", "post"):
            sent = getattr(stranger, method)(page)
            assert sent.status_code == 302, page
            assert sent.headers["Location"].startswith("/admin/login/"), page
            assert getattr(member, method)(page, follow=True).status_code == 403, page


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_staff_without_permissions_are_refused(
    model: type[models.Model], superuser: User, staff: User, team: Team, as_user: Open
) -> None:
    fill(team, superuser, 3)
    client = as_user(staff)
    for page in every_page(model):
        # A row of nobody's team is not even found: 302, back to the index.
        assert client.get(page).status_code in {302, 403}, page
        assert client.post(page).status_code in {302, 403}, page
    assert address(model, "changelist") not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_an_operator_opens_lists_of_the_work_and_none_that_gives_rights(
    model: type[models.Model], operator: User, team: Team, as_user: Open
) -> None:
    fill(team, operator, 3)
    status = as_user(operator).get(address(model, "changelist")).status_code
    assert status == (403 if model._meta.label in SUPERUSERS_ONLY else 200)


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_permissions_alone_do_not_open_what_is_for_superusers(
    model: type[models.Model], staff: User, team: Team, as_user: Open
) -> None:
    fill(team, staff, 3)
    staff.user_permissions.set(Permission.objects.all())
    status = as_user(staff).get(address(model, "changelist")).status_code
    assert status == (403 if model._meta.label in SUPERUSERS_ONLY else 200)


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_rows_of_another_team_do_not_exist_for_staff(model: type[models.Model], operator: User, as_user: Open) -> None:
    if getattr(admin.site.get_model_admin(model), "team_path", None) is None:
        return  # workers, benchmarks: of the installation; accounts and teams: superusers only
    others = factories.make_team("Theirs")
    fill(others, factories.make_user(others), 3)
    client = as_user(operator)
    row = model._default_manager.order_by("pk").last()
    assert row is not None
    changelist = client.get(address(model, "changelist"))
    assert changelist.context["cl"].result_count == 0
    assert client.get(address(model, "change", row.pk)).status_code == 302
    assert client.post(address(model, "change", row.pk), {"name": "taken"}).status_code in {302, 403}


def test_staff_without_a_team_see_no_rows(operator: User, team: Team, as_user: Open) -> None:
    fill(team, operator, 3)
    operator.membership.delete()
    response = as_user(operator).get("/admin/analysis/session/")
    assert response.context["cl"].result_count == 0


def test_an_operator_sees_no_names_of_other_teams_or_their_sessions(operator: User, team: Team, as_user: Open) -> None:
    others = factories.make_team("Rival team")
    factories.make_session(others, name="Rival session")
    factories.make_session(team, name="Own session")
    client = as_user(operator)
    for page in ("/admin/analysis/session/", "/admin/analysis/comment/"):
        html = client.get(page).content.decode()
        assert "Own session" in html
        assert "Rival" not in html


def test_an_operator_cannot_ask_anything_of_a_session_of_another_team(operator: User, as_user: Open) -> None:
    session = factories.make_session(factories.make_team())
    data = {"action": "reanalyze", "_selected_action": [str(session.pk)]}
    as_user(operator).post("/admin/analysis/session/", data)
    session.refresh_from_db()
    assert session.state == "completed"


def test_staff_who_may_only_look_are_offered_no_action(staff: User, team: Team, as_user: Open) -> None:
    session = factories.make_session(team)
    staff.user_permissions.add(Permission.objects.get(codename="view_session", content_type__app_label="analysis"))
    data = {"action": "reanalyze", "_selected_action": [str(session.pk)]}
    response = as_user(staff).post("/admin/analysis/session/", data, follow=True)
    session.refresh_from_db()
    assert session.state == "completed"
    assert "reanalyze" not in response.content.decode()


def test_the_group_of_operators_is_made_once_and_keeps_what_a_superuser_changed(db: None) -> None:
    group = Group.objects.get(name="Operators")
    codes = set(group.permissions.values_list("codename", flat=True))
    assert {"view_session", "change_session", "view_comment", "view_worker", "view_benchmarkrun"} <= codes
    assert not any(code.startswith(("delete_", "add_")) for code in codes)
    group.permissions.clear()
    call_command("migrate", verbosity=0)
    assert not Group.objects.get(name="Operators").permissions.exists()


def test_neither_digests_of_tokens_nor_stored_answers_are_shown(superuser: User, as_user: Open) -> None:
    token = ApiToken.objects.create(user=superuser, name="x", prefix="fc_1", digest="d1g3st", scopes=[])
    page = as_user(superuser).get(reverse("admin:analysis_apitoken_change", args=[token.pk]))
    assert "d1g3st" not in page.content.decode()
    model_admin = admin.site.get_model_admin(type(superuser.api_tokens.get()))
    assert "digest" not in str(model_admin.fields)


def test_the_door_of_the_admin_is_the_login_of_the_product(
    db: None, superuser: User, staff: User, as_user: Open
) -> None:
    response = Client().get("/admin/login/?next=/admin/analysis/session/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/login/?next=/admin/analysis/session/"
    posted = Client().post("/admin/login/", {"username": "root", "password": factories.PASSWORD})
    assert posted.status_code == 302
    assert as_user(superuser).get("/admin/login/").headers["Location"] == "/admin/"
    member = factories.make_user(factories.make_team())
    assert as_user(member).get("/admin/login/").status_code == 403
