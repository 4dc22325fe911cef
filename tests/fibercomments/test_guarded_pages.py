"""Silk and the pages of the queue exist for superusers only."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

FILLERS = {"request_id": "0190c0de-0000-7000-8000-000000000000"}


def _addresses(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        found.extend(_addresses(each, route) if isinstance(each, URLResolver) else [(route, each)])
    return found


def guarded_paths() -> list[str]:
    """Every address below /silk/ and /admin/rq/, with something put in for its parameters."""
    paths = []
    for route, pattern in _addresses(get_resolver()):
        if route.startswith(("silk/", "admin/rq/")):
            path = route.replace("^", "").replace("/?$", "").replace("\\.", ".").split("(?P")[0]
            for name, converter in pattern.pattern.converters.items():
                kind = type(converter).__name__
                value = {"UUIDConverter": FILLERS["request_id"], "IntConverter": "0"}.get(kind, "x")
                for written in (f"<uuid:{name}>", f"<int:{name}>", f"<str:{name}>", f"<path:{name}>"):
                    path = path.replace(written, value)
            paths.append("/" + path)
    return sorted(set(paths))


@pytest.fixture
def superuser() -> User:
    return User.objects.create_superuser("root", password="x")


@pytest.fixture
def staff() -> User:
    return User.objects.create_user("staff", password="x", is_staff=True)


def test_there_are_addresses_to_guard() -> None:
    paths = guarded_paths()
    assert "/silk/" in paths
    assert "/admin/rq/" in paths
    assert len(paths) > 30


@pytest.mark.parametrize("path", guarded_paths())
def test_a_guarded_page_does_not_exist_for_strangers_members_and_staff(
    client: Client, staff: User, django_user_model: type[User], path: str
) -> None:
    member = django_user_model.objects.create_user("member", password="x")
    retired = django_user_model.objects.create_superuser("retired", password="x", is_active=False)
    for who in (None, member, staff, retired):
        client.logout()
        if who:
            client.force_login(who)
        assert client.get(path).status_code == 404, who
        assert client.post(path).status_code == 404, who


@pytest.mark.parametrize(
    "path", ["/silk/", "/silk/requests/", "/silk/profiling/", "/silk/cleardb/", "/admin/rq/", "/admin/rq/queues/0/"]
)
def test_a_superuser_opens_it(client: Client, superuser: User, path: str) -> None:
    client.force_login(superuser)
    assert client.get(path).status_code == 200


def test_inline_code_is_allowed_on_these_pages_alone(client: Client, superuser: User) -> None:
    client.force_login(superuser)
    assert _directives(client, "/silk/")["style-src"] == "'self' 'unsafe-inline'"
    assert _directives(client, "/silk/")["script-src"] == "'self' 'unsafe-inline' 'unsafe-eval'"
    assert _directives(client, "/admin/rq/")["script-src"] == "'self' 'unsafe-inline'"
    assert "unsafe" not in str(_directives(client, "/admin/"))


def _directives(client: Client, path: str) -> dict[str, str]:
    policy = client.get(path).headers["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))
