"""Every documented query uses its index; a missing one ends the benchmark with an error that names it."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from analysis.models import Comment, Session
from perf.advisor import catalogue, health
from perf.advisor.documented import all_documented
from perf.models import BenchmarkRun

pytestmark = pytest.mark.django_db
ROWS = 20_000
NAMES = ["idx_analysis_session", "idx_comments_date", "idx_composite", "idx_sentiment_score"]


def test_each_documented_index_is_there_and_is_used_and_no_row_stays() -> None:
    assert [each.name for each in all_documented()] == NAMES
    assert health.missing_documented(all_documented(), catalogue.all_indexes(), catalogue.tables()) == []
    call_command("benchmark", "documented_queries", rows=ROWS, repeats=1, stdout=io.StringIO())
    figures = BenchmarkRun.objects.get(name="documented_queries").figures
    assert {name.rpartition(" ")[2] for name in figures} == {"comments", *NAMES}
    assert not Comment.objects.exists()
    assert not Session.objects.exists()


def test_a_documented_index_that_is_missing_ends_it_with_an_error() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX idx_sentiment_score")
    with pytest.raises(CommandError, match="does not use idx_sentiment_score"):
        call_command("benchmark", "documented_queries", rows=ROWS, repeats=1, stdout=io.StringIO())
    assert not BenchmarkRun.objects.exists()
