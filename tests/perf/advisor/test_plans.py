"""Plans of a real PostgreSQL: nothing is run or changed, no values are needed, two statements are refused."""

from __future__ import annotations

import pytest
from django.db import Error, connection

from perf.advisor import catalogue, gains, plans, rules
from perf.advisor.plans import UnexplainedError, explain, look_only
from perf.advisor.spec import IndexSpec
from perf.models import CounterMinute, OperationMinute
from tests.perf.advisor.conftest import fill_minutes

pytestmark = pytest.mark.django_db
MINUTES = 'SELECT "id" FROM "operation_minutes" WHERE '
ROWS = 20_000


@pytest.fixture
def minutes(db: None) -> None:
    fill_minutes(ROWS)


def advised(statement: str) -> list[rules.Diagnosis]:
    return rules.diagnose(explain(statement), catalogue.tables(), rules.Limits())


@pytest.mark.parametrize(
    ("statement", "columns"),
    [
        (MINUTES + '"errors" = $1', ["errors"]),
        (MINUTES + '"errors" IN ($1, $2) AND "max_ms" > $3', ["errors", "max_ms"]),
        (MINUTES + '"errors" = $1 ORDER BY "minute" DESC LIMIT 50', ["errors", "minute"]),
        ('UPDATE "operation_minutes" SET "calls" = $1 WHERE "errors" = $2', ["errors"]),
        ('DELETE FROM "operation_minutes" WHERE "errors" BETWEEN $1 AND $2', ["errors"]),
    ],
)
def test_a_real_scan_gets_the_index_it_wants(minutes: None, statement: str, columns: list[str]) -> None:
    (one,) = advised(statement)
    assert one.index is not None
    assert one.index.names == columns
    assert OperationMinute.objects.filter(calls=1).count() == ROWS


def test_a_real_statement_that_an_index_serves_is_well(minutes: None) -> None:
    assert advised(MINUTES + '"operation" = $1 AND "minute" > $2') == []


def test_trying_an_index_leaves_none_behind(minutes: None) -> None:
    statement = MINUTES + '"errors" = $1'
    gain = gains.tried(statement, explain(statement), IndexSpec.on("operation_minutes", "errors"))
    assert gain is not None
    assert gain.is_tried
    assert gain.factor > 10
    assert not any(each.name.startswith("adv_") for each in catalogue.all_indexes())


def test_an_index_that_the_planner_would_not_take_gains_nothing(minutes: None) -> None:
    statement = MINUTES + '"errors" = $1'
    gain = gains.tried(statement, explain(statement), IndexSpec.on("operation_minutes", "p99_ms"))
    assert gain is not None
    assert gain.factor == 1


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT 1; DELETE FROM operation_minutes", "kind"),
        ("COMMIT; DROP TABLE operation_minutes", "kind"),
        ("DROP TABLE operation_minutes", "kind"),
        ("INSERT INTO counter_minutes DEFAULT VALUES", "kind"),
        ("", "kind"),
        ("SELECT * FROM nowhere", "42P01"),
        ("SELECT $1 +", "42601"),
    ],
)
def test_what_has_no_plan_is_refused_with_a_reason(statement: str, reason: str) -> None:
    with pytest.raises(UnexplainedError) as raised:
        explain(statement)
    assert raised.value.reason == reason
    assert OperationMinute.objects.count() == 0


def test_an_older_postgresql_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "server_version", lambda: 150_004)
    with pytest.raises(UnexplainedError) as raised:
        explain("SELECT 1")
    assert raised.value.reason == "version"


def test_a_look_cannot_change_anything() -> None:
    with pytest.raises(Error, match="read-only"), look_only() as cursor:
        cursor.execute("DELETE FROM counter_minutes")
    assert CounterMinute.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("off",)


def test_the_catalogue_knows_columns_indexes_and_references() -> None:
    facts = catalogue.tables()["operation_minutes"]
    assert facts.types["minute"] == "timestamp with time zone"
    once = next(each for each in facts.indexes if each.name == "operation_minute_once")
    assert (once.columns, once.is_unique, once.is_constraint) == (("operation", "minute"), True, True)
    assert catalogue.ForeignKey("tuning_decisions", ("tunable_id",), "tunables") in catalogue.foreign_keys()
    partial = next(each for each in catalogue.all_indexes() if each.name == "finding_step_once")
    assert "waiting" in partial.predicate


@pytest.mark.parametrize(
    ("spec", "answer"),
    [
        (IndexSpec.on("operation_minutes", "errors"), True),
        (IndexSpec.on("operation_minutes", "errors", "no such column"), False),
        (IndexSpec.on('operation_minutes"; DROP TABLE x; --', "errors"), False),
        (IndexSpec("operation_minutes", (), ()), False),
        (IndexSpec("operation_minutes", IndexSpec.on("x", "errors").columns, (("errors", "1 = 1; --"),)), False),
    ],
)
def test_only_tables_and_columns_of_the_catalogue_are_known(spec: IndexSpec, answer: bool) -> None:
    assert catalogue.is_known(spec) is answer
