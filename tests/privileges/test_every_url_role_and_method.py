"""Who may do what, at every address, with every method: the checked-in tables say it and the product does it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.privileges.routes import Route, routes
from tests.privileges.table import METHODS, ROLES, Cells, expected, read_tables, written
from tests.privileges.world import World


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One world for all tests: each request's changes are taken back, and all of it in the end."""
    generous = dict.fromkeys(settings.API_RATE_LIMITS, 1_000_000)
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(API_RATE_LIMITS=generous):
        yield World()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each refusal would be a line."""
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)


@pytest.mark.django_db
@pytest.mark.parametrize("route", [pytest.param(route, id=route.key) for route in routes()])
def test_each_role_gets_what_the_table_says(world: World, route: Route) -> None:
    path = world.path(route)
    seen: dict[str, Cells] = {method: tuple(world.ask(role, method, path) for role in ROLES) for method in METHODS}
    said = read_tables().get(route.key)
    assert said is not None, (
        f"No line says who may reach {path}; review these and add them:\n{written(route.key, seen)}"
    )
    wrong = [
        f"{method} {role}: {cell}, not {(expected(said, method) or ['nothing'] * len(ROLES))[place]}"
        for method, cells in seen.items()
        for place, (role, cell) in enumerate(zip(ROLES, cells, strict=True))
        if cells != expected(said, method) and cell != (expected(said, method) or [None] * len(ROLES))[place]
    ]
    assert not wrong, f"{path}\n" + "\n".join(wrong)


def test_no_line_speaks_of_an_address_that_is_not_there() -> None:
    assert read_tables().keys() <= {route.key for route in routes()}


def test_no_two_addresses_share_a_line() -> None:
    assert [key for key, number in Counter(route.key for route in routes()).items() if number > 1] == []
