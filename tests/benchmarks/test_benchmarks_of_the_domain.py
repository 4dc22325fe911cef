"""The domain's benchmarks run on real processes and services, account for every row, and leave nothing behind."""

from __future__ import annotations

import io
import os
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from analysis.benchmarks.caller import caller
from analysis.benchmarks.files import distinct_texts, lifelike_rows
from analysis.benchmarks.ground import ground, labelled_session
from analysis.benchmarks.layers.api import WHOLE, asked
from analysis.benchmarks.layers.database import database
from analysis.benchmarks.layers.plain import plain_queries, product_queries
from analysis.benchmarks.layers.workload import Workload, add_weeks
from analysis.intake.uploads import create_session
from analysis.models import (
    AnalysisResult,
    Comment,
    NodePool,
    ProviderCall,
    ProviderNode,
    Session,
    Spending,
    StoredFile,
    Team,
    Worker,
)
from analysis.sample import SAMPLE_FILE
from perf.models import BenchmarkRun
from tests.threads import at_once


@pytest.fixture
def processes_meet_the_test_database(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started from here works in the database of this test."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    monkeypatch.setenv("DATABASE_URL", parts._replace(path=f"/{name}").geturl())


def assert_nothing_is_left() -> None:
    assert not Session.objects.exists()
    assert not Team.objects.exists()
    assert not StoredFile.objects.exists()
    assert not Worker.objects.filter(slot__startswith="benchmark").exists()


def test_end_to_end_accounts_for_every_row_with_real_workers(processes_meet_the_test_database: None) -> None:
    out = io.StringIO()
    call_command("benchmark", "end_to_end", rows=2000, stdout=out)
    run = BenchmarkRun.objects.get(name="end_to_end")
    figures = {name: figure["median"] for name, figure in run.figures.items()}
    assert figures["rows"] == 2000
    assert figures["rows rejected"] == 0
    assert 0 < figures["texts sent to the engine"] < 2000
    assert figures["comments, end to end"] > 0
    shares = [value for name, value in figures.items() if name.startswith("share of ")]
    assert all(shares)
    assert sum(shares) == pytest.approx(100)
    for role in ("worker 1", "worker 2", "parser", "command", "sweeper"):
        assert figures[f"peak memory of {role}"] > 0
    assert "store / bare COPY" in out.getvalue()
    assert_nothing_is_left()


def test_memory_is_compared_between_a_small_and_a_large_session_in_every_process(
    processes_meet_the_test_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.benchmarks.memory.SMALL", 200)
    monkeypatch.setattr("analysis.benchmarks.memory.FORMATS", {"xlsx": ""})
    call_command("benchmark", "memory", rows=1000, workers=1, stdout=io.StringIO())
    figures = {name: figure["median"] for name, figure in BenchmarkRun.objects.get(name="memory").figures.items()}
    for role in ("command", "worker", "sweeper", "parser", "export as xlsx"):
        small, large = figures[f"{role}, 200 rows"], figures[f"{role}, 1,000 rows"]
        assert figures[f"{role}, growth"] == pytest.approx(large / small)
        assert 5 < small < 1000
    assert figures["worst growth (at most 1.2)"] >= 1
    assert_nothing_is_left()


def test_end_to_end_refuses_to_measure_beside_other_workers(transactional_db: None) -> None:
    now = timezone.now()
    Worker.objects.create(name="w", slot="1", pid=1, queues="default", started_at=now, heartbeat_at=now)
    with pytest.raises(CommandError, match="stop them first"):
        call_command("benchmark", "end_to_end", rows=100, stdout=io.StringIO())
    assert_nothing_is_left()


@pytest.mark.parametrize("name", ["database_queries", "similar", "single_comment"])
def test_the_other_benchmarks_measure_every_figure(transactional_db: None, name: str) -> None:
    call_command("benchmark", name, rows=300, repeats=2, stdout=io.StringIO())
    figures = BenchmarkRun.objects.get(name=name).figures
    assert figures
    assert all(figure["median"] > 0 and figure["unit"] == "ms" for figure in figures.values())
    assert_nothing_is_left()


def measured(name: str, rows: int) -> dict[str, float]:
    """The figures of a short run, after which nothing of its provider is left."""
    call_command("benchmark", name, rows=rows, repeats=1, stdout=io.StringIO())
    assert_nothing_is_left()
    assert not any(model.objects.exists() for model in (NodePool, ProviderNode, ProviderCall))
    assert not Spending.objects.exclude(committed=0).exists()
    return {name: figure["median"] for name, figure in BenchmarkRun.objects.get(name=name).figures.items()}


def test_savings_name_what_each_is_worth(transactional_db: None) -> None:
    figures = measured("savings", rows=120)
    sent = {name.split(":")[0]: value for name, value in figures.items() if name.endswith("texts sent")}
    least = sent.pop("all on")
    assert sent.pop("one call a comment and kind") == 2 * 3 * 120
    assert all(least <= value < 2 * 120 for value in sent.values())
    assert figures["without batches: calls"] == sent["without batches"]
    assert figures["all on: cost"] < figures["one call a comment and kind: cost"] / 10


def test_a_second_session_is_answered_by_the_cache(processes_meet_the_test_database: None) -> None:
    figures = measured("cache_performance", rows=24)
    assert figures["first session: provider calls"] > 0 == figures["second session: provider calls"]
    assert figures["cached / bare"] > 0


def test_every_route_of_analyze_is_measured(transactional_db: None) -> None:
    figures = measured("api_latency", rows=10)
    assert {name.rsplit(",", 1)[0] for name in figures} == {"cache", "immediate", "batch", "batch, real time", "queue"}


def test_batching_measures_each_shape_against_its_best(transactional_db: None) -> None:
    figures = measured("batching", rows=1)
    assert all(0 < value <= 100 for name, value in figures.items() if name.endswith("of the best"))


def test_batches_and_users_at_once_are_measured_without_an_error(processes_meet_the_test_database: None) -> None:
    batches = measured("batch_processing", rows=20)
    assert batches["20 comments: a second"] == pytest.approx(20 / batches["20 comments"])
    # In a thread: the browser of page tests leaves a running loop in the main one, and the users need their own.
    [users] = at_once(1, lambda _: measured("concurrent_users", rows=30))
    assert {users[f"{number}: errors"] for number in ("1 user", "10 users", "50 users", "100 users")} == {0}
    assert 0 < users["100 users, p50"] <= users["100 users, p95"]


def test_each_side_of_the_layers_measures_what_its_switch_leaves_out(processes_meet_the_test_database: None) -> None:
    with caller() as program:
        session = labelled_session(program.team, SAMPLE_FILE)
        add_weeks(session, 2)
        assert Comment.objects.count() == 3 * session.comments.count()
        assert AnalysisResult.objects.count() == 3 * session.results.count()
        workload = Workload(program, session, rows=16, whole=False)
        with database(workload) as measure:
            queries = {name: figure.value for name, figure in measure().items()}
        paid = {name: asked(workload, way) for name, way in WHOLE.items()}
    assert queries["database: connections, off"] == 100 > queries["database: connections, on"]
    assert queries["database: query time, on"] > 0
    assert paid["off"]["cost"] > 2 * paid["on"]["cost"] > 0
    assert_nothing_is_left()


def test_plain_queries_answer_what_the_product_answers(transactional_db: None) -> None:
    with caller() as program:
        session = labelled_session(program.team, SAMPLE_FILE)
        product, plain = (ways(session) for ways in (product_queries, plain_queries))
        assert [row.text for row in product[0]()] == [text for text, _result in plain[0]()]
        counted, themes, _emotions = plain[1]()
        numbers = product[1]()
        tones = ("positive", "neutral", "negative", "mixed")
        assert [counted["sentiment", tone] for tone in tones] == [getattr(numbers.sentiments, tone) for tone in tones]
        assert themes == {theme.code: theme.n for theme in numbers.themes}


def test_what_a_broken_off_run_left_behind_is_cleared_by_the_next(db: None) -> None:
    team = Team.objects.create(name="Benchmark")
    create_session(team=team, user=None, name="left", upload=io.BytesIO(b"comment\nx\n"), filename="x.csv")
    with ground(rows=3) as (fresh, path):
        assert not fresh.sessions.exists()
        assert path.read_text().count("\n") >= 4
    assert_nothing_is_left()


def test_distinct_texts_differ_and_are_the_same_each_time() -> None:
    texts = distinct_texts(800)
    assert len(texts) == 800
    assert texts == distinct_texts(800)
    assert sum(texts.values()) > 800


def test_lifelike_rows_are_the_same_each_time_and_about_half_of_them_differ() -> None:
    rows = list(lifelike_rows(5000))
    assert rows == list(lifelike_rows(5000))
    distinct = len({text.lower() for _nps, _rating, text in rows})
    assert 0.4 < distinct / len(rows) < 0.65
    assert {nps for nps, _rating, _text in rows} == {"Promotor", "Pasivo", "Detractor"}
