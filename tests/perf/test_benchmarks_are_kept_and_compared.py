"""Benchmarks are found by name, measured repeatedly, kept, and compared outside their noise."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from perf.benchmarks import registry, runner
from perf.benchmarks.machine import spin
from perf.benchmarks.registry import (
    Benchmark,
    BenchmarkRefusedError,
    Better,
    Figure,
    Figures,
    Measure,
    Options,
    benchmark,
)
from perf.benchmarks.report import as_table, number
from perf.benchmarks.runner import run
from perf.benchmarks.statistics import compare, summarise
from perf.benchmarks.suite import run_all
from perf.models import BenchmarkRun

Fake = Callable[[float], Benchmark]


@pytest.fixture(autouse=True)
def steady_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others do on this machine meanwhile decides nothing here."""
    monkeypatch.setattr(runner, "spin", lambda: (5.0, 0.0))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Registers ``fake``, whose measurements jitter by 2 % around the given milliseconds."""
    monkeypatch.setattr(registry, "_benchmarks", {})
    monkeypatch.setattr(registry, "autodiscover_modules", lambda *_names: None)

    def make(milliseconds: float) -> Benchmark:
        @benchmark("fake", "a benchmark of tests", repeats=5, warmups=1)
        @contextmanager
        def fake(options: Options) -> Iterator[Measure]:
            jitter = iter([9.0, 0.98, 0.99, 1.0, 1.01, 1.02])  # the first is the warm-up

            def measure() -> Figures:
                return {
                    "duration": Figure(milliseconds * next(jitter), "ms", Better.LOWER),
                    "rows": Figure(options.rows or 10, "rows"),
                }

            yield measure

        return registry.find("fake")

    return make


def numbers(*values: float) -> dict[str, Any]:
    return summarise(values, "ms", Better.LOWER).as_json()


def test_a_summary_is_the_median_and_is_not_moved_by_one_outlier() -> None:
    summary = summarise([10, 10.1, 9.9, 10, 50], "ms", Better.LOWER)
    assert summary.median == 10
    assert summary.high == 50
    assert summary.noise < 1


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=20))
def test_a_run_never_differs_from_itself(values: list[float]) -> None:
    summary = summarise(values, "ms", Better.LOWER)
    assert compare(summary.as_json(), summary) is None


@given(st.floats(0.001, 1e6))
def test_a_slowdown_to_one_and_a_half_is_found_at_any_scale(base: float) -> None:
    jitter = (0.98, 0.99, 1.0, 1.01, 1.02)
    before = numbers(*(base * j for j in jitter))
    after = summarise([1.5 * base * j for j in jitter], "ms", Better.LOWER)
    change = compare(before, after)
    assert change is not None
    assert change["verdict"] == "worse"
    assert change["ratio"] == pytest.approx(1.5)


def test_a_rate_that_grows_is_better_and_a_figure_without_a_side_never_changes() -> None:
    before = summarise([10], "rows/s", Better.HIGHER).as_json()
    change = compare(before, summarise([20], "rows/s", Better.HIGHER))
    assert change is not None
    assert change["verdict"] == "better"
    assert compare(before, summarise([20], "rows/s", Better.NEITHER)) is None


@pytest.mark.django_db
def test_a_run_is_kept_with_the_machine_its_options_and_its_figures(fake: Fake) -> None:
    kept = run(fake(100), Options(rows=7))
    kept.refresh_from_db()
    assert kept.options == {"rows": 7, "workers": 2, "quick": False}
    assert kept.repeats == 5
    assert kept.figures["duration"]["median"] == pytest.approx(100)
    assert len(kept.figures["duration"]["values"]) == 5
    assert {"processor", "cores", "memory_mb", "postgresql", "python", "spin_ms", "waited"} <= kept.machine.keys()
    assert kept.compared_with is None


@pytest.mark.django_db
def test_two_equal_runs_say_no_difference(fake: Fake) -> None:
    first = run(fake(100), Options())
    second = run(fake(101), Options())
    assert second.compared_with == first
    assert second.changes == {}
    assert "No difference" in as_table(second)


@pytest.mark.django_db
def test_a_planted_slowdown_is_found_and_said(fake: Fake) -> None:
    run(fake(100), Options())
    slow = run(fake(150), Options())
    assert slow.changes.keys() == {"duration"}
    assert "worse: 100 -> 150 (x 1.50)" in as_table(slow)


@pytest.mark.django_db
def test_runs_with_other_options_or_on_another_machine_are_not_compared(fake: Fake) -> None:
    run(fake(100), Options(rows=5))
    assert run(fake(100), Options(rows=6)).compared_with is None
    BenchmarkRun.objects.update(machine={"processor": "another"})
    assert run(fake(100), Options(rows=6)).compared_with is None


@pytest.mark.django_db
def test_the_command_prints_a_table_and_writes_json(fake: Fake, tmp_path: Path) -> None:
    fake(100)
    out, target = io.StringIO(), tmp_path / "runs.json"
    call_command("benchmark", "fake", json=target, stdout=out)
    assert "duration" in out.getvalue()
    [written] = orjson.loads(target.read_bytes())
    assert written["figures"]["duration"]["unit"] == "ms"
    assert BenchmarkRun.objects.count() == 1


@pytest.mark.django_db
def test_the_command_fails_on_request_when_a_figure_got_worse(fake: Fake) -> None:
    fake(100)
    call_command("benchmark", "fake", stdout=io.StringIO())
    fake(200)
    with pytest.raises(CommandError, match="fake"):
        call_command("benchmark", "fake", fail_if_worse=True, stdout=io.StringIO())


@pytest.mark.django_db
def test_a_run_is_compared_with_the_one_that_was_named(fake: Fake, tmp_path: Path) -> None:
    first = run(fake(100), Options())
    run(fake(150), Options())
    fake(150)
    call_command("benchmark", "fake", against=str(first.pk), json=tmp_path / "runs.json", stdout=io.StringIO())
    named = BenchmarkRun.objects.latest("created_at")
    assert named.compared_with == first
    assert named.changes["duration"]["verdict"] == "worse"
    fake(100)
    out = io.StringIO()
    call_command("benchmark", "fake", against=str(tmp_path / "runs.json"), stdout=out)
    with_file = BenchmarkRun.objects.latest("created_at")
    assert (with_file.compared_with, with_file.against) == (None, "runs.json")
    assert with_file.changes["duration"]["verdict"] == "better"
    assert "better: 150 -> 100" in out.getvalue()


@pytest.mark.parametrize("what", ["nothing.json", "0190a0a0-0000-7000-8000-000000000000"])
@pytest.mark.django_db
def test_what_is_not_there_is_not_compared_with(fake: Fake, what: str) -> None:
    fake(100)
    with pytest.raises(CommandError, match="neither a run nor a file"):
        call_command("benchmark", "fake", against=what, stdout=io.StringIO())
    assert not BenchmarkRun.objects.exists()


@pytest.mark.django_db
def test_a_file_of_something_else_and_a_run_of_another_benchmark_are_refused(fake: Fake, tmp_path: Path) -> None:
    other = BenchmarkRun.objects.create(name="other", repeats=1, seconds=1)
    bad = tmp_path / "bad.json"
    bad.write_text("[{}]")
    for what, message in ((str(other.pk), "of another benchmark"), (str(bad), "holds no runs")):
        fake(100)
        with pytest.raises(CommandError, match=message):
            call_command("benchmark", "fake", against=what, stdout=io.StringIO())


@pytest.mark.django_db
def test_the_page_stands_alone_and_shows_every_figure(fake: Fake, tmp_path: Path) -> None:
    fake(100)
    call_command("benchmark", "fake", stdout=io.StringIO())
    fake(150)
    target, out = tmp_path / "deep" / "report.html", io.StringIO()
    call_command("benchmark", "fake", html=target, stdout=out)
    html = target.read_text()
    assert str(target) in out.getvalue()
    assert "duration" in html
    assert "worse: 100 -&gt; 150" in html
    assert html.count('class="dot"') == 10
    assert not [word for word in ("<script", "src=", "http://", "https://", "@import") if word in html]


def broken(name: str, error: Exception | None) -> None:
    @benchmark(name, "one that fails")
    @contextmanager
    def body(_options: Options) -> Iterator[Measure]:
        if error:
            raise error
        yield dict


@pytest.mark.django_db
def test_one_that_fails_stops_no_other_and_is_named(fake: Fake, tmp_path: Path) -> None:
    fake(100)
    broken("crashed", RuntimeError("no figures"))
    broken("declined", BenchmarkRefusedError("Workers are running."))
    target = tmp_path / "report.html"
    with pytest.raises(CommandError, match=r"(?s)crashed: RuntimeError: no figures.*declined: Workers are running"):
        call_command("benchmark", html=target, stdout=io.StringIO())
    assert [run.name for run in BenchmarkRun.objects.all()] == ["fake"]
    assert "declined: Workers are running." in target.read_text()


@pytest.mark.django_db
def test_a_target_that_is_missed_is_said_with_its_reason_and_fails_the_command(fake: Fake) -> None:
    @benchmark("aimed", "one with a target", repeats=1, warmups=0)
    @contextmanager
    def aimed(_options: Options) -> Iterator[Measure]:
        gain = Figure(30, "%", Better.HIGHER, target=50, why="The network decides.")
        yield lambda: {"gain": gain, "other gain": Figure(60, "%", Better.HIGHER, target=50)}

    out = io.StringIO()
    with pytest.raises(CommandError, match="aimed: gain: 30 %, not 50"):
        call_command("benchmark", "aimed", stdout=out)
    assert "missed by 20" in out.getvalue()
    assert "gain: The network decides." in out.getvalue()
    assert "target 50: met" in out.getvalue()


@pytest.mark.django_db
def test_a_quick_run_has_its_own_size_and_is_not_compared_with_a_whole_one(fake: Fake) -> None:
    seen: list[int | None] = []

    @benchmark("sized", "one with a small size", repeats=4, warmups=0, quick_rows=10, quick_repeats=2, first=True)
    @contextmanager
    def sized(options: Options) -> Iterator[Measure]:
        seen.append(options.rows)
        yield lambda: {"n": Figure(1, "rows", Better.HIGHER)}

    call_command("benchmark", "sized", stdout=io.StringIO())
    call_command("benchmark", "sized", quick=True, stdout=io.StringIO())
    call_command("benchmark", "sized", quick=True, rows=5, stdout=io.StringIO())
    assert seen == [None, 10, 5]
    latest = BenchmarkRun.objects.order_by("created_at")
    assert [(run.repeats, run.compared_with) for run in latest] == [(4, None), (2, None), (2, None)]
    fake(100)
    assert [each.name for each in registry.all_benchmarks()] == ["sized", "fake"]


@pytest.mark.django_db
def test_when_the_time_is_over_one_measures_once_and_those_after_it_are_named(fake: Fake) -> None:
    fake(100)
    outcome = run_all(registry.all_benchmarks(), Options(), within=5.5)
    assert [run.name for run in outcome.runs] == ["fake"]
    nothing_left = run_all(registry.all_benchmarks(), Options(), within=1.0)
    assert (nothing_left.runs, nothing_left.left_out) == ([], ["fake"])
    late = run(fake(100), Options(), deadline=0.0)
    assert late.repeats == 1


@pytest.mark.django_db
def test_a_busy_machine_is_said(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "spin", lambda: (5.0, 0.4))
    assert "waited 40 %" in as_table(run(fake(100), Options()))


def test_the_work_that_is_always_the_same_takes_time_and_tells_how_much_it_waited() -> None:
    milliseconds, waited = spin()
    assert milliseconds > 0
    assert 0 <= waited < 1


def test_an_unknown_name_is_answered_with_those_there_are(fake: Fake) -> None:
    fake(100)
    with pytest.raises(CommandError, match="there are: fake"):
        call_command("benchmark", "nap")


def test_the_command_lists_what_there_is(fake: Fake) -> None:
    fake(100)
    out = io.StringIO()
    call_command("benchmark", "--list", stdout=out)
    assert "a benchmark of tests" in out.getvalue()


@pytest.mark.parametrize(
    ("value", "written"), [(12345.6, "12,346"), (123.4, "123"), (12.34, "12.3"), (0.01234, "0.0123")]
)
def test_numbers_are_written_with_the_figures_that_count(value: float, written: str) -> None:
    assert number(value) == written
