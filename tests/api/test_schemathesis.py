"""Thousands of generated requests, valid and not, by each role: never a 5xx, never an answer the document lacks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from analysis.models import Role
from tests.api.contract import Api, openapi
from tests.factories import add_random_comments, make_session, make_team, make_user, reject_rows

EXAMPLES = 80
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(openapi())
SCHEMA.app = get_wsgi_application()
OPERATIONS = [cast("Any", result).ok() for result in SCHEMA.get_all_operations()]


@pytest.fixture
def world(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A caller of each role, and real ids to be found among the made-up ones."""
    settings.API_RATE_LIMITS = {"api": 10**6, "analyze": 10**6}
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    # Between two requests a server drops connections that are in no fit state; here they are in the test's transaction.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    team = make_team()
    session = make_session(team)
    comments = add_random_comments(session, 10, seed=1)
    reject_rows(session, [{"row_number": 11}])
    callers = {role.value: Api(make_user(team, role)) for role in Role}
    callers |= {
        "anonymous": Api(),
        "superuser": Api(make_user(team, superuser=True)),
        "stranger": Api(make_user(make_team(), Role.SUPERVISOR)),
    }
    token = callers["analyst"].post("/tokens", {"name": "x", "scopes": ["analyze"]}).json["id"]
    ids = {
        "session_id": str(session.pk),
        "comment_id": str(comments[0].pk),
        "token_id": token,
        "operation": "web.home.get",
    }
    return {"callers": callers, "ids": ids}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.definition.raw["operationId"])
def test_no_request_gets_an_answer_that_was_not_promised(world: dict[str, Any], operation: Any) -> None:
    statuses: list[int] = []
    modes = [operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]

    @hypothesis_settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(modes), role=st.sampled_from(sorted(world["callers"])), real=st.booleans())
    def ask(case: Case[Any], role: str, real: bool) -> None:
        if real and case.path_parameters:
            case.path_parameters.update({name: world["ids"][name] for name in case.path_parameters})
        with transaction.atomic():
            # The program that asks understands no zstd, whatever the library under it announces.
            response = case.call(headers=world["callers"][role].headers | {"Accept-Encoding": "identity"})
            transaction.set_rollback(True)
        statuses.append(response.status_code)
        case.validate_response(response, checks=CHECKS)

    run: Callable[[], None] = ask
    run()
    assert len(statuses) >= 0.9 * EXAMPLES


def test_there_are_thousands() -> None:
    assert len(OPERATIONS) * EXAMPLES > 2500
