"""Lists of hundreds of thousands of rows: capped counts, one index a page, no filter that would read a whole table."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analysis.admin.base import CappedPaginator
from analysis.models import Comment, RejectedRow, Session, Team
from tests import factories
from tests.admin.conftest import Open

ROWS = 120_000
#: What a page may read of a table, whatever its length: the capped count, and the join below it.
MOST_READ = 3 * CappedPaginator.limit
COMMENTS = "/admin/analysis/comment/"
RESULTS = "/admin/analysis/analysisresult/"
REJECTED = "/admin/analysis/rejectedrow/"
BOUND = (COMMENTS, RESULTS, REJECTED)


@pytest.fixture
def client(superuser: User, as_user: Open) -> Client:
    return as_user(superuser)


@pytest.fixture
def session(team: Team) -> Session:
    session = factories.make_session(team)
    factories.add_random_comments(session, 30)
    last = session.comments.count()
    factories.reject_rows(session, [{"row_number": last + 1, "value": "siete"}])
    factories.reject_rows(session, [{"row_number": last + 2, "value": "ocho", "reason": "bad_rating"}])
    return session


@pytest.mark.parametrize("address", BOUND)
@pytest.mark.parametrize("query", ["status=failed", "text__icontains=a", "reason__exact=x", "sentiment__exact=mixed"])
def test_a_filter_without_a_session_is_refused(client: Client, session: Session, address: str, query: str) -> None:
    assert client.get(f"{address}?{query}").status_code in {302, 400}


@pytest.mark.parametrize("address", BOUND)
def test_search_is_offered_and_heard_within_a_session_only(client: Client, session: Session, address: str) -> None:
    everything = client.get(address).context["cl"]
    assert client.get(f"{address}?q=nothing+has+this").context["cl"].result_count == everything.result_count
    assert not everything.search_fields


def test_comments_of_a_session_are_searched_and_filtered(client: Client, session: Session) -> None:
    factories.add_comment(session, "Palabra inconfundible", status="failed")
    bound = f"{COMMENTS}?session__id__exact={session.pk}"
    for query in ("q=inconfundible", "q=inconfundible&status__exact=failed"):
        found = client.get(f"{bound}&{query}").context["cl"].result_list
        assert [each.text for each in found] == ["Palabra inconfundible"]
    assert client.get(f"{bound}&duplicate_of__isempty=0").status_code == 200


def test_rejected_rows_of_a_session_are_filtered_by_reason(client: Client, session: Session) -> None:
    found = client.get(f"{REJECTED}?session__id__exact={session.pk}&reason=bad_rating").context["cl"].result_list
    assert [each.value for each in found] == ["ocho"]


@pytest.mark.parametrize("address", BOUND)
def test_an_address_with_something_else_than_a_session_finds_nothing(
    client: Client, session: Session, address: str
) -> None:
    assert client.get(f"{address}?session__id__exact=nonsense").context["cl"].result_count == 0


@pytest.mark.parametrize("address", BOUND)
def test_an_address_cannot_ask_for_an_order_that_no_index_serves(
    client: Client, session: Session, address: str
) -> None:
    plain = [each.pk for each in client.get(address).context["cl"].result_list]
    for column in ("1", "-1", "3", "-5"):
        assert [each.pk for each in client.get(f"{address}?o={column}").context["cl"].result_list] == plain


def test_the_list_of_sessions_to_choose_from_is_short_and_holds_the_chosen_one(client: Client, team: Team) -> None:
    oldest = factories.make_session(team, name="The oldest")
    for _number in range(30):
        factories.make_session(team)
    page = client.get(f"{COMMENTS}?session__id__exact={oldest.pk}")
    [choices] = [spec.lookup_choices for spec in page.context["cl"].filter_specs if spec.title == "sesión"] or [
        spec.lookup_choices for spec in page.context["cl"].filter_specs if spec.parameter_name == "session__id__exact"
    ]
    assert len(choices) < 20
    assert (str(oldest.pk), "The oldest") in choices


def test_a_count_stops_at_the_cap_and_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CappedPaginator, "limit", 10)
    paginator = CappedPaginator(Comment.objects.all(), 5)
    with CaptureQueriesContext(connection) as captured:
        assert paginator.count == 10
    assert "LIMIT 11" in captured[0]["sql"]
    assert paginator.is_capped
    assert paginator.num_pages == 2
    assert not CappedPaginator(Comment.objects.filter(row_number__lt=5), 5).is_capped


def plan_nodes(sql: str) -> list[dict[str, Any]]:
    """The nodes of the plan of a statement, as it was run."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        found, waiting = [], [cursor.fetchone()[0][0]["Plan"]]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(node.get("Plans", []))
    return found


def statements_of(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    ours = ('FROM "comments"', 'FROM "analysis_results"', 'FROM "rejected_rows"')
    return [each["sql"] for each in captured if any(table in each["sql"] for table in ours)]


@pytest.fixture
def long_session(team: Team) -> Session:
    """A long session, and a later one as long, so that the first one's rows are not the newest."""
    first, second = factories.make_session(team), factories.make_session(team)
    factories.add_many_comments(first, ROWS)
    factories.add_many_comments(second, ROWS)
    RejectedRow.objects.bulk_create(
        RejectedRow(session=first, row_number=number, line=number, reason="empty_text") for number in range(20_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return first


def test_no_page_of_a_long_list_reads_a_table_from_end_to_end(client: Client, long_session: Session) -> None:
    bound = f"?session__id__exact={long_session.pk}"
    for address in [*BOUND, *(path + bound for path in BOUND)]:
        statements = statements_of(client, address)
        assert statements
        for sql in statements:
            for node in plan_nodes(sql):
                where = f"{address}: {node['Node Type']} of {node.get('Relation Name')}\n{sql}"
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] in {"comments", "analysis_results"}:
                    assert "LIMIT" in sql, where
                read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                assert read <= MOST_READ, where
    page = client.get(COMMENTS)
    assert page.context["cl"].paginator.is_capped
    assert page.context["cl"].paginator.estimate == pytest.approx(2 * ROWS, rel=0.2)
