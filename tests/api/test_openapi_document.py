"""The committed OpenAPI document is the one that the code describes, and it is a valid one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from drf_spectacular.renderers import OpenApiYamlRenderer2
from drf_spectacular.validation import validate_schema

from analysis.api.docs import document
from tests.api.contract import Api

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"
WRITE_IT = "manage.py spectacular --file docs/openapi.yaml"


def as_yaml() -> object:
    return yaml.safe_load(OpenApiYamlRenderer2().render(document()))  # type: ignore[no-untyped-call]


def test_the_committed_document_is_up_to_date() -> None:
    assert yaml.safe_load(COMMITTED.read_text()) == as_yaml(), WRITE_IT


def test_it_is_valid_openapi_3_1() -> None:
    validate_schema(document())  # type: ignore[no-untyped-call]
    assert document()["openapi"] == "3.1.0"


def test_every_operation_has_a_summary_a_description_and_an_id_of_its_own() -> None:
    operations = [operation for path in document()["paths"].values() for operation in path.values()]
    assert all(operation["summary"] and operation["description"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_every_operation_that_needs_a_caller_names_the_right_it_needs() -> None:
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            assert ("x-required-scope" in operation) == (operation["security"] != [{}]), path


@pytest.mark.parametrize("name", ["openapi.json", "openapi.yaml"])
def test_members_may_fetch_it_and_strangers_to_all_teams_may_not(api: Api, anonymous: Api, name: str) -> None:
    fetched = api.client.get(f"/api/v1/{name}", headers=api.headers)
    assert fetched.status_code == 200
    assert yaml.safe_load(fetched.content) == as_yaml()
    refused = anonymous.get(f"/{name}")
    assert (refused.status, refused.code) == (401, "not_authenticated")
